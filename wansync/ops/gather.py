"""What the verbs gather before they decide: the inventory of a selection, and the plan that follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.errors import LockStaleError, UnknownModelError, UsageError
from wansync.inventory import BlobState, Inventory, ViewFolder
from wansync.lockfile import compare, parse_lock, select, select_first
from wansync.manifest import parse_manifest
from wansync.ops.former import find_former, find_freeable
from wansync.plan import Plan, Policy, origins_of, plan_sync, view_specs
from wansync.store.fresh import pair_of
from wansync.store.processes import is_dead
from wansync.store.scan import largest_partials
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from wansync.lockfile import Difference, Lockfile, Selection
    from wansync.plan import ViewSpec
    from wansync.project import Workspace
    from wansync.store import Store
    from wansync.views import Views


_TO_BRING = {BlobState.MISSING, BlobState.CORRUPT}


@value_type
class Gathered:
    """A project at one moment: its lock, what is selected, and the store with its views."""

    workspace: Workspace
    lock: Lockfile
    lock_data: bytes
    selection: Selection
    store: Store
    views: Views

    def inventory(self) -> Inventory:
        """Return the disk as it is now."""
        specs = view_specs(self.selection)
        digests = {file.digest: file.size for c in self.selection.components for file in c.files}
        root = self.store.roots.read(self.workspace.identity(self.lock).id)
        capacity, free = self.store.usage()
        scanned = {spec.key: self.views.scan(spec) for spec in specs}
        blobs = {digest: self.store.blobs.state(digest, size) for digest, size in digests.items()}
        former = find_former(self.store, root, self.lock, self.selection) if root else {}
        partials = largest_partials(self.store.fs, self.store.layout)
        missing = {digest: digests[digest] for digest, state in blobs.items() if state in _TO_BRING}
        return Inventory(
            blobs=blobs,
            found_sizes=dict(self._found_sizes(blobs, digests)),
            partials={digest: partial.size for digest, partial in partials.items()},
            adoptable=dict(self._adoptable(missing)) if missing else {},
            views={key: record for key, record in scanned.items() if record},
            applied=dict(root.trees) if root else {},
            applied_views=frozenset(root.views) if root else frozenset(),
            former=former,
            freeable=find_freeable(self.store, root, self.lock, specs) if root and former else frozenset(),
            stale_records=tuple(self._stale(specs)),
            link_mode=self.workspace.settings.link_mode or self.store.links.known_mode(),
            # What is set aside for a partial is not free, and whoever goes on with it needs no other space.
            free=free + sum(partials[digest].reserved for digest in missing.keys() & partials.keys()),
            capacity=capacity,
            used=self.store.size() if self.workspace.settings.max_size is not None else 0,
        )

    def plan(self) -> Plan:
        """Return the plan for the disk as it is now.

        Raises:
            UnknownModelError, UsageError: what is to come first is nothing that is selected.
        """
        settings = self.workspace.settings
        policy = Policy(
            reserve=settings.reserve,
            max_size=settings.max_size,
            max_download=settings.max_download,
            first=self._first(),
            link_mode=settings.link_mode,
        )
        return plan_sync(self.lock, self.selection, self.inventory(), policy)

    def _first(self) -> frozenset[str]:
        workspace = self.workspace
        settings = workspace.settings
        try:
            return select_first(self.lock, settings.first, self.selection, profile=settings.profile)
        except (UnknownModelError, UsageError) as error:
            chosen = workspace.chosen.get("first")
            who = chosen.origin.name if chosen and chosen.origin.name else "first"
            raise type(error)(f"{who}: {error.reason}", hint=error.hint, **error.facts) from None

    def _found_sizes(
        self, blobs: Mapping[Digest, BlobState], sizes: Mapping[Digest, int]
    ) -> Iterator[tuple[Digest, int]]:
        """Yield the sizes of blobs that have another one than they should."""
        for digest, state in blobs.items():
            if state is BlobState.CORRUPT:
                found = self.store.fs.fingerprint(self.store.layout.blob(digest))
                if found is not None and found.size != sizes[digest]:
                    yield digest, found.size

    def _adoptable(self, missing: Mapping[Digest, int]) -> Iterator[tuple[Digest, int]]:
        """Yield the digests that the user's Hugging Face cache should have, and what taking each in will cost."""
        cache, origins = self.workspace.hub_cache(), origins_of(self.selection)
        for digest, size in missing.items():
            files = cache.find(digest, size, origins[digest])
            costs = (self.store.adoption(digest, size, file).cost() for file in files)
            cost = next((cost for cost in costs if cost is not None), None)
            if cost is not None:
                yield digest, cost

    def _stale(self, specs: Iterable[ViewSpec]) -> Iterator[str]:
        """Yield the records that a sync would write although no byte moves."""
        if not self.store.check_version() or not self.store.fs.is_file(self.store.layout.readme):
            yield "store"
        if self._root_is_stale():
            yield "root"
        if not self.store.is_swept():
            yield "leftovers"
        for spec in specs:
            if spec.key.folder is ViewFolder.MODELS and not self.views.is_current(spec.key):
                yield f"models/{spec.key.name}"

    def _root_is_stale(self) -> bool:
        root = self.store.roots.read(self.workspace.identity(self.lock).id)
        digest = Digest.of(self.lock_data)
        if root is None or root.applied != digest or any(is_dead(writer) for writer in root.pending):
            return True
        recorded = all(root.trees.get(c.id) == c.tree.short for c in self.selection.components)
        current = all(root.views.get(spec.key.name) == digest for spec in view_specs(self.selection))
        return not (recorded and current and self.store.roots.generations.has(digest))


def gather(workspace: Workspace, wanted: Sequence[str] = ()) -> Gathered:
    """Return the project with its lock and what is selected.

    Raises:
        LockMissingError, InvalidLockError, LockConflictError: the lock cannot be used.
        UnknownModelError, UsageError: something is wanted that the lock has not.
    """
    lock, data = workspace.lock()
    return gathered_from(workspace, lock, data, wanted)


def gathered_from(workspace: Workspace, lock: Lockfile, data: bytes, wanted: Sequence[str]) -> Gathered:
    """Return the project with a lock that need not be the one in its directory; `data` are the lock's bytes.

    Raises:
        UnknownModelError, UsageError: something is wanted that the lock has not.
    """
    store = workspace.store()
    return Gathered(
        workspace=workspace,
        lock=lock,
        lock_data=data,
        selection=select(lock, wanted, profile=workspace.settings.profile),
        store=store,
        views=workspace.views(store),
    )


@value_type
class Agreement:
    """A manifest held against a lock: what differs, and the name of the pair of the very bytes that were compared.

    `pair` is `None` where one of the two is absent.
    """

    differences: tuple[Difference, ...] = ()
    pair: str | None = None

    def note(self, store: Store) -> None:
        """Remember that the two agree, so that the next run need not compare them."""
        if self.pair and not self.differences:
            store.fresh.add(self.pair)


def hold_together(workspace: Workspace, gathered: Gathered | None = None) -> Agreement:
    """Compare the manifest with the lock, each read once; without a manifest there is nothing to differ.

    What was gathered saves parsing the same lock again.

    Raises:
        InvalidManifestError, InvalidLockError, LockConflictError: one of them cannot be used.
    """
    data, lock_data = workspace.manifest_data(), workspace.lock_data()
    if data is None or lock_data is None:
        return Agreement()
    pair = pair_of(data, lock_data)
    if workspace.store().fresh.has(pair):
        return Agreement(pair=pair)
    manifest = parse_manifest(data, name=workspace.manifest_path.name)
    lock = gathered.lock if gathered and gathered.lock_data == lock_data else parse_lock(lock_data)
    return Agreement(differences=compare(manifest, lock), pair=pair)


def require_fresh(workspace: Workspace) -> Agreement:
    """Check that a manifest that is present agrees with the lock.

    Raises:
        LockStaleError: it does not; the message says what differs.
    """
    agreement = hold_together(workspace)
    found = agreement.differences
    if found:
        shown = "; ".join(str(difference) for difference in found[:3])
        more = f"; and {len(found) - 3} more" if len(found) > 3 else ""  # noqa: PLR2004
        raise LockStaleError(
            f"`models.lock` does not satisfy `models.toml`: {shown}{more}",
            hint="Run `wansync lock` and commit `models.lock`",
            differences=[str(difference) for difference in found],
        )
    return agreement

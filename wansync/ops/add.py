"""`wansync add`: look at a source once, decide what it is, write it into `models.toml`, and lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import DigestUnknownError, ManifestMissingError, NotFoundError
from wansync.manifest import parse_manifest
from wansync.manifest.addition import addition_to
from wansync.manifest.edit import new_manifest, with_addition
from wansync.ops.edit import edited
from wansync.ops.listings import list_source
from wansync.ops.lock import LockOptions, lock
from wansync.propose import make_wish, propose
from wansync.propose.names import id_from
from wansync.questions import ListingKey
from wansync.sources import is_local
from wansync.value_types import value_type

if TYPE_CHECKING:
    from wansync.listing import Listing
    from wansync.manifest.addition import Addition
    from wansync.ops.lock_report import LockReport
    from wansync.project import Workspace
    from wansync.propose import AddOptions, Proposal, Wish

FORMAT_VERSION = "1.0"


@value_type
class AddReport:
    """What was added.

    Args:
        path: the manifest.
        created: whether there was none before.
        wish: what was asked for.
        proposal: what the source is.
        addition: what of it the manifest did not have yet.
        profile: the profile that names the model now, if any.
        by_default: whether it is the default profile, so that `wansync sync` alone makes the model ready.
        locked: what locking did; `None` when it was not asked for.
    """

    path: str
    created: bool
    wish: Wish
    proposal: Proposal
    addition: Addition
    profile: str | None
    by_default: bool
    locked: LockReport | None

    @property
    def model(self) -> str | None:
        """The model as `model@variant`, `None` when a single component was asked for."""
        model = self.proposal.model
        return f"{model.id}@{model.default_variant}" if model else None

    @property
    def noop(self) -> bool:
        """Whether the manifest had all of it."""
        return not (self.addition.components or self.addition.model or self.addition.profile)

    @property
    def pickles(self) -> tuple[str, ...]:
        """The ids of components whose files can run code when they are loaded."""
        return tuple(component.id for component in self.proposal.components if component.pickle)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/add.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "path": self.path,
            "created": self.created,
            "noop": self.noop,
            "source": str(self.wish.source),
            "ref": self.wish.ref,
            "model": self.model,
            "components": [component.id for component in self.proposal.components],
            "added": sorted(component.id for component in self.addition.components),
            "profile": self.profile,
            "pickles": list(self.pickles),
            "left_out": list(self.proposal.left_out),
            "lock": self.locked.to_dict() if self.locked else None,
        }


def add(workspace: Workspace, source: str, options: AddOptions, *, locking: bool = True) -> AddReport:
    """Add what a source has to the manifest, and lock; where there is no manifest, one is made.

    The model gets an entry in the active profile, if there is one, since `sync` would not make it ready otherwise.
    What the manifest has already is left alone. If locking fails, the manifest is as it was before.

    Args:
        workspace: the project.
        source: such as `hf:owner/name@ref` or `file:dir`, relative to the manifest.
        options: what the names at the source do not say.
        locking: whether to lock.

    Raises:
        UsageError: the source or an option makes no sense, an id is taken, or the manifest changed meanwhile.
        PolicyDeniedError: weights are there only as pickles.
        WansyncError: the manifest is wrong, or the source cannot be asked or locked.
    """
    wish = make_wish(source, options)
    before = _manifest_data(workspace)
    data = new_manifest(id_from(workspace.directory.name) or "models") if before is None else before
    manifest = parse_manifest(data, name=workspace.manifest_path.name)
    listing = _look(workspace, wish, hash_payloads=options.get("hash_payloads", False))
    proposal = propose(listing, wish)
    active = (workspace.settings.profile or manifest.default_profile) if proposal.model else None
    addition = addition_to(manifest, proposal.components, proposal.model, active)
    with edited(workspace, before, with_addition(data, addition)):
        seen = {component.id: listing for component in proposal.components}
        locked = lock(workspace, LockOptions(seen=seen)) if locking else None
    return AddReport(
        path=str(workspace.manifest_path),
        created=before is None,
        wish=wish,
        proposal=proposal,
        addition=addition,
        profile=active,
        by_default=active == manifest.default_profile,
        locked=locked,
    )


def _manifest_data(workspace: Workspace) -> bytes | None:
    data = workspace.manifest_data()
    if data is None and workspace.lock_data() is not None:
        raise ManifestMissingError(
            f"There is a lock without `{workspace.manifest_path.name}` in `{workspace.directory}`",
            hint="Restore the manifest from version control, for a new one would lose what is locked",
            directory=str(workspace.directory),
        )
    return data


def _look(workspace: Workspace, wish: Wish, *, hash_payloads: bool) -> Listing:
    key = ListingKey(wish.source, wish.ref)
    try:
        return list_source(workspace, key, [wish.filter], hash_payloads=hash_payloads)
    except DigestUnknownError as error:
        hint = "Add `--hash-payloads`, which downloads it once to find out and keeps it for `sync`"
        raise DigestUnknownError(error.reason, hint=hint, **error.facts) from error
    except NotFoundError as error:
        if not is_local(wish.source):
            raise
        hint = f"Check the path, which is relative to `{workspace.directory}`, and `--subfolder`"
        raise NotFoundError(error.reason, hint=hint, **error.facts) from error

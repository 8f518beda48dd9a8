"""What a plan promises, apart from how it is told: the part that a saved plan is held to. No IO.

A saved plan expires by content, not by a serial number or a time. It stays good as long as carrying it out now does
nothing that it does not say: the same lock, selection, store and link mode, no blob that costs more than it said, no
link that it did not name. What somebody did meanwhile is only less to do, so a sync that was interrupted goes on with
the same file, and a plan that was carried out has nothing to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.plan.verbs import FileVerb
from wansync.text import count_noun, format_bytes, printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wansync.lockfile import Lockfile
    from wansync.plan.actions import StageItem
    from wansync.plan.model import Plan
    from wansync.settings import LinkMode

_COST = {FileVerb.CHECK: 1, FileVerb.ADOPT: 2, FileVerb.RESUME: 3, FileVerb.FETCH: 3}
"""What making a blob present takes at most: reading it, taking it from a cache, the network. 0 is nothing."""
_MOST_NAMED = 3


@value_type
class PlanContent:
    """A plan reduced to what must not grow.

    Args:
        store: absolute path of the store.
        lock: digest of the bytes of the lock.
        selection: the canonical names, as they can be asked for again.
        link_mode: `None` before the first link was tried.
        asked_mode: the link mode that the user named, if any.
        trees: component id -> short tree, as locked.
        stage: what happens to each blob that is to be made present.
        links: view -> the files to link in it; `None` means all of them. A view that is kept is not there.
    """

    store: str
    lock: Digest
    selection: tuple[str, ...]
    link_mode: LinkMode | None
    asked_mode: LinkMode | None
    trees: Mapping[str, str]
    stage: Mapping[Digest, FileVerb]
    links: Mapping[str, frozenset[str] | None]

    @classmethod
    def of(cls, plan: Plan, *, lock: Digest, store: str) -> PlanContent:
        """Return the content of a plan that was made for a lock and a store."""
        return cls(
            store=store,
            lock=lock,
            selection=plan.selection,
            link_mode=plan.link_mode,
            asked_mode=plan.asked_mode,
            trees={action.id: action.after for action in plan.components if action.after},
            stage={item.digest: item.verb for item in plan.stage},
            links={
                str(view.spec.key): None if view.whole else frozenset(str(path) for path in view.links)
                for view in plan.views
                if view.links
            },
        )

    @property
    def fingerprint(self) -> Digest:
        """The digest of all of it."""
        return Digest.of("\n".join(self._lines()).encode("utf-8", "surrogateescape"))

    def _lines(self) -> Iterator[str]:
        yield from (self.store, str(self.lock), str(self.link_mode), str(self.asked_mode), *self.selection, "")
        yield from (f"{id_} {tree}" for id_, tree in sorted(self.trees.items()))
        for digest in sorted(self.stage):
            yield f"{digest} {self.stage[digest]}"
        for view, paths in sorted(self.links.items()):
            yield f"{view} {'all' if paths is None else len(paths)}"
            yield from sorted(paths or ())

    def moved_target(self, lock: Lockfile, digest: Digest, store: str, asked: LinkMode | None) -> list[str]:
        """Return, as clauses of a sentence, what is another one now of the things that everything else rests on.

        Args:
            lock: the lock as it is now.
            digest: of its bytes.
            store: the store as it is now.
            asked: the link mode that the user names now, if any.
        """
        return [
            *([f"`models.lock` has changed since{self._changed_in(lock)}"] if digest != self.lock else []),
            *([f"it was made for the store at `{printable(self.store)}`"] if store != self.store else []),
            *([_other_mode(asked, self.asked_mode)] if asked not in (None, self.asked_mode) else []),
        ]

    def _changed_in(self, lock: Lockfile) -> str:
        """Return which components of the plan are other ones in a lock, as a part of a sentence."""
        trees = {component.id: component.tree.short for component in lock.components if component.id in self.trees}
        changed = [printable(id_) for id_, tree in sorted(self.trees.items()) if trees.get(id_) != tree]
        return f" in {_few(changed)}" if changed else ""

    def moved_steps(self, plan: Plan) -> list[str]:
        """Return, as clauses of a sentence, what `plan` would do that this one does not say; none when it is good."""
        return [*self._moved_choices(plan), *self._moved_blobs(plan), *self._moved_links(plan)]

    def _moved_choices(self, plan: Plan) -> Iterator[str]:
        if plan.selection != self.selection:
            yield f"it selects {printable(', '.join(self.selection) or 'nothing')}"
        # Before the first link nobody knew the mode; that a probe has found one since is no news.
        if plan.link_mode != self.link_mode and self.link_mode is not None:
            yield _other_mode(plan.link_mode, self.link_mode)

    def _moved_blobs(self, plan: Plan) -> Iterator[str]:
        dearer = [item for item in plan.stage if _COST[item.verb] > self._cost(item.digest)]
        for what, verbs in _DEARER.items():
            items = [item for item in dearer if item.verb in verbs]
            if items:
                yield f"{_named(items)} must be {what} now"

    def _cost(self, digest: Digest) -> int:
        verb = self.stage.get(digest)
        return _COST[verb] if verb else 0

    def _moved_links(self, plan: Plan) -> Iterator[str]:
        for view in plan.views:
            promised = self.links.get(str(view.spec.key), frozenset())
            more = [path for path in view.links if promised is not None and str(path) not in promised]
            if more:
                yield f"{count_noun(len(more), 'file')} of `{view.spec.key.name}` must be linked as well"


_DEARER = {
    "fetched": {FileVerb.FETCH, FileVerb.RESUME},
    "taken from the Hugging Face cache": {FileVerb.ADOPT},
    "checked": {FileVerb.CHECK},
}


def _other_mode(now: LinkMode | None, then: LinkMode | None) -> str:
    return f"files would be linked by {now or 'auto'}, not by {then or 'auto'}"


def _named(items: list[StageItem]) -> str:
    """Return the paths and their bytes, such as "`a`, `b` (3.0 GiB)"."""
    size = sum(item.size - item.have for item in items)
    return f"{_few([printable(str(item.path)) for item in items])} ({format_bytes(size)})"


def _few(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_MOST_NAMED])
    return shown + (f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else "")

"""Where a file is asked for, in which order: mirrors by their priority, the sources of the lock at theirs. No IO."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wansync.digest import Revision
from wansync.errors import PathUnsafeError
from wansync.manifest import MirrorRef, Scheme
from wansync.paths import RelativePath
from wansync.plan.actions import Origin
from wansync.settings.mirrors import ORIGIN_PRIORITY, MirrorKind
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wansync.digest import Digest
    from wansync.plan.actions import StageItem
    from wansync.settings.mirrors import Mirror

_PLACEHOLDER = re.compile(r"\{(\w+)(?::\.(\d))?\}")


def mirror_ref(mirror: Mirror) -> MirrorRef:
    """Return a mirror where a source may stand."""
    return MirrorRef.of(mirror.name, local=mirror.kind is MirrorKind.DIRECTORY)


def path_on(mirror: Mirror, digest: Digest, origin: Origin | None = None) -> RelativePath | None:
    """Return where a mirror has a file, below its base; `None` where its address does not say.

    Args:
        mirror: which one.
        digest: of the file.
        origin: a place of the file that the lock names, for addresses with `{repo}`, `{revision}` and `{path}`.
    """
    values = {"sha256": digest.hex}
    if origin is not None:
        values |= {"revision": str(origin.revision), "path": str(origin.path)}
        if origin.source.scheme is Scheme.HUB:
            values["repo"] = origin.source.location
    try:
        text = _PLACEHOLDER.sub(lambda found: values[found[1]][: int(found[2]) if found[2] else None], mirror.pattern)
        return RelativePath(text)
    except (KeyError, PathUnsafeError):
        return None


@value_type
class Places:
    """The places that a run may ask for files.

    Args:
        mirrors: those that are read, in their order.
        origin: whether the sources that the lock names may be asked over a network.
        offline: whether no network may be used: mirrors behind one are left out. Of sources this says nothing, since
            whoever opens one says why not.
        holds: whether a directory has something at a path; asked of mirrors that are directories.
        stands: whether a directory is there. One that is not, as where its disk is not mounted, is asked all the same,
            so that it is told of; but nothing local is to be expected of it.
    """

    mirrors: tuple[Mirror, ...] = ()
    origin: bool = True
    offline: bool = False
    holds: Callable[[Mirror, RelativePath], bool] = lambda _mirror, _path: True
    stands: Callable[[Mirror], bool] = lambda _mirror: True

    def of(self, item: StageItem) -> tuple[Origin, ...]:
        """Return where to ask for a file, in order: directories of this machine that the lock names come first."""
        local = [origin for origin in item.origins if origin.source.scheme is Scheme.FILE]
        others = [origin for origin in item.origins if origin.source.scheme is not Scheme.FILE]
        before = [mirror for mirror in self._usable if mirror.priority < ORIGIN_PRIORITY]
        after = [mirror for mirror in self._usable if mirror.priority >= ORIGIN_PRIORITY]
        ranked = [
            *local,
            *(place for mirror in before for place in self._on(mirror, item)),
            *(others if self.origin else ()),
            *(place for mirror in after for place in self._on(mirror, item)),
        ]
        return tuple(dict.fromkeys(ranked))

    def rank(self, place: Origin) -> tuple[int, int]:
        """Return what sorts places as `of` does, over many files; sources behind a network are alike."""
        if not isinstance(place.source, MirrorRef):
            return (0 if place.source.scheme is Scheme.FILE else 2), 0
        at = self.asked.index(place.source.location)
        return (1 if self._usable[at].priority < ORIGIN_PRIORITY else 3), at

    def has_local(self, item: StageItem) -> bool:
        """Return whether a place of a file needs no network; a file without a byte needs no place."""
        return not item.size or any(_is_local(place) for place in self.of(item))

    def has_remote(self, item: StageItem) -> bool:
        """Return whether a file may come over a network, be it only when directories of this machine fail."""
        return item.size > 0 and not all(_is_local(place) for place in self.of(item))

    def begins_local(self, item: StageItem) -> bool:
        """Return whether the first place that is asked for a file needs no network."""
        return not item.size or next((_is_local(place) for place in self.of(item)), True)

    @property
    def asked(self) -> tuple[str, ...]:
        """The names of the mirrors that are asked."""
        return tuple(mirror.name for mirror in self._usable)

    def is_last_hope(self, ref: MirrorRef) -> bool:
        """Return whether there is no other place in general, so that this mirror is worth waiting for."""
        return not self.origin and self.asked[-1:] == (ref.location,)

    @property
    def _usable(self) -> tuple[Mirror, ...]:
        return tuple(
            mirror
            for mirror in self.mirrors
            if mirror.reads and not (self.offline and mirror.kind is not MirrorKind.DIRECTORY)
        )

    def _on(self, mirror: Mirror, item: StageItem) -> Iterator[Origin]:
        local = mirror.kind is MirrorKind.DIRECTORY and self.stands(mirror)
        for origin in item.origins:
            path = path_on(mirror, item.digest, origin)
            if path and (not local or self.holds(mirror, path)):
                source = MirrorRef.of(mirror.name, local=local)
                yield Origin(source=source, revision=_revision(mirror, item, origin), path=path)


def _revision(mirror: Mirror, item: StageItem, origin: Origin) -> Revision:
    """Return one and the same revision for one and the same path, so that a mirror is asked for it once."""
    return Revision.of_tree(item.digest) if "{revision}" not in mirror.pattern else origin.revision


def _is_local(place: Origin) -> bool:
    ref = place.source
    return ref.scheme is Scheme.FILE or (isinstance(ref, MirrorRef) and ref.local)

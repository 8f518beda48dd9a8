"""A conflicted `models.lock` to the lock that locking goes on from, component by component. No IO."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from wansync.lockfile.conflict import Sides, split_conflict
from wansync.lockfile.entries import lock_entries, lock_of_entries, take
from wansync.lockfile.freshness import component_entry, locked_entry
from wansync.lockfile.merge import pick_entries
from wansync.lockfile.salvage import Salvaged, salvage_lock
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wansync.lockfile.entries import Key
    from wansync.lockfile.model import Lockfile
    from wansync.manifest import Component, Manifest

_SIDES = ("ours", "theirs")


@value_type
class Healed:
    """What can be used of a conflicted lock.

    `lock` is to resolve from and need not make sense in itself; it is `None` when no component can be read. `relist`
    maps the components that must be asked for again at their sources, since the sides disagree and the manifest does
    not decide, to the side whose entry stands until then. `notes` are sentences for the user.
    """

    lock: Lockfile | None
    relist: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def heal(data: bytes, manifest: Manifest) -> Healed:
    """Return what can be used of a conflicted lock.

    Of a component the side is taken that has the manifest's entry; when both have it, the side that changed it; when
    both changed it, ours until its source is asked. An entry that a text merge has spliced counts as missing.

    Args:
        data: the bytes of `models.lock`.
        manifest: what the merged project asks for.

    Raises:
        InvalidLockError: a side is of a newer version, which must be left alone.
    """
    sides = split_conflict(data) or Sides.alike(data)
    salvaged = {"ours": salvage_lock(sides.ours), "theirs": salvage_lock(sides.theirs)}
    base = salvage_lock(sides.base).lock if sides.base is not None else None
    verdicts = {id_: _verdict(declared, salvaged) for id_, declared in manifest.components.items()}
    our, their = (lock_entries(salvaged[side].lock) for side in _SIDES)
    merged, disputed = pick_entries(lock_entries(base), take(our, _decided(verdicts, "theirs"), their), their)
    entries = take(merged, _decided(verdicts, "ours"), our)
    lock = lock_of_entries(entries, max(side.lock.minor for side in salvaged.values()))
    if not lock.components:
        return Healed(lock=None)
    return Healed(lock=lock, relist=dict(_relist(verdicts, disputed)), notes=tuple(_notes(verdicts)))


def common_lock(data: bytes) -> Lockfile:
    """Return what both sides of a conflicted lock have alike; it need not make sense in itself.

    Git merges the bases of two branches that have merged each other before, so a base can be conflicted too.

    Raises:
        InvalidLockError: a side is of a newer version.
    """
    sides = split_conflict(data) or Sides.alike(data)
    ours, theirs = salvage_lock(sides.ours).lock, salvage_lock(sides.theirs).lock
    other = lock_entries(theirs)
    alike = {key: entry for key, entry in lock_entries(ours).items() if other.get(key) == entry}
    return lock_of_entries(alike, max(ours.minor, theirs.minor))


@value_type
class _Verdict:
    """Which sides have a component as the manifest asks for it, which have it otherwise, and which unreadably."""

    fitting: tuple[str, ...]
    other: tuple[str, ...]
    broken: tuple[str, ...]

    @property
    def decided(self) -> str | None:
        """The one side that the manifest leaves."""
        return self.fitting[0] if len(self.fitting) == 1 else None


def _verdict(declared: Component, salvaged: Mapping[str, Salvaged]) -> _Verdict:
    wanted = component_entry(declared)
    found: dict[str, list[str]] = {"fitting": [], "other": [], "broken": []}
    for side in _SIDES:
        entry = next((c for c in salvaged[side].lock.components if c.id == declared.id), None)
        if entry:
            found["fitting" if locked_entry(entry) == wanted else "other"].append(side)
        elif declared.id in salvaged[side].broken:
            found["broken"].append(side)
    return _Verdict(**{word: tuple(sides) for word, sides in found.items()})


def _decided(verdicts: Mapping[str, _Verdict], side: str) -> set[Key]:
    return {("components", id_) for id_, verdict in verdicts.items() if verdict.decided == side}


def _relist(verdicts: Mapping[str, _Verdict], disputed: set[Key]) -> Iterator[tuple[str, str]]:
    for id_, verdict in sorted(verdicts.items()):
        if verdict.decided:
            if verdict.broken:
                yield id_, verdict.decided
        elif verdict.fitting and ("components", id_) in disputed:
            yield id_, "ours"


def _notes(verdicts: Mapping[str, _Verdict]) -> Iterator[str]:
    yield "Merged the two sides of `models.lock`"
    for id_, verdict in sorted(verdicts.items()):
        if verdict.decided and verdict.other:
            yield f"`{id_}`: {verdict.decided} is what `models.toml` asks for"
        elif verdict.broken and not verdict.fitting:
            yield f"`{id_}`: the text merge has spoilt its entry, so it was resolved anew"
        elif len(verdict.other) == len(_SIDES):
            yield f"`{id_}`: neither side is what `models.toml` asks for, so it was resolved anew"

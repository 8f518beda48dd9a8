"""Two locks that grew from one, merged entry by entry: components, models, profiles, keys of the project. No IO.

Where the sides changed one entry differently, nobody but a source or a person can say what is right: ours is kept, and
the conflict is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.lockfile.entries import lock_entries, lock_of_entries, take
from wansync.lockfile.faults import find_faults, makes_sense
from wansync.lockfile.write import format_component, format_head, format_model, format_project, join_blocks
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wansync.lockfile.entries import Entry, Key
    from wansync.lockfile.model import Lockfile

FORMAT_VERSION = "1.0"
_PROJECT = "project"


@value_type(order=True)
class Conflict:
    """An entry of which the merged lock has ours, and theirs is another.

    `where` is `project`, `components.<id>` or `models.<id>`; the texts are blocks as a lock has them, empty for a side
    that lacks the entry.
    """

    where: str
    ours: str
    theirs: str


@value_type
class Merge:
    """A merged lock, which makes sense in itself, and the entries of it that are only ours, sorted."""

    lock: Lockfile
    conflicts: tuple[Conflict, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the form described by `schemas/merge-driver.schema.json`, without the lock itself."""
        conflicts = [conflict.where for conflict in self.conflicts]
        return {"format_version": FORMAT_VERSION, "clean": not conflicts, "conflicts": conflicts}


def merge_locks(base: Lockfile | None, ours: Lockfile, theirs: Lockfile) -> Merge:
    """Return the merge of two locks that make sense.

    An entry that one side changed is that side's; without a base every entry is new. An entry that would not fit the
    others, such as a model whose component the other side removed, is a conflict too.
    """
    minor = max(ours.minor, theirs.minor)
    old, our, their = (lock_entries(lock) for lock in (base, ours, theirs))
    merged, disputed = pick_entries(old, our, their)
    kept = merged
    while kept != our and not makes_sense(lock := lock_of_entries(kept, minor)):
        # A fault that cannot be told, such as too many files in all: only our side is known to make sense.
        at_fault = {key for key in find_faults(lock, our) if kept.get(key) != our.get(key)} or {*kept, *our}
        kept = take(kept, at_fault, our)
    disputed |= {key for key in {*merged, *kept} if merged.get(key) != kept.get(key)}
    other = take(kept, disputed, their)
    return Merge(lock=lock_of_entries(kept, minor), conflicts=_conflicts(disputed, kept, other))


def pick_entries(
    base: Mapping[Key, Entry], ours: Mapping[Key, Entry], theirs: Mapping[Key, Entry]
) -> tuple[dict[Key, Entry], set[Key]]:
    """Return the entries of a merge, and the keys of those that both sides changed differently, where ours is taken."""
    picked: dict[Key, Entry] = {}
    disputed: set[Key] = set()
    for key in {*ours, *theirs}:
        old, our, their = base.get(key), ours.get(key), theirs.get(key)
        if our not in (old, their) and their != old:
            disputed.add(key)
        chosen = their if our == old else our
        if chosen is not None:
            picked[key] = chosen
    return picked, disputed


def _conflicts(disputed: Iterable[Key], ours: Mapping[Key, Entry], theirs: Mapping[Key, Entry]) -> tuple[Conflict, ...]:
    found = []
    sections = {key[0] for key in disputed}
    for section, name in disputed:
        if section in {"components", "models"}:
            texts = [side[section, name].text if (section, name) in side else "" for side in (ours, theirs)]
            found.append(Conflict(where=f"{section}.{name}", ours=texts[0], theirs=texts[1]))
    if sections & {"profiles", "project"}:
        texts = [format_project(lock_of_entries(side, 0)) for side in (ours, theirs)]
        found.append(Conflict(where=_PROJECT, ours=texts[0], theirs=texts[1]))
    return tuple(sorted(found))


def format_merge(merge: Merge) -> bytes:
    """Return the bytes of a merged lock; each conflict stands in it as whole entries between git's markers.

    Raises:
        InvalidLockError: a side was read from a newer minor version, whose extra keys would be lost.
    """
    lock = merge.lock
    blocks = {_PROJECT: format_project(lock)}
    blocks |= {f"components.{component.id}": format_component(component) for component in lock.components}
    blocks |= {f"models.{model.id}": format_model(model) for model in lock.models}
    blocks |= {conflict.where: _marked(conflict) for conflict in merge.conflicts}
    places = sorted(blocks, key=lambda where: (where != _PROJECT, where))
    return join_blocks([format_head(lock), *(blocks[where] for where in places)])


def _marked(conflict: Conflict) -> str:
    lines = ("<<<<<<< ours", conflict.ours, "=======", conflict.theirs, ">>>>>>> theirs")
    return "\n".join(line for line in lines if line)

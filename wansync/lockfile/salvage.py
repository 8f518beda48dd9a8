"""What can be used of a lock that a merge has spoilt: its entries, each read on its own. No IO.

A side of a merge is no whole lock: git merges line by line, so an entry can mix two revisions, which its tree digest
tells. Such an entry is left out, and the others stay.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from wansync.documents import DocumentError, Table, parse_toml
from wansync.lockfile.check import check_lock
from wansync.lockfile.model import MINOR, LockedComponent, Lockfile
from wansync.lockfile.read import MAX_LOCK_BYTES, Reader, located, read_minor
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wansync.manifest import Model

    _Entry = TypeVar("_Entry", LockedComponent, Model)

# The format puts every entry below a line of its own; tables inside of an entry have longer names.
_BLOCKS = re.compile(rb"^(?=\[\[component\]\]|\[\[model\]\]|\[project\])", re.MULTILINE)
_ID = re.compile(rb'^id = "([A-Za-z0-9._+-]+)"', re.MULTILINE)
_NOTHING = Lockfile(project="", components=(), models=())


@value_type
class Salvaged:
    """The readable entries of a lock, and the ids of components that it has but that cannot be read.

    The lock may name components that it lacks, and its project is empty when that cannot be read.
    """

    lock: Lockfile
    broken: frozenset[str]


def salvage_lock(data: bytes, *, name: str = "models.lock") -> Salvaged:
    """Return what can be read of a lock; `name` is its file for messages.

    Raises:
        InvalidLockError: it is of a newer version, which must be left alone.
    """
    head, *blocks = _BLOCKS.split(data)
    minor = _minor(head, name)
    reader = Reader(strict=minor <= MINOR)
    components, broken = _entries(blocks, "component", reader.component)
    models, _ = _entries(blocks, "model", reader.model)
    sound = [component for component in components if _is_sound(component)]
    broken |= {component.id for component in components} - {component.id for component in sound}
    lock = replace(_project(blocks, reader), components=tuple(sound), models=tuple(models), minor=minor)
    return Salvaged(lock=lock, broken=frozenset(broken))


def _minor(head: bytes, name: str) -> int:
    try:
        return read_minor(Table(parse_toml(head, limit=MAX_LOCK_BYTES)))
    except DocumentError as error:
        refused = located(error, name)
        if refused.facts["newer"]:
            raise refused from error
        return 0


def _project(blocks: Iterable[bytes], reader: Reader) -> Lockfile:
    for block in blocks:
        if block.startswith(b"[project]"):
            try:
                return reader.project(Table(parse_toml(block, limit=MAX_LOCK_BYTES)).table("project"))
            except DocumentError:
                break
    return _NOTHING


def _entries(blocks: Iterable[bytes], kind: str, read: Callable[[Table], _Entry]) -> tuple[list[_Entry], set[str]]:
    """Return the readable entries of a kind, sorted, and the ids in the blocks of the others."""
    found: dict[str, _Entry] = {}
    broken: set[str] = set()
    for block in blocks:
        if not block.startswith(f"[[{kind}]]".encode()):
            continue
        try:
            entry = _entry(block, kind, read)
        except DocumentError:
            broken |= {id_.decode() for id_ in _ID.findall(block)}
            continue
        if found.setdefault(entry.id, entry) != entry:
            broken.add(entry.id)
    return [found[id_] for id_ in sorted(found) if id_ not in broken], broken


def _entry(block: bytes, kind: str, read: Callable[[Table], _Entry]) -> _Entry:
    table = Table(parse_toml(block, limit=MAX_LOCK_BYTES))
    first, *more = table.tables(kind)
    table.finish()
    if more:
        raise DocumentError("two entries in one block")
    return read(first)


def _is_sound(component: LockedComponent) -> bool:
    """Whether a component makes sense in itself; what it requires may be missing."""
    try:
        check_lock(replace(_NOTHING, components=(replace(component, requires=()),)))
    except DocumentError:
        return False
    return True

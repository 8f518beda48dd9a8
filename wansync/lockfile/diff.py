"""What changes from one lock to another: pins, files, and the bytes that everybody will have to fetch. No IO."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from wansync.lockfile.model import Lockfile
from wansync.lockfile.spelling import spell_component, spell_model, spell_project
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from wansync.lockfile.model import LockedComponent, LockedFile
    from wansync.paths import RelativePath

    _K = TypeVar("_K", str, RelativePath)
    _T = TypeVar("_T")

FORMAT_VERSION = "1.0"
_NO_LOCK = Lockfile(project="", components=(), models=())


class Change(StrEnum):
    """What became of an entry, a value or a file."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"

    @classmethod
    def of(cls, before: object, after: object) -> Change:
        """Return what became of something, given as `None` where it is not there."""
        return cls.ADDED if before is None else cls.REMOVED if after is None else cls.CHANGED


@value_type
class ValueChange:
    """A key of an entry, dotted inside of tables, with its text before and after; `None` where it is not there."""

    key: str
    before: str | None
    after: str | None

    @property
    def change(self) -> Change:
        """What became of the value."""
        return Change.of(self.before, self.after)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {"key": self.key, "change": str(self.change), "before": self.before, "after": self.after}


@value_type
class FileChange:
    """A file of a component with its pins before and after; `None` where it is not there."""

    path: RelativePath
    before: LockedFile | None
    after: LockedFile | None

    @property
    def change(self) -> Change:
        """What became of the file."""
        return Change.of(self.before, self.after)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        sides = {"before": _file(self.before), "after": _file(self.after)}
        return {"path": str(self.path), "change": str(self.change), **sides}


@value_type
class EntryChange:
    """A component or model, and what changed in it; of one that was added or removed, all that it has."""

    id: str
    change: Change
    values: tuple[ValueChange, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {"id": self.id, "change": str(self.change), "values": [value.to_dict() for value in self.values]}


@value_type
class ComponentChange(EntryChange):
    """A component that changed, with the files that did, sorted by path.

    Sizes are bytes. `new` counts each digest that the old lock lacks once; two components may both have it.
    """

    files: tuple[FileChange, ...]
    size_before: int
    size_after: int
    new: int

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            **EntryChange.to_dict(self),
            "files": [file.to_dict() for file in self.files],
            "bytes": {"before": self.size_before, "after": self.size_after, "new": self.new},
        }


@value_type
class LockDiff:
    """What changes from one lock to another. Sizes are bytes, each digest once; `unchanged` counts components."""

    project: tuple[ValueChange, ...]
    components: tuple[ComponentChange, ...]
    models: tuple[EntryChange, ...]
    unchanged: int
    size_before: int
    size_after: int
    new: int

    @property
    def empty(self) -> bool:
        """Whether nothing changes."""
        return not (self.project or self.components or self.models)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/lock-diff.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "empty": self.empty,
            "project": [value.to_dict() for value in self.project],
            "components": [component.to_dict() for component in self.components],
            "models": [model.to_dict() for model in self.models],
            "unchanged": self.unchanged,
            "bytes": {"before": self.size_before, "after": self.size_after, "new": self.new},
        }


def diff_locks(before: Lockfile | None, after: Lockfile) -> LockDiff:
    """Return what changes from `before`, or from no lock at all, to `after`."""
    old = before or _NO_LOCK
    known = old.digests
    components = [
        change
        for id_, one, other in _pairs({c.id: c for c in old.components}, {c.id: c for c in after.components})
        if (change := _component(id_, one, other, known)) is not None
    ]
    models = [
        EntryChange(id=id_, change=Change.of(one, other), values=values)
        for id_, one, other in _pairs({m.id: m for m in old.models}, {m.id: m for m in after.models})
        if (values := _values(spell_model(one), spell_model(other)))
    ]
    return LockDiff(
        project=_values(spell_project(before), spell_project(after)),
        components=tuple(components),
        models=tuple(models),
        unchanged=len({c.id for c in after.components} - {change.id for change in components}),
        size_before=sum(known.values()),
        size_after=sum(after.digests.values()),
        new=sum(size for digest, size in after.digests.items() if digest not in known),
    )


def _component(
    id_: str, before: LockedComponent | None, after: LockedComponent | None, known: Container[object]
) -> ComponentChange | None:
    values, files = _values(spell_component(before), spell_component(after)), _files(before, after)
    if not (values or files):
        return None
    wanted = {file.digest: file.size for file in after.files} if after else {}
    return ComponentChange(
        id=id_,
        change=Change.of(before, after),
        values=values,
        files=files,
        size_before=before.size if before else 0,
        size_after=after.size if after else 0,
        new=sum(size for digest, size in wanted.items() if digest not in known),
    )


def _files(before: LockedComponent | None, after: LockedComponent | None) -> tuple[FileChange, ...]:
    old, new = ({file.path: file for file in component.files} if component else {} for component in (before, after))
    pairs = _pairs(old, new)
    return tuple(FileChange(path=path, before=one, after=other) for path, one, other in pairs if one != other)


def _pairs(before: Mapping[_K, _T], after: Mapping[_K, _T]) -> list[tuple[_K, _T | None, _T | None]]:
    return [(key, before.get(key), after.get(key)) for key in sorted(before.keys() | after.keys())]


def _values(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[ValueChange, ...]:
    keys = dict.fromkeys([*after, *before])
    pairs = ((key, before.get(key), after.get(key)) for key in keys)
    return tuple(ValueChange(key=key, before=old, after=new) for key, old, new in pairs if old != new)


def _file(file: LockedFile | None) -> dict[str, object] | None:
    if file is None:
        return None
    version = {"version_id": file.version} if file.version else {}
    origin = str(file.origin) if file.origin else None
    return {"size": file.size, "sha256": str(file.digest), "from": origin, **version}

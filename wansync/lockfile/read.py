"""The bytes of `models.lock` to a `Lockfile`: a lock is attacker-controlled text until it is parsed. No IO."""

from __future__ import annotations

import functools
from dataclasses import replace

from wansync.digest import Revision
from wansync.documents import DocumentError, Table, find_conflict, parse_toml
from wansync.documents.errors import format_key_path
from wansync.errors import InvalidLockError, LockConflictError
from wansync.lockfile.check import check_lock
from wansync.lockfile.model import (
    MINOR,
    VERSION,
    LockedComponent,
    LockedFile,
    Lockfile,
)
from wansync.manifest import ComponentKind, Layout, Model, ModelType, SourceRef, Variant
from wansync.manifest.names import is_id
from wansync.text import printable

MAX_LOCK_BYTES = 32 * 2**20
_UPGRADE = "Upgrade wansync"


def parse_lock(data: bytes, *, name: str = "models.lock") -> Lockfile:
    """Return the lock in `data`; `name` is its file for messages.

    A greater minor version is read and its unknown keys are ignored.

    Raises:
        LockConflictError: it holds the conflict markers of a merge.
        InvalidLockError: it breaks a limit, is no TOML, contradicts itself, or is of an unknown version.
    """
    if find_conflict(data) is not None:
        raise LockConflictError(
            f"`{printable(name)}` has merge conflicts",
            hint="Run `wansync lock`, which merges the two sides component by component",
            file=name,
        )
    try:
        return _parsed(data)
    except DocumentError as error:
        raise located(error, name) from error


@functools.lru_cache(maxsize=2)
def _parsed(data: bytes) -> Lockfile:
    """Return the lock in `data`, which a run reads again as the root's and as the generation's."""
    return _lockfile(Table(parse_toml(data, limit=MAX_LOCK_BYTES)))


def located(error: DocumentError, name: str) -> InvalidLockError:
    """Return the error of the lock `name` for what is wrong in it; the fact `newer` says that only an upgrade helps."""
    where = printable(format_key_path(error.key_path))
    line = f" line {error.line}" if error.line else ""
    return InvalidLockError(
        f"Invalid lock `{printable(name)}`{line}" + (f", `{where}`" if where else "") + f": {error.message}",
        hint=error.fix or "Restore it from version control, or run `wansync lock` to make it again",
        file=name,
        key_path=where,
        newer=error.key_path == ("version",) and error.fix == _UPGRADE,
    )


def read_minor(table: Table) -> int:
    """Return the minor version that a lock is of.

    Raises:
        DocumentError: it is of another version.
    """
    version = table.integer("version")
    if version != VERSION:
        fix = _UPGRADE if version > VERSION else ""
        raise table.error("version", f"this wansync understands version {VERSION}, not {version}", fix=fix)
    return table.integer("minor")


def _lockfile(table: Table) -> Lockfile:
    minor = read_minor(table)
    reader = Reader(strict=minor <= MINOR)
    head = reader.project(table.table("project"))
    lock = replace(
        head,
        components=tuple(sorted((reader.component(t) for t in table.tables("component")), key=lambda c: c.id)),
        models=tuple(sorted((reader.model(t) for t in table.tables("model")), key=lambda m: m.id)),
        minor=minor,
    )
    reader.finish(table)
    check_lock(lock)
    return lock


class Reader:
    """Reads entries, each checked in itself, and raises DocumentError for what is wrong.

    Args:
        strict: refuse unknown keys, which only a newer minor version may have.
    """

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict

    def finish(self, table: Table) -> None:
        """Refuse the keys of a table that nobody took, if that is due."""
        if self._strict:
            table.finish()

    def project(self, table: Table) -> Lockfile:
        """Return a lock that has no entries yet."""
        profiles = table.optional_table("profiles")
        head = Lockfile(
            project=table.string("name"),
            default_profile=table.optional_string("default_profile"),
            profiles={name: profiles.strings(name) for name in profiles.names()},
            components=(),
            models=(),
        )
        self.finish(table)
        return head

    def component(self, table: Table) -> LockedComponent:
        """Return a component whose files have its tree digest."""
        component = LockedComponent(
            id=_id(table, "id"),
            kind=table.choice("kind", ComponentKind),
            source=table.convert("source", SourceRef.parse, show=False),
            subfolder=table.optional_path("subfolder"),
            request=table.mapping("request"),
            revision=table.convert("revision", Revision),
            format=table.string("format"),
            license=table.optional_string("license"),
            requires=table.strings("requires"),
            files=tuple(sorted(self._file(entry) for entry in table.tables("files"))),
        )
        if component.tree != table.digest("tree"):
            fix = "The entry mixes two revisions (a merge?); run `wansync lock`"
            raise table.error("tree", f"the files of `{component.id}` do not have this tree digest", fix=fix)
        self.finish(table)
        return component

    def _file(self, table: Table) -> LockedFile:
        file = LockedFile(
            path=table.path("path"),
            size=table.integer("size"),
            digest=table.digest("sha256"),
            origin=table.optional_path("from"),
            version=table.optional_string("version_id"),
        )
        self.finish(table)
        return file

    def model(self, table: Table) -> Model:
        """Return a model with its variants."""
        model = Model(
            id=_id(table, "id"),
            version=_id(table, "version"),
            type=table.choice("type", ModelType),
            aliases=table.strings("aliases"),
            default_variant=_id(table, "default_variant"),
            roles=table.mapping("roles"),
            defaults=table.mapping("defaults"),
            vram=table.mapping("vram"),
            variants=tuple(sorted((self._variant(t) for t in table.tables("variant")), key=lambda v: v.name)),
        )
        self.finish(table)
        return model

    def _variant(self, table: Table) -> Variant:
        variant = Variant(
            name=_id(table, "name"),
            layout=table.choice("layout", Layout),
            precision=table.string("precision"),
            slots=self._slots(table),
        )
        self.finish(table)
        return variant

    def _slots(self, table: Table) -> dict[str, tuple[str, ...]]:
        slots: dict[str, tuple[str, ...]] = {}
        for slot, components in (self._slot(entry) for entry in table.tables("slots")):
            if slot in slots:
                raise table.error("slots", f"`{slot}` is there twice")
            slots[slot] = components
        return slots

    def _slot(self, table: Table) -> tuple[str, tuple[str, ...]]:
        slot, components = table.string("slot"), table.strings("components")
        if slot != ".":
            table.path("slot")
        self.finish(table)
        return slot, components


def _id(table: Table, key: str) -> str:
    text = table.string(key)
    if not is_id(text):
        raise table.error(key, f"`{printable(text)}` is no well-formed id")
    return text

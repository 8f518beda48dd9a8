"""Small JSON records of the store: written whole or not at all, and read as absent when they make no sense."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from wansync.documents import DocumentError, Table, format_json, parse_json
from wansync.store.folders import make_own
from wansync.store.processes import writer_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout

MAX_RECORD_BYTES = 64 * 2**20


def read_record(fs: FileSystem, path: Path, limit: int = MAX_RECORD_BYTES) -> Table | None:
    """Return the record at `path`; `None` when it is absent, torn, no JSON object, or larger than `limit` bytes."""
    data = fs.read_bytes(path, limit)
    if data is None:
        return None
    try:
        return Table(parse_json(data, limit=limit))
    except DocumentError:
        return None


def write_record(fs: FileSystem, layout: StoreLayout, path: Path, values: Mapping[str, object]) -> None:
    """Write a record that a power cut may lose, but never tear: whoever reads it can do without it."""
    write_file(fs, layout, path, format_json(values), durable=False)


def write_file(fs: FileSystem, layout: StoreLayout, path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replace the file at `path` by `data` in one step; `durable` waits until a power cut cannot undo it."""
    make_own(fs, layout, path.parent)
    temporary = layout.tmp / f"{path.name[:100]}.{writer_name()}.record"
    make_own(fs, layout, layout.tmp)
    make_own(fs, layout, layout.trash)
    descriptor = fs.create(temporary, mode=0o666)  # other users of a shared store read it; the umask decides
    try:
        fs.write(descriptor, data)
        if durable:
            fs.sync_file(descriptor)
    except OSError:
        fs.close(descriptor)
        fs.remove(temporary)
        raise
    fs.close(descriptor)
    try:
        if fs.is_directory(path):
            # Nothing of ours is a directory there; a rename would fail on it for ever.
            fs.rename(path, layout.trash / f"{secrets.token_hex(8)}.{path.name}")
        fs.rename(temporary, path)
    except OSError:
        fs.remove(temporary)
        raise
    if durable:
        fs.sync_directory(path.parent)

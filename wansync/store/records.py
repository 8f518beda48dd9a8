"""Small JSON records of the store: written whole or not at all, and read as absent when they make no sense."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from wansync.documents import DocumentError, Table, format_json, parse_json
from wansync.store.folders import make_own, require_own
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
    write_whole(fs, layout, path, format_json(values))


def write_whole(fs: FileSystem, layout: StoreLayout, path: Path, data: bytes) -> None:
    """Replace the file at `path` by `data` in one step, which a power cut may undo."""
    write_file(fs, layout, path, data, durable=False)


def write_file(fs: FileSystem, layout: StoreLayout, path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replace the file at `path` by `data` in one step; `durable` waits until a power cut cannot undo it."""
    make_own(fs, layout, path.parent)
    temporary = layout.tmp / f"{path.name[:100]}.{writer_name()}.record"
    make_own(fs, layout, layout.tmp)
    _fill(fs, temporary, data, durable=durable)
    try:
        if fs.is_directory(path):
            # Nothing of ours is a directory there; a rename would fail on it for ever.
            make_own(fs, layout, layout.trash)
            fs.rename(path, layout.trash / f"{secrets.token_hex(8)}.{path.name}")
        fs.rename(temporary, path)
    except OSError:
        fs.remove(temporary)
        raise
    if durable:
        fs.sync_directory(path.parent)


def write_spare_file(fs: FileSystem, layout: StoreLayout, path: Path, data: bytes) -> None:
    """Write a file where mostly none is, at half the cost; one that is there is replaced, as by `write_file`.

    A crash or a power cut may leave it torn, and another process may see it so: whoever reads it must notice.
    """
    make_own(fs, layout, path.parent, durable=False)
    try:
        _fill(fs, path, data, durable=False)
    except FileExistsError:
        write_whole(fs, layout, path, data)


def rewrite_spare_file(fs: FileSystem, layout: StoreLayout, path: Path, data: bytes) -> None:
    """Write over a file that is there, at a third of the cost; with what a crash may leave as above.

    Only where a mixture of old and new bytes does no harm. A file that may be another one's too is replaced instead.
    """
    require_own(fs, layout, path.parent)
    try:
        descriptor = fs.open_existing(path, writable=True)
    except OSError:
        # Gone, or another user's in a shared store.
        write_whole(fs, layout, path, data)
        return
    try:
        alone = fs.is_alone(descriptor)
        if alone:
            fs.write(descriptor, data)
            fs.truncate(descriptor, len(data))
    finally:
        fs.close(descriptor)
    if not alone:
        write_whole(fs, layout, path, data)


def _fill(fs: FileSystem, path: Path, data: bytes, *, durable: bool) -> None:
    """Make a new file; one that cannot be written whole is removed again."""
    descriptor = fs.create(path, mode=0o666)  # other users of a shared store read it; the umask decides
    try:
        fs.write(descriptor, data)
        if durable:
            fs.sync_file(descriptor)
    except OSError:
        fs.close(descriptor)
        fs.remove(path)
        raise
    fs.close(descriptor)

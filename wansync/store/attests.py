"""Attests: beside a blob, when it was verified and its stat fingerprint then. One per blob, nowhere else.

An attest saves hashing; it never makes bytes right. A missing or torn one means that the blob is hashed again.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from wansync.digest import Digest
from wansync.documents import DocumentError
from wansync.store.answers import note_damage
from wansync.store.fingerprint import Fingerprint
from wansync.store.fsops import CANNOT_WRITE
from wansync.store.prefixes import SEGMENT, cut_prefixes, join_prefixes
from wansync.store.records import read_record, rewrite_spare_file, write_spare_file, write_whole
from wansync.store.trash import remove_tree
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from wansync.documents import Table
    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout

_Write: TypeAlias = "Callable[[FileSystem, StoreLayout, Path, bytes], None]"
_VERSION = 1
_NO_FILE = Fingerprint(dev=0, ino=0, size=0, mtime_ns=0, ctime_ns=0)
"""That of no file there is: an attest with it fits none."""
_SMALL_BYTES = 4096
"""Far more than one without prefixes has. There is one for each blob, and making room for a large record takes longer
than reading a small one, so that is tried first."""
_MAX_BYTES = 4 * 2**20
_MAX_PREFIXES = 60_000
"""Those of half a terabyte, which take less than the largest record that is read; a file with more has none recorded.
"""


@value_type
class Attest:
    """What hashing a blob found: `intact` or not, when (seconds since the epoch), and the fingerprint it had.

    `prefixes` are the prefix digests of the right bytes, as far as they are known: they belong to the blob's digest,
    so they hold whatever has become of the file.
    """

    fingerprint: Fingerprint
    verified_at: float
    intact: bool
    prefixes: tuple[str, ...] = ()


class Attests:
    """The attests of a store.

    Args:
        clock: returns seconds since the epoch.
    """

    def __init__(self, fs: FileSystem, layout: StoreLayout, clock: Callable[[], float]) -> None:
        self._fs = fs
        self._layout = layout
        self._clock = clock

    def read(self, digest: Digest) -> Attest | None:
        """Return the attest of a blob, or `None` when there is none that makes sense."""
        path = self._layout.attest(digest)
        table = read_record(self._fs, path, _SMALL_BYTES) or read_record(self._fs, path, _MAX_BYTES)
        if table is None:
            return None
        try:
            return _attest(table)
        except DocumentError:
            return None

    def stamp(self, digest: Digest, fingerprint: Fingerprint, *, intact: bool, prefixes: Sequence[str] = ()) -> None:
        """Record what hashing found just now; prefixes known before stay where none are given."""
        if not intact:
            note_damage(self._fs, self._layout)
        # A file of one segment has none; one that was cut short may have been of more.
        may_have = fingerprint.size > SEGMENT or not intact
        known = tuple(prefixes) or (self.prefixes(digest) if may_have else ())
        attest = Attest(fingerprint=fingerprint, verified_at=self._clock(), intact=intact, prefixes=known)
        self._write(digest, attest)
        if not intact:
            # Once more: an answer may have been kept in between, and a crash may come before this line.
            note_damage(self._fs, self._layout)

    def restamp(self, digest: Digest, attest: Attest, fingerprint: Fingerprint) -> None:
        """Record that a link of ours, not a write, changed the fingerprint; the time of verification stays."""
        # In place: old and new differ in the time of the change alone, and a mixture of the two fits no file.
        self._write(digest, replace(attest, fingerprint=fingerprint), rewrite_spare_file)

    def prefixes(self, digest: Digest) -> tuple[str, ...]:
        """Return the prefix digests of a blob as far as they are known."""
        attest = self.read(digest)
        return attest.prefixes if attest else ()

    def doubt(self, digest: Digest) -> None:
        """Take the verdict on a blob back, so that it is hashed again; what is known of its right bytes stays."""
        attest = self.read(digest)
        if attest is None or not attest.prefixes:
            self.forget(digest)
        else:
            self._write(digest, replace(attest, fingerprint=_NO_FILE, intact=False))

    def forget(self, digest: Digest) -> None:
        """Remove the attest of a blob that is gone."""
        # Whatever stands there, also a directory: it is no attest.
        remove_tree(self._fs, self._layout.attest(digest))

    def orphans(self) -> Iterator[Digest]:
        """Yield the digests of attests whose blob is gone: removed by hand, or by a collection that was cut short."""
        folder = self._layout.state / "attests"
        for digits in self._fs.list_directory(folder):
            for name in self._fs.list_directory(folder / digits):
                # Another name is no attest: what this program did not make it does not remove.
                with contextlib.suppress(ValueError):
                    digest = Digest(name.removesuffix(".json"))
                    if self._layout.attest(digest) == folder / digits / name and self._is_gone(digest):
                        yield digest

    def _is_gone(self, digest: Digest) -> bool:
        return self._fs.fingerprint(self._layout.blob(digest)) is None

    def _write(self, digest: Digest, attest: Attest, write: _Write = write_spare_file) -> None:
        # To hash a large file again takes long: its attest is never torn.
        write = write_whole if attest.prefixes else write
        try:
            write(self._fs, self._layout, self._layout.attest(digest), _format(attest))
        except OSError as error:
            # Without an attest the blob is hashed again some day; a full disk must not keep `gc` from making room,
            # nor a read-only one `verify` from reading.
            if error.errno not in CANNOT_WRITE:
                raise
            with contextlib.suppress(OSError):
                self.forget(digest)


def _format(attest: Attest) -> bytes:
    values: dict[str, object] = {
        "version": _VERSION,
        "fingerprint": format_fingerprint(attest.fingerprint),
        "verified_at_ms": round(attest.verified_at * 1000),
        "intact": attest.intact,
    }
    if 0 < len(attest.prefixes) <= _MAX_PREFIXES:
        values["prefixes"] = join_prefixes(attest.prefixes)
    # One line, which takes a tenth of the time that a document for people takes.
    return (json.dumps(values) + "\n").encode()


def _attest(table: Table) -> Attest:
    if table.integer("version") != _VERSION:
        raise table.error("version", "unknown version")
    return Attest(
        fingerprint=read_fingerprint(table.table("fingerprint")),
        verified_at=table.integer("verified_at_ms") / 1000,
        intact=table.boolean("intact"),
        prefixes=_prefixes(table),
    )


def _prefixes(table: Table) -> tuple[str, ...]:
    found = cut_prefixes(table.optional_string("prefixes") or "")
    if found is None:
        raise table.error("prefixes", "expected hexadecimal digests, one after the other")
    return found


def format_fingerprint(found: Fingerprint) -> dict[str, int]:
    """Return a fingerprint as a record has it."""
    return {
        "dev": found.dev,
        "ino": found.ino,
        "size": found.size,
        "mtime_ns": found.mtime_ns,
        "ctime_ns": found.ctime_ns,
    }


def read_fingerprint(table: Table) -> Fingerprint:
    """Return the fingerprint in a record.

    Raises:
        DocumentError: a part of it is missing.
    """
    return Fingerprint(
        dev=table.integer("dev"),
        ino=table.integer("ino"),
        size=table.integer("size"),
        mtime_ns=table.signed_integer("mtime_ns"),
        ctime_ns=table.signed_integer("ctime_ns"),
    )

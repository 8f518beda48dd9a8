r"""The journal beside a partial that is written out of order: which of its bytes count, and what they hash to.

One line for each record, `<CRC-32> <JSON>\n`, only ever appended to; it is read up to the first line that is not whole.
What is recorded survives a kill, as the written bytes do; of what a power cut leaves, only that counts which stands
before a mark, and a mark is written when all of that is durable.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wansync.store.spans import Spans
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wansync.store.fsops import FileSystem

_VERSION = 1
MAX_BYTES = 8 * 2**20
"""More than the blocks of a file of 200 GB take; a longer one is none, so nothing is appended beyond it."""
_MAX_SPANS = 2**16
_MAX_LINE = 4096
_MAX_SIZE = 2**62
_HEX = re.compile(r"[0-9a-f]{64}")
_PLAIN = re.compile(r"[ -~]{1,1024}")
"""What a source or a validator may be: the latter is sent to a server again, so it must not break a header."""
_NEXT = "next.journal"
"""What takes its place."""
Record = dict[str, Any]


@value_type
class Source:
    """Where bytes came from: a source as the lock writes it, and the strong validator that it gave for the object."""

    name: str
    validator: str | None = None


@dataclass(slots=True, kw_only=True)
class Recorded:
    """What a journal says of a partial.

    Args:
        size: of the whole file, in bytes.
        segment: bytes of a segment.
        spans: the bytes that are there.
        prefixes: number of segments -> the digest that their bytes had.
        source: where bytes came from last.
    """

    size: int
    segment: int
    spans: Spans = field(default_factory=Spans)
    prefixes: dict[int, str] = field(default_factory=dict)
    source: Source | None = None

    def records(self) -> Iterator[Record]:
        """Yield what says the same, in the fewest lines."""
        for start, end in self.spans:
            yield done(start, end)
        for number, digest in sorted(self.prefixes.items()):
            yield prefix(number, digest)
        if self.source:
            yield came_from(self.source)


def header(size: int, segment: int, boot: str) -> Record:
    """Return the first record: the file's size, the bytes of a segment, and since when the machine runs."""
    return {"version": _VERSION, "size": size, "segment": segment, "boot": boot}


def done(start: int, end: int) -> Record:
    """Return the record of bytes that have been written."""
    return {"done": [start, end]}


def lost(start: int, end: int) -> Record:
    """Return the record of bytes that turned out wrong."""
    return {"lost": [start, end]}


def prefix(number: int, digest: str) -> Record:
    """Return the record of the digest that so many segments from the beginning have."""
    return {"prefix": number, "sha256": digest}


def came_from(source: Source) -> Record:
    """Return the record of where bytes come from now."""
    return {"source": source.name, "validator": source.validator or ""}


def mark(position: int) -> Record:
    """Return the record that all before a position in the journal is durable."""
    return {"durable": position}


class Journal:
    """The journal of a partial that this process writes; not safe for threads, so its owner has a lock.

    Args:
        path: where it is, or will be.
    """

    def __init__(self, fs: FileSystem, path: Path) -> None:
        self._fs = fs
        self._path = path
        self._descriptor: int | None = None
        self.length = 0

    def begin(self, recorded: Recorded, boot: str, *, durable: bool = True) -> None:
        """Replace it in one step by one that says what is recorded, and open it.

        Args:
            recorded: what counts.
            boot: what names the time since this machine was started.
            durable: whether the bytes of all that are, so that a power cut is to leave it.
        """
        self.close()
        data = _line(header(recorded.size, recorded.segment, boot)) + b"".join(map(_line, recorded.records()))
        if durable:
            data += _line(mark(len(data)))
        staged = self._path.with_name(_NEXT)
        self._fs.remove(staged)
        descriptor = self._fs.create(staged)
        try:
            self._fs.write(descriptor, data)
            if durable:
                self._fs.sync_file(descriptor)
        except OSError:
            self._fs.close(descriptor)
            self._fs.remove(staged)
            raise
        self._fs.close(descriptor)
        self._fs.rename(staged, self._path)
        if durable:
            self._fs.sync_directory(self._path.parent)
        self._descriptor = self._fs.open_existing(self._path, writable=True)
        self._fs.seek(self._descriptor, len(data))
        self.length = len(data)

    def append(self, record: Record) -> None:
        """Add a record; what is beyond the largest size is left out, and with it what it says does not count."""
        line = _line(record)
        if self._descriptor is not None and self.length + len(line) <= MAX_BYTES:
            self._fs.write(self._descriptor, line)
            self.length += len(line)

    def sync(self) -> None:
        """Make all records durable."""
        if self._descriptor is not None:
            self._fs.sync_data(self._descriptor)

    def close(self) -> None:
        """Close it; what was appended stays."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            self._fs.close(descriptor)


def parse_journal(data: bytes, boot: str) -> Recorded | None:
    """Return what a journal says of the bytes that are there for sure, or `None` where it makes no sense.

    Args:
        data: the journal, perhaps torn, perhaps planted.
        boot: what names the time since this machine was started; of a journal from another one, only that counts which
            stands before its last mark.
    """
    _, first = next(_lines(data), (0, {}))
    recorded = _header(first)
    if recorded is None:
        return None
    until = len(data) if boot and first.get("boot") == boot else _last_mark(data)
    for end, record in _lines(data):
        if end > until:
            break
        _replay(recorded, record)
        if recorded.spans.count > _MAX_SPANS:
            return None
    return recorded


def _line(record: Record) -> bytes:
    text = json.dumps(record, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _lines(data: bytes) -> Iterator[tuple[int, Record]]:
    """Yield where each record ends, and what it says, up to the first line that is not whole."""
    start = 0
    while (end := data.find(b"\n", start, start + _MAX_LINE) + 1) > 0:
        sum_, _, text = data[start : end - 1].partition(b" ")
        if sum_ != b"%08x" % zlib.crc32(text):
            return
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            return
        if not isinstance(record, dict):
            return
        yield end, record
        start = end


def _last_mark(data: bytes) -> int:
    """Return the position before which all is durable."""
    return max((r["durable"] for _, r in _lines(data) if isinstance(r.get("durable"), int)), default=0)


def _header(record: Record) -> Recorded | None:
    match record:
        case {"version": 1, "size": int(size), "segment": int(segment)} if 0 <= size < _MAX_SIZE and segment > 0:
            return Recorded(size=size, segment=segment)
    return None


def _replay(recorded: Recorded, record: Record) -> None:
    """Take in a record; one that makes no sense says nothing."""
    match record:
        case {"done": [int(start), int(end)]} if 0 <= start < end <= recorded.size:
            recorded.spans.add(start, end)
        case {"lost": [int(start), int(end)]} if 0 <= start < end <= recorded.size:
            recorded.spans.remove(start, end)
        case {"prefix": int(number), "sha256": str(digest)} if 0 < number * recorded.segment < recorded.size:
            if _HEX.fullmatch(digest):
                recorded.prefixes[number] = digest
        case {"source": str(name), "validator": str(validator)} if _PLAIN.fullmatch(name):
            recorded.source = Source(name=name, validator=validator if _PLAIN.fullmatch(validator) else None)

"""Leases: programs that use a view now, on this host or another. One small durable record for each, and its heartbeat.

Like a root, a lease says itself what it keeps, so that collecting garbage needs nothing else to honour it. It ends
with its process: on this host that is known at once; of another host a day without a heartbeat counts as its end
(`processes.ABANDONED_SECONDS`), since a machine may sleep and wake up.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from wansync.documents import DocumentError, Table, format_json, parse_json
from wansync.inventory import Named
from wansync.store.named import named_from_record, named_to_record
from wansync.store.processes import WRITER_PARTS, is_dead
from wansync.store.records import MAX_RECORD_BYTES, write_file
from wansync.text import printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout

_VERSION = 1


@value_type
class Lease:
    """A running reader's claim.

    Args:
        writer: who holds it, from `writer_name`; also the name of its record.
        name: the view that it uses, such as `t2v-A14B@native`.
        project: whose lock says what that is.
        command: the program, for people.
        named: the view and the bytes that it keeps.
        since: seconds since the epoch.
    """

    writer: str
    name: str
    project: str
    command: str
    named: Named
    since: float

    @property
    def holder(self) -> str:
        """Who holds it, for people."""
        host, process, *_ = self.writer.split(".")
        return printable(f"{self.command} (process {process} on {host})")

    @property
    def label(self) -> str:
        """What it is and who holds it, for people."""
        return f"{self.name} by {self.holder}"


def used_by(leases: Iterable[Lease]) -> dict[str, Named]:
    """Return what each program uses, by its label: one may lease a model, and its next version before that ends."""
    used: dict[str, Named] = {}
    for lease in leases:
        used[lease.label] = used.get(lease.label, Named()) | lease.named
    return used


class Leases:
    """The leases of a store; the caller holds the roots lock when it takes one."""

    def __init__(self, fs: FileSystem, layout: StoreLayout) -> None:
        self._fs = fs
        self._layout = layout

    def take(self, lease: Lease) -> None:
        """Keep durably what a lease names; taken again, it is its heartbeat."""
        values = {
            "version": _VERSION,
            "writer": lease.writer,
            "name": lease.name,
            "project": lease.project,
            "command": lease.command,
            "since_ms": round(lease.since * 1000),
            **named_to_record(lease.named),
        }
        write_file(self._fs, self._layout, self._path(lease.writer), format_json(values))

    def release(self, writer: str) -> None:
        """End a lease; one that is gone is fine."""
        self._fs.remove(self._path(writer))

    def alive(self) -> list[Lease]:
        """Return the leases whose process lives, as far as can be known.

        Raises:
            DocumentError: a record of a living process makes no sense; nobody knows what it keeps.
        """
        leases = []
        for writer in self._writers():
            if not self._is_dead(writer):
                lease = self._read(writer)
                if lease:
                    leases.append(lease)
                elif self._fs.fingerprint(self._path(writer)):
                    raise DocumentError(f"the lease `{printable(writer)}` cannot be read")
                # Else it has ended just now: nobody needs the roots lock to let one go.
        return leases

    def known(self) -> list[Lease]:
        """Return those of `alive` that can be read."""
        readable = (self._read(writer) for writer in self._writers() if not self._is_dead(writer))
        return [lease for lease in readable if lease]

    def unreadable(self) -> list[Path]:
        """Return the records that make no sense, of processes that live as far as can be known."""
        alive = (writer for writer in self._writers() if not self._is_dead(writer))
        return [self._path(writer) for writer in alive if self._read(writer) is None]

    def dead(self) -> list[Path]:
        """Return the records of leases whose process has ended."""
        return [self._path(writer) for writer in self._writers() if self._is_dead(writer)]

    def sweep(self) -> None:
        """Forget the leases whose process has ended."""
        for path in self.dead():
            with contextlib.suppress(PermissionError):
                self._fs.remove(path)

    @property
    def _folder(self) -> Path:
        return self._layout.state / "leases"

    def _path(self, writer: str) -> Path:
        return self._folder / f"{writer}.json"

    def _writers(self) -> Iterator[str]:
        for name in self._fs.list_directory(self._folder):
            writer = name.removesuffix(".json")
            if writer != name and len(writer.split(".")) == WRITER_PARTS:
                yield writer

    def _is_dead(self, writer: str) -> bool:
        fingerprint = self._fs.fingerprint(self._path(writer))
        return fingerprint is None or is_dead(writer, silent_seconds=time.time() - fingerprint.mtime_ns / 1e9)

    def _read(self, writer: str) -> Lease | None:
        data = self._fs.read_bytes(self._path(writer), MAX_RECORD_BYTES)
        try:
            return _lease(parse_json(data, limit=MAX_RECORD_BYTES), writer) if data else None
        except DocumentError:
            return None


def _lease(values: Mapping[str, Any], writer: str) -> Lease:
    table = Table(values)
    if table.integer("version") != _VERSION:
        raise table.error("version", "unknown version")
    return Lease(
        writer=writer,
        name=table.string("name"),
        project=table.string("project"),
        command=table.string("command"),
        named=named_from_record(values),
        since=table.integer("since_ms") / 1000,
    )

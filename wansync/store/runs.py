"""Run records: what a running command is doing, for other processes. Rebuildable, and worthless after the run."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from wansync.documents import DocumentError
from wansync.errors import ErrorCode
from wansync.events import FetchProgress, FetchRestarted, FileFailed, StageStarted
from wansync.store.processes import is_dead
from wansync.store.records import read_record, write_record
from wansync.store.trash import remove_tree
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wansync.documents import Table
    from wansync.events import Event
    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout


_NOTE_SECONDS = 0.5
"""A person who watches sees a record that is this old as live, and a small file twice a second costs nothing."""


class Phase(StrEnum):
    """What a run is doing now."""

    STAGE = "stage"
    LINK = "link"
    VERIFY = "verify"


@value_type
class RunRecord:
    """One running command: its correlation id, its process, and the models that it works on.

    Args:
        done: bytes that this phase has fetched, as of about a second ago.
        total: bytes that it has to fetch in all; 0 where nothing is fetched.
    """

    run: str
    command: str
    writer: str
    phase: Phase
    models: tuple[str, ...]
    done: int = 0
    total: int = 0

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "run": self.run,
            "command": self.command,
            "writer": self.writer,
            "phase": str(self.phase),
            "models": list(self.models),
            "bytes_done": self.done,
            "bytes_total": self.total,
        }


class Runs:
    """The run records of a store."""

    def __init__(self, fs: FileSystem, layout: StoreLayout) -> None:
        self._fs = fs
        self._layout = layout
        self._noted: dict[str, RunRecord] = {}

    @property
    def folder(self) -> Path:
        """Where the records are."""
        return self._layout.state / "runs"

    def note(self, record: RunRecord) -> None:
        """Say what a run is doing now."""
        self._noted[record.run] = record
        # A report, no more: a full disk stops the run where bytes are written, not here.
        with contextlib.suppress(OSError):
            write_record(self._fs, self._layout, self.folder / f"{record.run}.json", record.to_dict())

    def advance(self, run: str, done: int, total: int) -> None:
        """Say how far a run is that `note` told of before; bytes."""
        if record := self._noted.get(run):
            self.note(replace(record, done=done, total=total))

    def end(self, run: str) -> None:
        """Forget a run."""
        self._noted.pop(run, None)
        with contextlib.suppress(OSError):
            self._fs.remove(self.folder / f"{run}.json")

    def alive(self) -> list[RunRecord]:
        """Return the runs whose process still lives."""
        return [record for record, silent in self._all() if not is_dead(record.writer, silent_seconds=silent)]

    def dead(self) -> list[Path]:
        """Return the records of runs whose process is dead, and those that make no sense."""
        alive = {record.run for record in self.alive()}
        names = (name for name in self._fs.list_directory(self.folder) if name.endswith(".json"))
        return [self.folder / name for name in names if name.removesuffix(".json") not in alive]

    def sweep(self) -> None:
        """Forget the runs whose process is dead."""
        for path in self.dead():
            with contextlib.suppress(PermissionError):
                remove_tree(self._fs, path)

    def _all(self) -> Iterator[tuple[RunRecord, float]]:
        """Yield every record with the seconds since it was written."""
        for name in self._fs.list_directory(self.folder):
            path = self.folder / name
            table, fingerprint = read_record(self._fs, path), self._fs.fingerprint(path)
            record = _record(table) if table else None
            if record and fingerprint:
                yield record, time.time() - fingerprint.mtime_ns / 1e9


class RunProgress:
    """A reporter that keeps the records of runs up to date while bytes arrive, for those who follow them.

    Args:
        runs: where `note` told of the run.
        clock: returns seconds.
    """

    def __init__(self, runs: Runs, clock: Callable[[], float] = time.monotonic) -> None:
        self._runs = runs
        self._clock = clock
        self._done: dict[str, int] = {}
        self._total = 0
        self._noted_at = 0.0

    def report(self, event: Event) -> None:
        """Count the bytes of one event, and write them down when the last time is a while ago."""
        match event:
            case StageStarted():
                self._done, self._total = {}, event.size
            case FetchProgress():
                self._done[event.digest] = event.done
            case FetchRestarted() | FileFailed(error=ErrorCode.CHECKSUM_FAIL):
                # Bytes that were wrong are dropped; of a file that fails otherwise a partial stays.
                self._done[event.digest] = 0
            case _:
                return
        now = self._clock()
        if now - self._noted_at >= _NOTE_SECONDS or isinstance(event, StageStarted):
            self._noted_at = now
            self._runs.advance(event.run, sum(self._done.values()), self._total)


def _record(table: Table) -> RunRecord | None:
    try:
        return RunRecord(
            run=table.string("run"),
            command=table.string("command"),
            writer=table.string("writer"),
            phase=table.choice("phase", Phase),
            models=table.strings("models"),
            done=table.integer("bytes_done") if table.has("bytes_done") else 0,
            total=table.integer("bytes_total") if table.has("bytes_total") else 0,
        )
    except DocumentError:
        return None

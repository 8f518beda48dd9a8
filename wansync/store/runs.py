"""Run records: what a running command is doing, for other processes. Rebuildable, and worthless after the run."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wansync.documents import DocumentError
from wansync.store.processes import is_dead
from wansync.store.records import read_record, write_record
from wansync.store.trash import remove_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wansync.documents import Table
    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout


class Phase(StrEnum):
    """What a run is doing now."""

    STAGE = "stage"
    LINK = "link"
    VERIFY = "verify"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One running command: its correlation id, its process, and the models that it works on."""

    run: str
    command: str
    writer: str
    phase: Phase
    models: tuple[str, ...]


class Runs:
    """The run records of a store."""

    def __init__(self, fs: FileSystem, layout: StoreLayout) -> None:
        self._fs = fs
        self._layout = layout

    @property
    def folder(self) -> Path:
        """Where the records are."""
        return self._layout.state / "runs"

    def note(self, record: RunRecord) -> None:
        """Say what a run is doing now."""
        values = {
            "run": record.run,
            "command": record.command,
            "writer": record.writer,
            "phase": str(record.phase),
            "models": list(record.models),
        }
        # A report, no more: a full disk stops the run where bytes are written, not here.
        with contextlib.suppress(OSError):
            write_record(self._fs, self._layout, self.folder / f"{record.run}.json", values)

    def end(self, run: str) -> None:
        """Forget a run."""
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


def _record(table: Table) -> RunRecord | None:
    try:
        return RunRecord(
            run=table.string("run"),
            command=table.string("command"),
            writer=table.string("writer"),
            phase=table.choice("phase", Phase),
            models=table.strings("models"),
        )
    except DocumentError:
        return None

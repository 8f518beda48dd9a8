"""Why the last run on a model failed, for those who look from outside. Rebuildable, and gone when a run succeeds."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from wansync.documents import DocumentError
from wansync.errors import ErrorCode
from wansync.store.records import read_record, write_record
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout

_MAX_BYTES = 64 * 2**10


@value_type
class LastError:
    """How the last run on a model or component ended, when it failed.

    Its message is not kept: that can name paths and places which whoever may look need not know; the log of the run
    has it.

    Args:
        code: the error's.
        run: the correlation id of the run.
        at: seconds since the epoch.
    """

    code: ErrorCode
    run: str
    at: float

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {"code": str(self.code), "run": self.run, "at": self.at}


class LastErrors:
    """The records of a store, one for each model or component whose last run failed.

    Args:
        clock: returns seconds since the epoch.
    """

    def __init__(self, fs: FileSystem, layout: StoreLayout, clock: Callable[[], float]) -> None:
        self._fs = fs
        self._layout = layout
        self._clock = clock

    def note(self, names: Iterable[str], code: ErrorCode, run: str) -> None:
        """Note that a run failed for these models and components; a store that is none yet has no record of it."""
        if not self._fs.is_file(self._layout.version):
            return
        record = LastError(code=code, run=run, at=self._clock()).to_dict()
        for name in names:
            with contextlib.suppress(OSError):
                write_record(self._fs, self._layout, self._path(name), record)

    def forget(self, names: Iterable[str]) -> None:
        """Note that a run succeeded for these models and components."""
        known = set(self._fs.list_directory(self._folder))
        gone = [name for name in names if f"{name}.json" in known]
        with contextlib.suppress(OSError):
            for name in gone:
                self._fs.remove(self._path(name))
            if gone and len(gone) == len(known):
                # A store is as a clean install makes it; whoever notes an error just now is in the way, and stays.
                self._fs.remove_directory(self._folder)

    def of(self, name: str) -> LastError | None:
        """Return how the last run on a model or component failed, if it did."""
        table = read_record(self._fs, self._path(name), _MAX_BYTES)
        if table is None:
            return None
        try:
            return LastError(code=table.choice("code", ErrorCode), run=table.string("run"), at=table.number("at"))
        except DocumentError:
            return None

    @property
    def _folder(self) -> Path:
        return self._layout.state / "errors"

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"

"""Keep what a command said when it had nothing to do; `wansync.answers` tells it again while its grounds hold.

Losing an answer costs a look; keeping a wrong one would hide work. So one is kept only if nothing that it rests on has
changed since before the command began, by the file system's own clock.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from wansync.answers import FOLDER, FORM, digest_of, grouped, is_inhabited, stats_of
from wansync.store.fsops import CANNOT_WRITE
from wansync.store.processes import writer_name
from wansync.store.records import write_record
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout

_KEPT = 64
"""So many are kept: more than the projects and spellings that share most stores."""
_TICK, _COARSE_TICK = 20_000_000, 2_000_000_000
"""How far apart two changes must be, in nanoseconds, to have two times: Linux counts in steps of up to 10 ms, and a
file system that knows whole seconds only, of up to 2 s (FAT)."""
_SECOND = 1_000_000_000


@value_type
class Grounds:
    """What an answer rests on.

    Args:
        inputs: files whose bytes count.
        paths: files and directories of which `stat` tells a change, and such as must not be there.
        empty: directories that must stay empty.
    """

    inputs: frozenset[Path]
    paths: frozenset[Path]
    empty: frozenset[Path] = frozenset()


class Answers:
    """The answers in a store."""

    def __init__(self, fs: FileSystem, layout: StoreLayout) -> None:
        self._fs = fs
        self._layout = layout

    def now(self) -> int | None:
        """Return the time by the clock of the store's file system, in nanoseconds; `None` where nothing can be kept."""
        if not (self._fs.is_file(self._layout.version) and self._fs.is_directory(self._layout.tmp)):
            return None
        path = self._layout.tmp / f"clock.{writer_name()}.record"
        try:
            descriptor = self._fs.create(path)
            try:
                return self._fs.descriptor_fingerprint(descriptor).mtime_ns
            finally:
                self._fs.close(descriptor)
                self._fs.remove(path)
        except OSError:
            return None

    def keep(self, name: str, said: object, grounds: Grounds, since: int | None) -> None:
        """Keep an answer, unless something that it rests on may have changed after `since`; never fails.

        Args:
            name: from `wansync.answers.name_of`.
            said: what JSON can hold.
            grounds: what it rests on.
            since: what `now` returned before the command looked at anything.
        """
        # ValueError: a file that decides is so large that it is not read to its end.
        with contextlib.suppress(OSError, ValueError):
            record = self._record(said, grounds, since) if since is not None else None
            if record is not None:
                self._make_room()
                write_record(self._fs, self._layout, self._folder / f"{name}.json", record)

    def _record(self, said: object, grounds: Grounds, since: int) -> dict[str, object] | None:
        paths = grouped(map(os.fspath, grounds.paths))
        stats, latest = stats_of(paths)
        latest = max(latest, stats_of(grouped(map(os.fspath, grounds.inputs)))[1])
        tick = _TICK if since % _SECOND else _COARSE_TICK
        if latest >= since - tick or any(is_inhabited(os.fspath(path)) for path in grounds.empty):
            return None
        inputs = {os.fspath(path): digest_of(os.fspath(path)) for path in grounds.inputs}
        return {
            "form": FORM,
            "said": said,
            "inputs": inputs,
            "empty": _texts(grounds.empty),
            "paths": paths,
            "stats": stats,
        }

    def _make_room(self) -> None:
        """Remove the oldest answers where there are many."""
        names = self._fs.list_directory(self._folder)
        if len(names) < _KEPT:
            return
        ages = {name: found.mtime_ns for name in names if (found := self._fs.fingerprint(self._folder / name))}
        for name in sorted(ages, key=lambda name: ages[name])[: len(names) - _KEPT + 1]:
            self._fs.remove(self._folder / name)

    @property
    def _folder(self) -> Path:
        return self._layout.state / FOLDER


def _texts(paths: Iterable[Path]) -> list[str]:
    return sorted(map(os.fspath, paths))


def note_damage(fs: FileSystem, layout: StoreLayout) -> None:
    """Let no answer hold any longer: a blob was found damaged although `stat` says that it is as it was."""
    folder = layout.state / FOLDER
    try:
        for name in fs.list_directory(folder):
            fs.remove(folder / name)
        # For those that are being kept just now: every answer rests on this record too.
        write_record(fs, layout, layout.damage, {})
    except OSError as error:
        if error.errno not in CANNOT_WRITE:
            raise

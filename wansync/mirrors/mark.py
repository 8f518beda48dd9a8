"""The mark on a mirror that somebody prunes it, for which pushes wait. It needs no lock of the file system or of S3.

Whoever pushes writes its lock, then looks for marks; whoever prunes writes its mark, then reads the locks. So one of
the two sees the other: the prune what the push names, or the push that it has to wait. All times are those of the
mirror's own clock, as it states them; one after the other is right on one that shows at once what was written.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Self

from wansync.errors import LockTimeoutError
from wansync.paths import RelativePath
from wansync.store.processes import boot_id, is_dead, writer_name
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wansync.mirrors.objects import Objects, Stored

MARKS = RelativePath("pruning")
LEASE_SECONDS = 900.0
"""A mark that was not renewed for so long is that of a dead prune."""
_RENEW_SECONDS, _LATEST_SECONDS = 60.0, 300.0
"""How old a mark becomes before it is renewed, and how old it may be at most where something is removed; the rest of
the lease is for the removal itself, which may be asked for several times."""
_ENDING_SECONDS = 10.0
"""Who stops a prune waits no longer for a server that answers to none of its removals; then the mark stays."""


@value_type
class Mark:
    """A mark that was found: who prunes, and when that was said last, in seconds since the epoch."""

    writer: str
    written: float


class PruneMark:
    """Our own mark, while the block lasts and what was begun in it has not ended.

    Args:
        objects: those of the mirror.
        clocks: in seconds; the one that says that most time is over is believed, since some stand still while a
            machine sleeps, and others are set.
    """

    def __init__(self, objects: Objects, clocks: Sequence[Callable[[], float]] = (time.monotonic, time.time)) -> None:
        self._objects = objects
        self._clocks = clocks
        # Of a system without a name of its boot nobody can tell; older versions take five parts for one they cannot.
        self._writer = f"{writer_name()}.{boot_id() or 'unknown'}"
        self._path = MARKS / RelativePath(self._writer)
        self._lock = threading.Lock()
        self._renewed: list[float] = []
        self._changed = threading.Condition()
        self._under_way = 0
        self._over = False
        self.now = 0.0
        """When it was written first, by the mirror's clock."""

    def __enter__(self) -> Self:
        self._write()
        try:
            found = list(self._objects.list(MARKS))
        except BaseException:
            self._objects.remove(self._path)
            raise
        self.now = next((mark.written for mark in found if mark.path == self._path), time.time())
        return self

    def __exit__(self, *about: object) -> None:
        with self._changed:
            self._over = True
            ended = self._changed.wait_for(lambda: not self._under_way, _ENDING_SECONDS)
        # Else it stays for the rest of its lease: what has not ended may still take what somebody has pushed.
        if ended:
            self._objects.remove(self._path)

    @contextlib.contextmanager
    def removing(self) -> Iterator[bool]:
        """Hold it while a thread removes something; yields whether that may be, since nothing is begun after the end.

        Raises:
            LockTimeoutError: as `hold`.
        """
        with self._changed:
            begun = not self._over
            self._under_way += begun
        try:
            if begun:
                self.hold()
            yield begun
        finally:
            with self._changed:
                self._under_way -= begun
                self._changed.notify_all()

    def hold(self) -> None:
        """Renew it where it is time to; called before each thing that is read or removed, by any thread.

        Raises:
            LockTimeoutError: we have slept for so long that others may not have waited for us.
        """
        with self._lock:
            age = max(clock() - then for clock, then in zip(self._clocks, self._renewed, strict=True))
            if age > _LATEST_SECONDS:
                raise LockTimeoutError(
                    f"The prune stood still for {age:.0f} s, so that somebody may push by now",
                    hint="Prune again: it removes what is left",
                    lock=str(self._path),
                )
            if age > _RENEW_SECONDS:
                self._write()

    def sweep(self) -> None:
        """Remove the marks of prunes that are dead."""
        living = {mark.writer for mark in living_marks(self._objects, self.now)}
        for found in _marks(self._objects):
            if found.path.name not in living and found.path != self._path:
                self._objects.remove(found.path)

    def _write(self) -> None:
        # Before: what is not over yet may have begun then.
        before = [clock() for clock in self._clocks]
        # Empty: a disk that is full has room for a name still, and who prunes it makes more.
        self._objects.put_small(self._path, b"")
        self._renewed = before


def living_marks(objects: Objects, now: float) -> list[Mark]:
    """Return the marks of those who prune; `now` is by the mirror's clock, in seconds since the epoch."""
    marks = [Mark(writer=found.path.name, written=found.written) for found in _marks(objects)]
    return [mark for mark in marks if not (_is_dead(mark.writer) or now - mark.written > LEASE_SECONDS)]


def _marks(objects: Objects) -> list[Stored]:
    """Return what is a mark; a name with a dot in front is that of a file in the making, which is none yet."""
    return [found for found in objects.list(MARKS) if not found.path.name.startswith(".")]


def _is_dead(writer: str) -> bool:
    """Return whether a prune of this machine has ended; of others, which may have our name, only the lease tells."""
    process, _, boot = writer.rpartition(".")
    return boot == boot_id() and is_dead(process)

"""Work on several files at once, in lanes: so many of one kind at a time.

The one who asked waits in its own thread and gets each result as it comes, and a signal reaches it at once.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_T = TypeVar("_T")
_R = TypeVar("_R")
_POLL_SECONDS = 0.2
_END_SECONDS = 10.0
"""How long threads that were told to stop have for it: time to keep what has come."""


@value_type
class Lane(Generic[_T]):
    """Items that are worked on in their order, `width` at once."""

    items: Sequence[_T]
    width: int


class Lanes(Generic[_T, _R]):
    """The threads that work on all lanes.

    Args:
        call: does the work for one item; what it raises is its result.
        stop: tells those who work to stop.
    """

    def __init__(self, call: Callable[[_T], _R], stop: Callable[[], None]) -> None:
        self._call = call
        self._stop = stop
        self._ended = queue.SimpleQueue[tuple[_T, _R | BaseException]]()
        self._threads: list[threading.Thread] = []

    def run(self, lanes: Sequence[Lane[_T]]) -> Iterator[tuple[_T, _R | BaseException]]:
        """Yield each item with its result as it ends. Leaving early stops the others and waits for them."""
        waiting = [deque(lane.items) for lane in lanes]
        left = sum(len(lane.items) for lane in lanes)
        try:
            for items, lane in zip(waiting, lanes, strict=True):
                self._begin(items, min(lane.width, len(items)))
            while left:
                ended = self._next()
                left -= 1
                yield ended
        finally:
            for items in waiting:
                items.clear()
            self._end(early=bool(left))

    def _begin(self, items: deque[_T], width: int) -> None:
        for number in range(width):
            # Daemons: Ctrl-C must not wait for a server.
            thread = threading.Thread(target=self._work, args=(items,), daemon=True)
            try:
                thread.start()
            except RuntimeError:
                # The system gives no more: fewer are slower, none would be the end.
                if not number:
                    raise
                return
            self._threads.append(thread)

    def _work(self, items: deque[_T]) -> None:
        while True:
            try:
                item = items.popleft()
            except IndexError:
                return
            try:
                self._ended.put((item, self._call(item)))
            except BaseException as error:  # noqa: BLE001 (handed to the one who waits)
                self._ended.put((item, error))

    def _next(self) -> tuple[_T, _R | BaseException]:
        # In short waits: on Windows Ctrl-C does not interrupt a long one.
        while True:
            with contextlib.suppress(queue.Empty):
                return self._ended.get(timeout=_POLL_SECONDS)

    def _end(self, *, early: bool) -> None:
        # A thread without any more work may not have ended yet; to stop it would stop who comes after it as well.
        if early:
            self._stop()
        until = time.monotonic() + _END_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

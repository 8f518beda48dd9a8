"""Several blocking calls at once, in threads that never keep a stopped program alive."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections import deque
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_K = TypeVar("_K")
_V = TypeVar("_V")
_T = TypeVar("_T")


def in_parallel(calls: Mapping[_K, Callable[[], _V]], width: int) -> Iterator[tuple[_K, _V | Exception]]:
    """Yield (key, result) of every call as it ends; an exception is the result of a call that raised it.

    Daemon threads rather than an executor, whose threads are joined at exit: Ctrl-C must not wait for a server. What
    has not begun when the iteration is left early is not begun.

    Args:
        calls: by a key that the caller recognises.
        width: how many run at once.
    """
    waiting, ended = deque(calls.items()), queue.SimpleQueue[tuple[_K, _V | Exception]]()
    count = len(waiting)

    def work() -> None:
        while True:
            try:
                key, call = waiting.popleft()
            except IndexError:
                return
            try:
                ended.put((key, call()))
            except Exception as error:  # noqa: BLE001 (handed to the caller)
                ended.put((key, error))
            except BaseException as error:  # noqa: BLE001 (such as the end of a run that was interrupted)
                # A worker that dies must not leave the caller waiting, nor write a traceback.
                died = RuntimeError("a worker has died")
                died.__cause__ = error
                ended.put((key, died))
                return

    for _ in range(min(width, count)):
        threading.Thread(target=work, daemon=True).start()
    try:
        for _ in range(count):
            yield _next(ended)
    finally:
        waiting.clear()


def _next(ended: queue.SimpleQueue[_T]) -> _T:
    # In short waits: on Windows Ctrl-C does not interrupt a long one.
    while True:
        with contextlib.suppress(queue.Empty):
            return ended.get(timeout=0.2)

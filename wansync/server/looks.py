"""Looks at the disk, shared by all requests that come in the meantime: many who ask cost as much as one.

A look is made in a thread. What it found is told for a second; then the next who asks has another one made, and is
told the old one as long as that is not older than two.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, TypeVar

from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")
FRESH_SECONDS, STALE_SECONDS = 1.0, 2.0
"""No older than what `wansync status --watch` shows, and still one look a second however many ask."""
_THREADS = 2
"""Looks are short and mostly wait for the disk; a deep one must not hold up the others."""


class BusyError(Exception):
    """More is asked than the disk can be looked at for."""


@value_type(kw_only=False)
class _Seen(Generic[_T]):
    at: float
    found: _T | None
    error: Exception | None

    def tell(self) -> _T:
        if self.error is not None:
            raise self.error
        return self.found  # type: ignore[return-value]  # one of the two is there


class Looks(Generic[_T]):
    """The looks of a server, by what was asked; used by one event loop.

    Args:
        most: how many different questions are remembered.
        waiting: how many different questions may wait for their looks; who asks one more is refused.
        clock: returns seconds that never go back.
    """

    def __init__(self, most: int = 64, waiting: int = 16, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._waiting = waiting
        self._clock = clock
        self._seen: dict[object, _Seen[_T]] = {}
        self._under_way: dict[object, asyncio.Task[_Seen[_T]]] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="look")

    async def get(self, question: object, look: Callable[[], _T]) -> _T:
        """Return or raise what a look finds, or found a moment ago.

        Args:
            question: what is the same for the same look.
            look: makes one; it is called in a thread.

        Raises:
            BusyError: too many other questions wait already.
        """
        seen = self._seen.get(question)
        age = self._clock() - seen.at if seen else STALE_SECONDS
        if seen and age < FRESH_SECONDS:
            return seen.tell()
        task = self._under_way.get(question) or self._begin(question, look)
        if seen and age < STALE_SECONDS:
            return seen.tell()
        # Shielded: who gives up waiting must not break off what others wait for.
        return (await asyncio.shield(task)).tell()

    def _begin(self, question: object, look: Callable[[], _T]) -> asyncio.Task[_Seen[_T]]:
        # A look is made even if nobody waits for it any more: without a limit, whoever asks for one name after another
        # keeps the server busy for long after.
        if len(self._under_way) >= self._waiting:
            raise BusyError
        task = asyncio.create_task(self._look(question, look))
        self._under_way[question] = task
        return task

    async def _look(self, question: object, look: Callable[[], _T]) -> _Seen[_T]:
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, look)
            seen = _Seen(self._clock(), found, None)
        except Exception as error:  # noqa: BLE001 (told to everybody who asked)
            seen = _Seen(self._clock(), None, error)
        finally:
            del self._under_way[question]
        self._seen.pop(question, None)
        self._seen[question] = seen
        if len(self._seen) > self._most:
            del self._seen[next(iter(self._seen))]
        return seen

"""A source in memory that gives several ranges of a file at once, and lies and breaks as a test says."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.simulators import MemorySource
from wansync.sources import Body, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from wansync.listing import SourceFile


@dataclass(slots=True)
class Asked:
    """One request: its span, its validator, and how many bytes were given."""

    span: Span
    validator: str | None
    given: int = 0


class MemoryBody(Body):
    """The bytes of one request."""

    def __init__(self, source: RangedSource, data: bytes, asked: Asked) -> None:
        self.ranged = source.ranged
        self.start = asked.span.start if self.ranged else 0
        self.validator = source.validator
        self._source = source
        self._data = memoryview(data)
        self._position = self.start
        self._asked = asked
        self._aborted = threading.Event()

    def readinto(self, buffer: memoryview) -> int:
        self._source.before_read(self._asked, self._position, self._aborted)
        count = min(len(buffer), len(self._data) - self._position, self._source.piece)
        buffer[:count] = self._data[self._position : self._position + count]
        self._source.lie_about(self._position, buffer[:count])
        self._position += count
        self._asked.given += count
        return count

    def abort(self) -> None:
        self._aborted.set()

    def close(self) -> None:
        with self._source.turn:
            self._source.open_now -= 1


class RangedSource(MemorySource):
    """`requests` holds what was asked for; `before_read` may raise or wait; `lie_about` may change bytes in place.

    `refuse` is called before an answer, and may raise or wait; `broken_off` says that nobody wants one any more.
    """

    def __init__(self, name: str, files: dict[str, bytes]) -> None:
        super().__init__(name, files)
        self.ranged = True
        self.validator: str | None = '"v1"'
        self.piece = 2**18
        self.requests: list[Asked] = []
        self.turn = threading.Lock()
        self.open_now = self.open_most = 0
        self.before_read: Callable[[Asked, int, threading.Event], None] = lambda asked, position, aborted: None
        self.lie_about: Callable[[int, memoryview], None] = lambda position, view: None
        self.refuse: Callable[[Asked], None] = lambda asked: None
        self.broken_off = threading.Event()

    def abort(self, thread: int | None = None) -> None:
        del thread
        self.broken_off.set()

    @property
    def parallel(self) -> bool:
        return True

    @property
    def given(self) -> int:
        """The bytes that were read in all."""
        return sum(asked.given for asked in self.requests)

    def _body(self, file: SourceFile, span: Span, validator: str | None) -> Body:
        asked = Asked(span, validator)
        with self.turn:
            self.requests.append(asked)
            self.open_now += 1
            self.open_most = max(self.open_most, self.open_now)
        try:
            self.refuse(asked)
        except BaseException:
            with self.turn:
                self.open_now -= 1
            raise
        return MemoryBody(self, self.files[file.path.text], asked)

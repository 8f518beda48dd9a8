"""What ends a command from outside: Ctrl-C, SIGTERM, and a reader that has gone.

Each becomes a `BaseException`, so that nothing on the way takes it for a failure of its own: typer would turn an
interrupt into a silent exit, and a closed pipe into a failure.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn, TextIO, cast

from wansync.errors import ExitStatus

_SIGNALS = {
    signal.SIGINT: ("Interrupted", ExitStatus.INTERRUPTED),
    signal.SIGTERM: ("Terminated", ExitStatus.TERMINATED),
}


class Stopped(BaseException):
    """A signal asked the program to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.word, self.status = _SIGNALS[signal.Signals(number)]


class ReaderGoneError(BaseException):
    """Whoever read our output has closed it."""


@contextlib.contextmanager
def signals_raise() -> Iterator[None]:
    """Let SIGINT and SIGTERM raise `Stopped` in the block, unless our parent wants one ignored."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in before.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped(number)


@contextlib.contextmanager
def stdout_raises() -> Iterator[None]:
    """Let writing to a closed stdout raise `ReaderGoneError` in the block."""
    before = sys.stdout
    sys.stdout = cast("TextIO", _Output(before))
    try:
        yield
        sys.stdout.flush()
    except ReaderGoneError:
        # What is still buffered would fail once more when the interpreter exits.
        with contextlib.suppress(OSError, ValueError), Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), before.fileno())
    finally:
        sys.stdout = before


class _Output:
    """A text stream whose closed pipe is no `OSError`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            raise ReaderGoneError from None

    def flush(self) -> None:
        try:
            self._stream.flush()
        except BrokenPipeError:
            raise ReaderGoneError from None

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

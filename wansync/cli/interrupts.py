"""What ends a command from outside: Ctrl-C, SIGTERM, and a reader that has gone.

Signals become a `BaseException`, so that nothing on the way takes one for a failure of its own: typer would turn an
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


class OutputFailedError(BaseException):
    """stdout cannot take the result: a full disk, or no stdout at all."""


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
def output_guarded() -> Iterator[None]:
    """Let the block go on when the reader of stdout has gone, and raise `OutputFailedError` when stdout fails."""
    before = sys.stdout
    output = _Output(before)
    sys.stdout = cast("TextIO", output)
    try:
        yield
        output.flush()
    finally:
        sys.stdout = before
        if output.reader_gone:
            # What is still buffered would fail once more when the interpreter exits.
            with contextlib.suppress(OSError, ValueError), Path(os.devnull).open("w", encoding="utf-8") as nowhere:
                os.dup2(nowhere.fileno(), before.fileno())


class _Output:
    """A text stream whose closed pipe is no failure: as with `| head`, the command ends with its own status."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.reader_gone = False

    def write(self, text: str) -> int:
        with self._failures():
            if self._stream is not None and not self.reader_gone:
                self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._failures():
            if self._stream is not None and not self.reader_gone:
                self._stream.flush()

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            self.reader_gone = True
        except OSError as error:
            self.reader_gone = True
            raise OutputFailedError(error.strerror) from None

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

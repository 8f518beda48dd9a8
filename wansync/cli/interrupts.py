"""What ends a command from outside: Ctrl-C, SIGTERM, and a reader that has gone.

Signals become a `BaseException`, so that nothing on the way takes one for a failure of its own: typer would turn an
interrupt into a silent exit, and a closed pipe into a failure.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn, TextIO, cast

from wansync.errors import ExitStatus

_SIGNALS = {
    signal.SIGINT: ExitStatus.INTERRUPTED,
    signal.SIGTERM: ExitStatus.TERMINATED,
}


class Stopped(BaseException):
    """A signal asked the program to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = _SIGNALS[signal.Signals(number)]


class OutputFailedError(BaseException):
    """stdout cannot take the result: a full disk, or no stdout at all."""


@contextlib.contextmanager
def signals_raise(at_once: Callable[[ExitStatus], None]) -> Iterator[None]:
    """Let the first SIGINT or SIGTERM raise `Stopped` in the block, unless our parent wants one ignored.

    A second one ends the process there and then: whoever sends it does not want to wait for what the first one began.

    Args:
        at_once: called with the exit status before the process ends; what it raises is dropped.
    """
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    stopping = False

    def stop(number: int, _frame: FrameType | None) -> NoReturn:
        nonlocal stopping
        stopped = Stopped(number)
        if stopping:
            with contextlib.suppress(Exception):
                at_once(stopped.status)
            os._exit(stopped.status)
        stopping = True
        raise stopped

    for number, handler in before.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def output_guarded() -> Iterator[Output]:
    """Let the block go on when the reader of stdout has gone, and raise `OutputFailedError` when stdout fails."""
    before = sys.stdout
    output = Output(before)
    sys.stdout = cast("TextIO", output)
    try:
        yield output
        output.flush()
    finally:
        sys.stdout = before
        if output.reader_gone:
            # What is still buffered would fail once more when the interpreter exits.
            with contextlib.suppress(OSError, ValueError), Path(os.devnull).open("w", encoding="utf-8") as nowhere:
                os.dup2(nowhere.fileno(), before.fileno())


class Output:
    """A text stream whose closed pipe is no failure: as with `| head`, the command ends with its own status.

    Attributes:
        written: whether anything was written.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.written = False
        self.reader_gone = False

    def write(self, text: str) -> int:
        """Write text, as long as there is a reader."""
        self.written = self.written or bool(text)
        with self._failures():
            if self._stream is not None and not self.reader_gone:
                self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
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

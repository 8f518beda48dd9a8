"""A process that answers one question with one document, and ends with all that it started, whatever happens.

Its stdout is a pipe of ours, so that what libraries print there never mixes with a result; its stderr is kept in part,
for the case that it dies. It runs in a session of its own, which is killed as a whole. If we die first, it notices:
the pipe that it reads from ends.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from typing import IO, TYPE_CHECKING

from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Sequence

_WINDOWS = sys.platform == "win32"
_MAX_ANSWER = 1 << 20
_MAX_LOG = 1 << 14
_SOON = 10.0
"""Seconds that the pipes of an ended process may stay open, which a child of it could have taken along."""


@value_type
class Ended:
    """How a process ended.

    Args:
        answer: what it wrote to stdout.
        log: the end of what it wrote to stderr.
        status: its exit status, negative for a signal; `None` if its time was up and it was killed.
    """

    answer: bytes
    log: str
    status: int | None


def ask_process(arguments: Sequence[str], question: bytes, time_limit: float) -> Ended:
    """Run a module of ours with the Python that runs this, and return how it ended.

    Args:
        arguments: what follows `python`.
        question: one line for its stdin, which stays open until it ends.
        time_limit: in seconds; then it is killed with all that it started.
    """
    # -P: what happens to lie in the working directory is not imported.
    process = subprocess.Popen(  # noqa: S603 (our own interpreter, and no shell)
        [sys.executable, "-P", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=not _WINDOWS,
    )
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise AssertionError
    answer, log = _Reading(process.stdout, _MAX_ANSWER), _Reading(process.stderr, _MAX_LOG)
    status: int | None = None
    try:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(question + b"\n")
            process.stdin.flush()
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = process.wait(time_limit)
    finally:
        _kill(process)
        said = [reading.end() for reading in (answer, log)]
        with contextlib.suppress(OSError):
            process.stdin.close()
    return Ended(answer=said[0], log=said[1].decode("utf-8", "replace"), status=status)


class _Reading:
    """Reads a pipe to its end in a thread, and keeps its last bytes."""

    def __init__(self, stream: IO[bytes], keep: int) -> None:
        self._stream = stream
        self._keep = keep
        self._kept = b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def end(self) -> bytes:
        """Return what was read, when the pipe has ended."""
        self._thread.join(_SOON)
        if not self._thread.is_alive():
            self._stream.close()
        return self._kept

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while data := os.read(self._stream.fileno(), 1 << 16):
                self._kept = (self._kept + data)[-self._keep :]


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started, also when it has ended itself: its children may live on."""
    with contextlib.suppress(OSError):
        if _WINDOWS:
            command = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
            subprocess.run(command, capture_output=True, check=False)  # noqa: S603
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()

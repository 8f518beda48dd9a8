"""The program in child processes that are forked from here, so that a run costs no interpreter start."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import tempfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from tests.faults.children import count_calls, fork, injected, kill, wait
from wansync.cli import main

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

_SECONDS = 100
"""A run that takes longer is ended by SIGALRM, which counts as hanging."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run of the program ended: its exit status, negative for a signal, and all that it said."""

    status: int
    said: str


class Running:
    """A run of the program in a child.

    Args:
        work: what `Program.work` returned, given where it says what it says.
    """

    def __init__(self, start: Callable[[int], Callable[[], int]]) -> None:
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (`_ran` closes it)
        self._child = fork(start(self._said.fileno()))

    def kill(self) -> Ran:
        """End it as `kill -9` does."""
        return self._ran(kill(self._child))

    def wait(self) -> Ran:
        """Wait until it ends by itself."""
        return self._ran(wait(self._child))

    def is_over(self) -> bool:
        """Return whether it has ended."""
        return os.waitid(os.P_PID, self._child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _ran(self, status: int) -> Ran:
        with self._said:
            return Ran(status, _read(self._said))


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The program as a user runs it who has this project, this store, and nothing else.

    Args:
        directory: of the project.
        variables: its whole environment.
        sabotage: called in each child before the program, to break it on purpose.
    """

    directory: Path
    variables: Mapping[str, str]
    sabotage: Callable[[], None] = lambda: None

    def start(self, *arguments: str) -> Running:
        """Start a run in a child."""
        return Running(lambda said: self._work(arguments, said))

    def run(self, *arguments: str) -> Ran:
        """Run it to its end."""
        return self.start(*arguments).wait()

    def run_injected(self, call: str, injection: str, number: int, *arguments: str) -> tuple[Ran, bool]:
        """Run it while a system call is tampered with as it is entered for the Nth time; say whether it ever was.

        Args:
            call: the system call.
            injection: what strace is to do, such as `error=EIO` or `signal=SIGKILL`.
            number: N, from 1 on.
            arguments: of the program.
        """
        with tempfile.TemporaryFile() as said:
            status, struck = injected(call, injection, number, self._work(arguments, said.fileno()))
            return Ran(status, _read(said)), struck

    def count(self, calls: Iterable[str], log: Path, *arguments: str) -> Counter[str]:
        """Run it to its end, and return how often it entered each of the system calls; `log` is overwritten."""
        with tempfile.TemporaryFile() as said:
            return count_calls(calls, self._work(arguments, said.fileno()), log)

    def _work(self, arguments: tuple[str, ...], said: int) -> Callable[[], int]:
        def work() -> int:
            signal.alarm(_SECONDS)
            for number in (1, 2):
                os.dup2(said, number)
            sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
            os.environ.clear()
            os.environ.update(self.variables)
            os.chdir(self.directory)
            sys.argv = ["wansync", *arguments]
            self.sabotage()
            return _exit_status()

        return work

    def warm_up(self, *commands: tuple[str, ...]) -> None:
        """Run commands in a child, and import here all that they imported there."""
        with tempfile.TemporaryFile() as names, tempfile.TemporaryFile() as said:

            def work() -> int:
                status = 0
                for arguments in commands:
                    status = status or self._work(arguments, said.fileno())()
                os.write(names.fileno(), "\n".join(sys.modules).encode())
                return status

            status = wait(fork(work))
            assert status == 0, _read(said)
            for name in _read(names).splitlines():
                if name not in sys.modules and name != "__main__":
                    importlib.import_module(name)


def _exit_status() -> int:
    try:
        main()
    except SystemExit as ended:
        sys.stdout.flush()
        return int(ended.code or 0)
    return 0


def _read(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode("utf-8", "replace")


def variables(folder: Path, store: Path, endpoint: str = "") -> dict[str, str]:
    """Return the environment of a user whose home is below `folder`.

    Args:
        folder: where the user's things are.
        store: `MODELS_ROOT`.
        endpoint: of a test hub; without one the discard port, where nothing answers.
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder / "home"),
        "MODELS_ROOT": str(store),
        "HF_ENDPOINT": endpoint or "http://127.0.0.1:9",
        "WANSYNC_MIN_FREE": "0",
    }

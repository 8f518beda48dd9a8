"""Real processes to kill: forked from this one, so that a hundred of them cost no hundred interpreter starts."""

from __future__ import annotations

import ctypes
import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wansync.cli.app import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

STRACE = shutil.which("strace")
# Looked at on import: the guards of `conftest.py` remove both from the environment of every test.
_OF_CI = "strace,keyring" if os.environ.get("CI") else ""
REQUIRED = set(os.environ.get("WANSYNC_TESTS_REQUIRE", _OF_CI).split(",")) - {""}
"""What must not be skipped, such as `strace,powercut`."""
KILLS = os.environ.get("WANSYNC_TEST_KILLS", "")
"""`all` runs every kill point; a number sets how many of each kind are sampled."""
_PR_SET_PTRACER = 0x59616D61
_PATIENCE = 60.0

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and fork are POSIX")


def require_strace() -> None:
    """Skip where strace is missing; where it is required that is a failure, or a green run would prove nothing."""
    if STRACE is None:
        if "strace" in REQUIRED:
            pytest.fail("strace is not installed, and it is required here")
        pytest.skip("strace is not installed")


def fork(work: Callable[[], int]) -> int:
    """Return the id of a child process that ends with what `work` returns; it never returns here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        return child
    # What is of the tests is not collected here: walking a large heap would take longer than most runs of the program,
    # and copy each of its pages.
    gc.freeze()
    status = 70
    try:
        status = work()
    except BaseException:  # noqa: BLE001 (nothing may go on as a second pytest)
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def command(*arguments: str) -> Callable[[], int]:
    """Return work that is the program with these arguments, silent."""

    def work() -> int:
        with Path(os.devnull).open("w", encoding="utf-8") as null, redirect_stdout(null), redirect_stderr(null):
            return run(list(arguments))

    return work


def wait(child: int) -> int:
    """Return the exit status of a child, negative for the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill(child: int) -> int:
    """Kill a child that may have ended, as `kill -9` does, and return its exit status."""
    os.kill(child, signal.SIGKILL)
    return wait(child)


def killed_at(call: str, number: int, work: Callable[[], int]) -> bool:
    """Run `work` in a child that is killed as it enters a system call for the Nth time.

    The call itself does not happen. Returns whether there was an Nth call.
    """
    status = _traced(work, ["-o", os.devnull, "-e", f"inject={call}:signal=SIGKILL:when={number}"], call)
    assert status in {0, -signal.SIGKILL}
    return status != 0


def count_calls(calls: Iterable[str], work: Callable[[], int], log: Path) -> Counter[str]:
    """Return how often `work` enters each of the system calls; a name unknown to this machine is never entered."""
    assert _traced(work, ["-o", str(log)], ",".join(f"?{call}" for call in calls)) == 0
    return Counter(line.partition("(")[0] for line in log.read_text(encoding="utf-8").splitlines() if "(" in line)


def injected(call: str, injection: str, number: int, work: Callable[[], int]) -> tuple[int, bool]:
    """Run `work` in a child for which strace tampers with its Nth call; return its status, and whether there was one.

    Args:
        call: the system call; each thread counts its own.
        injection: as in `strace --inject`, such as `error=EIO`. With a signal or an error the call does not happen.
        number: N, from 1 on.
        work: what the child does.
    """
    with tempfile.NamedTemporaryFile() as log:
        options = ["-f", "-o", log.name, "-e", f"inject={call}:{injection}:when={number}"]
        status = _traced(work, options, call)
        return status, status == -signal.SIGKILL or b"(INJECTED)" in Path(log.name).read_bytes()


def _traced(work: Callable[[], int], options: list[str], calls: str) -> int:
    # strace counts for each call and thread by itself. The child is traced from the first step of its work on, so
    # that the start of the interpreter does not count.
    assert STRACE is not None
    child = fork(lambda: _stop_until_traced() or work())
    os.waitid(os.P_PID, child, os.WSTOPPED | os.WNOWAIT)
    arguments = [STRACE, "-qq", "-e", f"trace={calls}", "-e", "signal=none", *options, "-p", str(child)]
    tracer = subprocess.Popen(arguments, stdin=subprocess.DEVNULL)
    try:
        until(lambda: _tracer_of(child) != 0)
        os.kill(child, signal.SIGCONT)
        return wait(child)
    finally:
        tracer.wait(_PATIENCE)


def _stop_until_traced() -> int:
    if sys.platform.startswith("linux"):
        # Where Yama is strict, a process may be traced only by its parents or by whom it allows.
        ctypes.CDLL(None).prctl(_PR_SET_PTRACER, ctypes.c_ulong(-1 & 0xFFFFFFFFFFFFFFFF), 0, 0, 0)
    os.kill(os.getpid(), signal.SIGSTOP)
    return 0


def _tracer_of(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("TracerPid:")))


def until(condition: Callable[[], object]) -> None:
    """Wait until something is so; a test in which nothing happens for a minute fails."""
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.002)

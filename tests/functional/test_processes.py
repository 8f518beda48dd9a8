"""The console scripts as other processes meet them: names, signals, pipes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.program import SCRIPTS, script, unread
from tests.support.project import wansync

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.project import ProjectBuilder


@contextlib.contextmanager
def blocked(project: ProjectBuilder, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Yield a running script that waits for a lock of the store, which it has said."""
    # A handler that is set here is the default again in a child; one that is ignored would stay ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    store = project.api()._workspace().store()
    store.prepare()
    command = [str(SCRIPTS / "wansync"), *arguments]
    try:
        with (
            store.locks.roots(),
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
        ):
            assert process.stderr is not None
            assert process.stderr.readline().startswith("Waiting for the lock `roots`, held by ")
            yield process
            process.kill()
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("name", ["wansync", "wan"])
def test_both_scripts_are_the_same_program(synced: ProjectBuilder, name: str) -> None:
    ran = script(name, "models", "status")

    assert (ran.status, ran.stdout) == (0, wansync("status").stdout)
    assert script(name, "--help").stdout.startswith(f"Usage: {name} [OPTIONS] COMMAND")


def test_module_is_the_same_program(synced: ProjectBuilder) -> None:
    command = [sys.executable, "-m", "wansync", "ensure", "alpha"]

    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout) == (0, wansync("ensure", "alpha").stdout)


@pytest.mark.parametrize("arguments", [["sync", "--bogus"], ["ensure", "alpah"], ["gc", "--json"]], ids=" ".join)
def test_script_exits_2_for_usage(synced: ProjectBuilder, arguments: list[str]) -> None:
    assert script("wansync", *arguments).status == 2


@pytest.mark.parametrize(
    ("number", "status", "said"),
    [(signal.SIGINT, 130, "Interrupted."), (signal.SIGTERM, 143, "Terminated.")],
)
def test_signal_while_waiting_ends_without_a_traceback(
    locked: ProjectBuilder, number: signal.Signals, status: int, said: str
) -> None:
    with blocked(locked, "sync") as process:
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=30)

    assert (process.returncode, stdout) == (status, "")
    assert stderr.strip() == f"{said} Nothing is lost; run `wansync sync` again to go on"
    assert wansync("sync").status == 0
    assert locked.leftovers() == []


def test_waiting_longer_than_the_limit_names_the_holder(locked: ProjectBuilder) -> None:
    with blocked(locked, "sync", "--lock-timeout", "0.1") as process:
        _, stderr = process.communicate(timeout=30)

    assert process.returncode == 15
    assert f"(process {os.getpid()} on " in stderr
    assert "hint: Wait for that process, end it, or allow more time with WANSYNC_LOCK_TIMEOUT" in stderr


@pytest.mark.parametrize("arguments", [["status"], ["status", "--json"], ["plan"], ["--help"]], ids=" ".join)
def test_reader_that_has_gone_is_no_failure(synced: ProjectBuilder, arguments: list[str]) -> None:
    """As in `wansync status | head -1`."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [str(SCRIPTS / "wansync"), *arguments]

    with unread():
        ran = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)

    os.close(writing)
    assert (ran.returncode, "Traceback" in ran.stderr, "Exception ignored" in ran.stderr) == (0, False, False)


def test_reader_of_progress_that_has_gone_does_not_stop_a_sync(locked: ProjectBuilder) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [str(SCRIPTS / "wansync"), "ensure", "alpha"]

    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=writing, text=True, check=False)

    os.close(writing)
    assert (ran.returncode, ran.stdout) == (0, wansync("ensure", "alpha").stdout)


def test_stdout_that_cannot_take_a_name_still_prints_it(synced: ProjectBuilder) -> None:
    """A terminal with an ASCII locale must not turn a path into a bug."""
    folder = synced.directory.parent / "модели"
    synced.models_root.rename(folder)
    environment = {**os.environ, "MODELS_ROOT": str(folder), "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    command = [str(SCRIPTS / "wansync"), "status"]

    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert ran.returncode == 0


@pytest.mark.parametrize(
    ("closed", "arguments", "status"), [(">&-", "status", 0), ("2>&-", "sync", 0), ("2>&-", "x", 2)]
)
def test_stream_that_is_closed_does_not_change_the_status(
    synced: ProjectBuilder, closed: str, arguments: str, status: int
) -> None:
    command = f'"{SCRIPTS / "wansync"}" {arguments} {closed}'

    ran = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)

    assert (ran.returncode, "Traceback" in ran.stdout + ran.stderr) == (status, False)


def test_full_disk_behind_stdout_is_no_bug(synced: ProjectBuilder) -> None:
    command = f'"{SCRIPTS / "wansync"}" status >/dev/full'

    ran = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)

    assert ran.returncode == 2
    assert "error: The result cannot be written: No space left on device" in ran.stderr


def test_verdict_survives_a_reader_that_has_gone(synced: ProjectBuilder) -> None:
    """As in `set -o pipefail; wansync verify | head -1`."""
    synced.blob("beta/transformer/config.json").unlink()
    reading, writing = os.pipe()
    os.close(reading)

    ran = subprocess.run([str(SCRIPTS / "wansync"), "verify"], stdout=writing, stderr=subprocess.PIPE, check=False)

    os.close(writing)
    assert ran.returncode == 1

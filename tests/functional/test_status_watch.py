"""`wansync status --watch` and `--wait`: for a person who looks on, and for a script that needs a model."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pexpect
import pytest

from tests.functional.output import document
from tests.support.project import wansync
from wansync.store import Phase, RunRecord
from wansync.store.processes import writer_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.project import ProjectBuilder

SCRIPT = str(Path(sys.executable).with_name("wansync"))


def test_wait_for_what_is_there_returns_at_once(synced: ProjectBuilder) -> None:
    ran = wansync("status", "--wait", "complete")

    assert (ran.status, ran.stdout.count("COMPLETE"), ran.stderr) == (0, 2, f"Store: {synced.models_root}\n")


def test_wait_ends_when_another_command_has_made_it_so(locked: ProjectBuilder) -> None:
    sync = threading.Timer(0.3, lambda: locked.api().sync())
    sync.start()

    ran = wansync("status", "beta", "--wait", "COMPLETE", "--timeout", "60", "--json")
    sync.join()

    assert (ran.status, ran.stderr) == (0, "Waiting for COMPLETE\n")
    assert [model["state"] for model in document("status", ran)["models"]] == ["COMPLETE"]


def test_wait_that_takes_too_long_says_no(locked: ProjectBuilder) -> None:
    ran = wansync("status", "--wait", "COMPLETE", "--timeout", "0", "--json")

    assert ran.status == 1
    assert {model["state"] for model in document("status", ran)["models"]} == {"NOT_PRESENT"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--wait", "ready"], "error: There is no state `ready`"),
        (["--timeout", "3"], "error: `--timeout` is for `--wait` and `--watch`"),
        (["--watch", "--json"], "error: `--watch` shows many states, and `--json` is one document"),
        (["--wait", "COMPLETE", "--timeout", "-1"], "Invalid value for `--timeout`"),
    ],
    ids=" ".join,
)
def test_status_with_options_that_make_no_sense_says_so(
    synced: ProjectBuilder, arguments: list[str], said: str
) -> None:
    ran = wansync("status", *arguments)

    assert (ran.status, said in ran.stderr, "hint: " in ran.stderr or "Usage" in ran.stderr) == (2, True, True)


def test_watch_in_a_log_is_the_table_and_then_a_line_for_each_change(locked: ProjectBuilder) -> None:
    with subprocess.Popen([SCRIPT, "status", "--watch"], stdout=subprocess.PIPE, text=True, bufsize=1) as watch:
        assert watch.stdout
        head = [watch.stdout.readline().split()[:3] for _ in range(3)]
        assert wansync("sync", "beta").status == 0
        changes = [line.split()[:2] for line in _until(watch.stdout, "beta@small  COMPLETE")]
        watch.send_signal(signal.SIGINT)

    assert head == [["MODEL", "VARIANT", "STATE"], ["alpha", "small", "NOT_PRESENT"], ["beta", "small", "NOT_PRESENT"]]
    # alpha shares the text encoder.
    assert ["alpha@small", "PARTIAL"] in changes
    assert watch.returncode == 130


def _until(stream: IO[str], beginning: str) -> Iterator[str]:
    for line in stream:
        yield line
        if line.startswith(beginning):
            return


def test_watch_at_a_terminal_is_drawn_in_place_until_ctrl_c(locked: ProjectBuilder) -> None:
    child = pexpect.spawn(SCRIPT, ["status", "--watch"], env={**os.environ, "TERM": "xterm"}, encoding="utf-8")
    child.expect("NOT_PRESENT")
    child.expect("NOT_PRESENT")
    assert wansync("sync").status == 0
    child.expect(r"\x1b\[\d*A.*COMPLETE")
    child.send("\x03")
    child.expect(pexpect.EOF)
    child.close()

    assert (child.exitstatus, "Traceback" in child.before) == (130, False)


def test_status_shows_how_far_a_running_sync_is(synced: ProjectBuilder) -> None:
    record = RunRecord(
        run="0123", command="sync", writer=writer_name(), phase=Phase.STAGE, models=(), done=2048, total=4096
    )
    synced.api()._workspace().store().runs.note(record)

    assert f"running: sync (process {os.getpid()} on " in wansync("status").stdout
    assert "bringing files: 2.0 KiB of 4.0 KiB\n" in wansync("status").stdout
    (run,) = document("status", wansync("status", "--json"))["runs"]
    assert (run["command"], run["bytes_done"], run["bytes_total"]) == ("sync", 2048, 4096)

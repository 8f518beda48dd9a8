"""Ctrl-C and SIGTERM in a real terminal: the run stops cleanly, says how to go on, and the next one does."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

from tests.support.documents import check_document
from tests.support.hub import Faults
from tests.support.program import unread
from tests.support.project import ProjectBuilder, wansync
from tests.support.slow_hub import STOPPED, SlowProject

if TYPE_CHECKING:
    from tests.support.hub import Hub

SCRIPT = Path(sys.executable).with_name("wansync")
KEPT = "6.0 MiB of 20.0 MiB are kept; run `wansync sync --events events.ndjson` again to go on"
SLEEPY = """
import sys, time
from wansync.cli import app
import wansync.cli.commands.verify as command
def op(workspace, *more, **options):
    try:
        print("begun", flush=True)
        time.sleep(60)
    finally:
        print("ending", flush=True)
        time.sleep(60)
command.op = op
sys.exit(app.run(["verify", "--events", "events.ndjson", "--progress", "none"]))
"""
"""A verify whose cleaning up takes long."""


@pytest.fixture
def slow(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SlowProject:
    """The project of large files, locked, at a hub that goes silent after two MiB of each."""
    project = SlowProject(tmp_path / "app", tmp_path / "models-root", hub)
    project.write()
    project.enter(monkeypatch)
    assert wansync("lock").status == 0
    hub.faults = STOPPED
    return project


@pytest.fixture
def large(project: ProjectBuilder) -> ProjectBuilder:
    """A project with a file on this machine that takes long to hash; it takes no room on the disk."""
    with (project.directory / "weights/alpha/transformer/model-00001-of-00002.safetensors").open("wb") as file:
        file.truncate(2**40)
    return project


def at_terminal(program: str, *arguments: str) -> pexpect.spawn:
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    return pexpect.spawn(program, list(arguments), env=environment, encoding="utf-8", timeout=60, dimensions=(24, 200))


def ended(child: pexpect.spawn) -> tuple[int | None, str]:
    """Return the exit status and all that was said since the last time somebody looked."""
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.before


def events(path: Path) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]
    for line in lines:
        check_document("events", line)
    return lines


@pytest.mark.parametrize(
    ("number", "status", "word"), [(signal.SIGINT, 130, "Interrupted"), (signal.SIGTERM, 143, "Terminated")]
)
def test_stopped_sync_says_what_is_kept_and_the_next_one_goes_on(
    slow: SlowProject, number: signal.Signals, status: int, word: str
) -> None:
    child = at_terminal(str(SCRIPT), "sync", "--events", "events.ndjson")
    child.expect(r" 6\.0 of 20\.0 MiB")

    if number is signal.SIGINT:
        child.sendintr()
    else:
        child.kill(number)
    exited, said = ended(child)

    assert exited == status
    assert f"{word}. {KEPT}\r\n" in said
    assert "Traceback" not in said
    *_, result = events(slow.directory / "events.ndjson")
    assert (result["type"], result["exit_code"]) == ("result", status)
    assert sum(path.stat().st_size for path in slow.layout.tmp.glob("*.released.part")) == 3 * 2 * 2**20
    slow.hub.faults = Faults()
    again = wansync("sync")
    assert (again.status, "resumed 6.0 MiB" in again.stderr) == (0, True)
    assert slow.leftovers() == []


def test_stopped_sync_prints_an_error_document_for_json(slow: SlowProject, tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    with unread():  # checked below
        child = at_terminal("/bin/sh", "-c", f"trap : INT; {SCRIPT} sync --json > {result}; exit $?")
    child.expect(r" 6\.0 of 20\.0 MiB")

    child.sendintr()

    assert ended(child)[0] == 130
    document = json.loads(result.read_text())
    check_document("error", document)
    assert document["error"]["code"] == "INTERRUPTED"
    facts = document["error"]["facts"]
    partials = sum(path.stat().st_size for path in slow.layout.tmp.glob("*.part"))
    # The small file beside the three that stand still may be whole by then.
    assert (partials, facts["bytes_kept"] - partials in {0, 4000}) == (3 * 2 * 2**20, True)
    left = json.loads(wansync("plan", "--json").stdout)["bytes"]["fetch"]
    assert facts["bytes_needed"] == left + facts["bytes_kept"]


def test_stopped_lock_leaves_the_lock_as_it_was(large: ProjectBuilder) -> None:
    child = at_terminal(str(SCRIPT), "lock", "--events", "events.ndjson")
    child.expect("Hashing ")

    child.sendintr()
    status, said = ended(child)

    assert status == 130
    assert "Interrupted. Nothing is lost; run `wansync lock --events events.ndjson` again to go on\r\n" in said
    assert "Traceback" not in said
    assert not large.lock_path.exists()
    assert events(large.directory / "events.ndjson")[-1]["exit_code"] == 130


def test_stopped_verify_ends_at_once(project: ProjectBuilder) -> None:
    assert wansync("sync").status == 0
    blob = project.blob("beta/transformer/model.safetensors")
    blob.chmod(0o644)
    with blob.open("r+b") as file:
        file.truncate(2**40)
    child = at_terminal(str(SCRIPT), "verify")
    child.expect("Verifying ")

    child.sendintr()
    status, said = ended(child)

    assert (status, "Traceback" in said) == (130, False)
    assert "Interrupted. Nothing is lost; run `wansync verify` again to go on\r\n" in said
    assert project.leftovers() == []


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_second_signal_ends_at_once(project: ProjectBuilder, second: signal.Signals) -> None:
    assert wansync("lock").status == 0
    child = at_terminal(sys.executable, "-c", SLEEPY)
    child.expect("begun")
    child.sendintr()
    child.expect("ending")

    child.kill(second)
    status, said = ended(child)

    assert (status, "Traceback" in said) == (128 + second, False)
    assert "Stopped at once; run the same command to go on" in said
    *_, result = events(project.directory / "events.ndjson")
    assert (result["type"], result["exit_code"]) == ("result", 128 + second)

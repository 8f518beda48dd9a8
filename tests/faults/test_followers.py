"""Whoever waits for another process sees how far that is, and gives up only when it does not get on."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.children import posix_only, until
from tests.support import program
from tests.support.project import wansync
from tests.support.slow_hub import SLOW, SlowProject

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.hub import Hub

pytestmark = [posix_only, pytest.mark.timeout(120)]

SCRIPT = str(program.SCRIPTS / "wansync")


@pytest.fixture
def slow(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SlowProject:
    project = SlowProject(tmp_path / "app", tmp_path / "models-root", hub, small=0)
    project.write()
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    project.enter(monkeypatch)
    assert wansync("lock").status == 0
    hub.clear()
    hub.faults = SLOW
    return project


@pytest.fixture
def leader(slow: SlowProject) -> Iterator[subprocess.Popen[str]]:
    """A sync that has fetched the first bytes of a large file."""
    process = program.start(SCRIPT, "sync", "--quiet")
    until(lambda: any(path.stat().st_size for path in slow.layout.tmp.glob("*.part")))
    yield process
    process.kill()
    process.communicate()


def events(path: Path, kind: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line["type"] == kind]


def test_follower_tells_how_far_the_leader_is(slow: SlowProject, leader: subprocess.Popen[str], tmp_path: Path) -> None:
    log = tmp_path / "events.ndjson"
    # Less than the leader needs for its first shard: what counts is that it gets on.
    ran = program.script("wansync", "ensure", "alpha", "--events", str(log), "--lock-timeout", "2.5", "--json")

    assert (ran.status, leader.wait(60)) == (0, 0), ran.stderr
    assert json.loads(ran.stdout)["bytes_fetched"] < slow.hub.sent
    followed, taken = events(log, "lock_followed"), events(log, "lock_taken")
    assert len(followed) >= 2
    assert {f"process {leader.pid} on " in line["holder"] for line in followed} == {True}
    for lock in {line["lock"] for line in followed}:
        seen = [line["done"] for line in followed if line["lock"] == lock]
        assert seen == sorted(set(seen))
    assert all(0 < line["done"] <= line["size"] for line in followed)
    assert {line["lock"] for line in taken} == {line["lock"] for line in events(log, "lock_waiting")}


def test_leader_that_stands_still_is_named_and_the_wait_ends(leader: subprocess.Popen[str]) -> None:
    os.kill(leader.pid, signal.SIGSTOP)
    try:
        ran = program.script("wansync", "ensure", "alpha", "--lock-timeout", "1.5", "--json")
        error = json.loads(ran.stdout)["error"]
    finally:
        os.kill(leader.pid, signal.SIGCONT)

    assert (ran.status, error["code"]) == (15, "LOCK_TIMEOUT")
    assert f"process {leader.pid} on " in error["message"]
    assert leader.wait(60) == 0
    assert program.script("wansync", "ensure", "alpha").status == 0


def test_waiter_goes_on_where_a_stopped_leader_was_killed(
    slow: SlowProject, leader: subprocess.Popen[str], tmp_path: Path
) -> None:
    os.kill(leader.pid, signal.SIGSTOP)
    log = tmp_path / "events.ndjson"
    waiter = program.start(SCRIPT, "ensure", "alpha", "--events", str(log), "--json")
    until(lambda: log.exists() and bool(events(log, "lock_waiting")))
    slow.hub.faults = type(SLOW)()

    leader.kill()
    ran = program.finish(waiter, ("ensure", "alpha", "--json"))

    assert ran.status == 0, ran.stderr
    taken = [line["lock"] for line in events(log, "lock_taken")]
    assert (bool(taken), all(lock.startswith("blob-") for lock in taken)) == (True, True)
    assert any(line["offset"] for line in events(log, "fetch_started"))
    assert slow.leftovers() == []
    assert wansync("verify").status == 0

"""`wansync lock` with nothing to do is answered before typer is loaded; whatever is not sure goes the ordinary way."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.project import ProjectBuilder, wansync

if TYPE_CHECKING:
    from tests.support.hub_project import HubProject

SCRIPT = """
import sys
sys.argv = ["wansync", *{arguments}]
from wansync.cli import main
try:
    main()
except SystemExit as end:
    print("status", end.code)
print(*sorted({{"typer", "rich", "huggingface_hub", "httpx2", "jsonschema", "filelock"}} & sys.modules.keys()))
"""


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WANSYNC_HTTP_RETRIES", raising=False)


def run(project: ProjectBuilder, *arguments: str) -> tuple[list[str], str]:
    """Return the lines of a process of its own, the last of which are the heavy modules it loaded; and its stderr."""
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(arguments=list(arguments))],
        cwd=project.directory,
        env=os.environ,
        text=True,
        capture_output=True,
        check=True,
    )
    return ran.stdout.splitlines(), ran.stderr


def test_nothing_to_do_loads_nothing_and_asks_nobody(hub_locked: HubProject) -> None:
    said, stderr = run(hub_locked, "lock")

    assert (said, hub_locked.hub.requests) == (["status 0", ""], [])
    assert stderr == wansync("lock").stderr


def test_edit_of_the_lock_is_seen(hub_locked: HubProject) -> None:
    hub_locked.lock_path.write_bytes(hub_locked.lock_path.read_bytes() + b"# edited\n")

    said, _ = run(hub_locked, "lock")

    assert "typer" in said[-1]
    assert b"# edited" not in hub_locked.lock_path.read_bytes()


def test_edit_of_the_manifest_is_seen(hub_locked: HubProject) -> None:
    hub_locked.manifest_path.write_text(hub_locked.manifest_path.read_text() + "# edited\n")

    assert "typer" in run(hub_locked, "lock")[0][-1]
    assert run(hub_locked, "lock")[0] == ["status 0", ""], "and known from then on"


@pytest.mark.parametrize(
    "arguments", [["lock", "--upgrade"], ["lock", "--check"], ["lock", "--json"], ["plan"]], ids=" ".join
)
def test_anything_else_goes_the_ordinary_way(hub_locked: HubProject, arguments: list[str]) -> None:
    assert "typer" in run(hub_locked, *arguments)[0][-1]


def test_policy_of_the_run_goes_the_ordinary_way(hub_locked: HubProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANSYNC_DENY_LICENSE", "mit")

    assert run(hub_locked, "lock")[0][0] == "status 16"


def test_torn_record_goes_the_ordinary_way(hub_locked: HubProject) -> None:
    record = hub_locked.layout.state / "fresh.json"
    record.write_bytes(record.read_bytes()[:20])

    assert "typer" in run(hub_locked, "lock")[0][-1]


def test_local_sources_are_looked_at_each_time(project: ProjectBuilder) -> None:
    assert (wansync("lock").status, wansync("sync").status) == (0, 0)

    assert "typer" in run(project, "lock")[0][-1]

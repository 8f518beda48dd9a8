"""`Project.lease`: a path that stays while a program uses it."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.project import ProjectBuilder, content, wansync
from wansync.errors import UsageError, WansyncError
from wansync.ops import lease as op

if TYPE_CHECKING:
    from pathlib import Path

BETA = "beta/transformer/model.safetensors"
_HOLD = """
import sys
from wansync.api import Project
with Project().lease("beta") as path:
    print(path, flush=True)
    sys.stdin.read()
"""


def move_on(project: ProjectBuilder, name: str = "next") -> None:
    """Sync a lock that no longer names what was leased."""
    project.files[BETA] = content(name, 7000)
    project.write()
    project.api().lock()
    project.api().sync()


def test_lease_makes_ready_and_keeps_from_gc_until_the_block_ends(project: ProjectBuilder) -> None:
    project.api().lock()

    with project.api().lease("beta") as path:
        old = path / "transformer" / "model.safetensors"
        data = old.read_bytes()
        move_on(project)
        report = project.api().gc()
        assert (report.plan.noop, old.read_bytes()) == (True, data)
        ((name, size),) = report.plan.leased.items()
        assert (name.startswith("beta@small by "), size) == (True, 7000)

    assert project.api().gc().plan.size == 7000
    assert not path.exists()


def test_lease_of_another_process_is_named_and_ends_with_it(project: ProjectBuilder) -> None:
    project.api().lock()
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout
        view = child.stdout.readline().strip()
        move_on(project)
        gc = wansync("gc", "--yes")
        assert gc.stderr.startswith("Nothing to remove: in use is 6.8 KiB of beta@small by ")
        assert f"(process {child.pid} on " in gc.stderr
        why = wansync("why", view)
        assert f"in use: beta@small by -c (process {child.pid} on " in why.stdout
        child.send_signal(signal.SIGKILL)

    removed = wansync("gc", "--yes")

    assert "Removed 1 blob, 0 partials and 1 view: 6.8 KiB" in removed.stderr
    assert not (project.layout.state / "leases").exists() or not any((project.layout.state / "leases").iterdir())


def test_heartbeat_writes_a_lost_record_again(project: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(op, "HEARTBEAT_SECONDS", 0.02)
    project.api().lock()
    with project.api().lease("beta"):
        (record,) = (project.layout.state / "leases").iterdir()
        record.unlink()
        while not record.exists():
            pass

    assert not record.exists()


def test_lease_of_what_cannot_be_made_ready_leaves_no_record(project: ProjectBuilder) -> None:
    project.api().lock()
    (project.directory / "weights" / BETA).unlink()

    with pytest.raises(WansyncError), project.api().lease("beta"):
        pass

    assert list((project.layout.state / "leases").iterdir()) == []


def test_lease_is_for_one_model(project: ProjectBuilder) -> None:
    project.api().lock()

    with pytest.raises(UsageError), project.api().lease(""):
        pass


def test_leases_of_one_model_end_one_by_one(project: ProjectBuilder) -> None:
    project.api().lock()
    records: Path = project.layout.state / "leases"
    with project.api().lease("beta") as one:
        with project.api().lease("beta@small") as other:
            assert (one, len(list(records.iterdir()))) == (other, 2)
        assert len(list(records.iterdir())) == 1
    assert list(records.iterdir()) == []


def test_program_may_lease_the_next_version_while_it_uses_the_last(project: ProjectBuilder) -> None:
    """By their names the two leases are the same: the same model, the same process."""
    project.api().lock()

    with contextlib.ExitStack() as stack:
        paths = []
        for version in range(4):
            move_on(project, f"version {version}")
            paths.append(stack.enter_context(project.api().lease("beta")))
        project.api(keep_generations=1).gc()
        assert [path.is_dir() for path in paths] == [True] * 4
        assert len({(path / "transformer/model.safetensors").read_bytes() for path in paths}) == 4

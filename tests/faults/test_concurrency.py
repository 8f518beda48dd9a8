"""Many processes on one store: no byte twice, no wrong byte, no path that changes under a reader."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import REPOSITORY
from tests.faults.children import fork, kill, posix_only, wait
from tests.faults.filesystems import Watched, weights
from tests.faults.projects import moved, project_with
from tests.support import program
from tests.support.project import ProjectBuilder, wansync
from wansync.errors import LockTimeoutError
from wansync.events import LockWaiting
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from wansync.ops.sync import SyncReport

pytestmark = [posix_only, pytest.mark.timeout(300)]

MIB = 2**20
LARGE = "alpha/transformer/model-00001-of-00002.safetensors"
# What a network file system does that says yes to everybody.
LYING_LOCKS = (
    "import fcntl, sys; fcntl.flock = lambda *_: None; from wansync.cli.app import run; sys.exit(run(sys.argv[1:]))"
)


@pytest.fixture
def large(project: ProjectBuilder) -> ProjectBuilder:
    project.files[LARGE] = weights(LARGE, 8 * MIB)
    project.write()
    assert wansync("lock").status == 0
    return project


def start(*arguments: str, lying: bool = False) -> subprocess.Popen[str]:
    how = ["-c", LYING_LOCKS] if lying else ["-m", "wansync"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    return program.start(sys.executable, *how, *arguments, "--json", "--quiet", env=environment)


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert isinstance(process.args, tuple)
    command = [str(word) for word in process.args]
    begin = command.index("wansync" if "wansync" in command else LYING_LOCKS) + 1
    ran = program.finish(process, tuple(command[begin:]))
    assert (ran.status, ran.stderr, ran.stdout if ran.status else "") == (0, "", "")
    values: dict[str, Any] = json.loads(ran.stdout)
    return values


def size_of(project: ProjectBuilder, *folders: str) -> int:
    return sum(len(data) for name, data in project.files.items() if name.startswith(folders))


@pytest.mark.parametrize("count", [2, 8])
def test_processes_that_ensure_one_model_fetch_it_once(large: ProjectBuilder, count: int) -> None:
    reports = [finish(process) for process in [start("ensure", "alpha") for _ in range(count)]]

    assert {tuple(report["paths"]) for report in reports} == {("alpha@small",)}
    assert len({report["paths"]["alpha@small"] for report in reports}) == 1
    assert sum(report["bytes_fetched"] for report in reports) == size_of(large, "alpha/", "shared/")
    assert large.leftovers() == []
    assert wansync("verify", "alpha").status == 0
    assert finish(start("ensure", "alpha"))["noop"] is True


def test_processes_that_ensure_different_models_fetch_what_they_share_once(large: ProjectBuilder) -> None:
    processes = [start("ensure", model) for model in ("alpha", "beta", "alpha", "beta")]

    reports = [finish(process) for process in processes]

    assert sum(report["bytes_fetched"] for report in reports) == size_of(large, "")
    assert wansync("sync").stderr == "Nothing to do: 2 views ready\n"
    assert large.leftovers() == []


@pytest.mark.parametrize("count", [4])
def test_processes_whose_locks_lie_never_publish_wrong_bytes(large: ProjectBuilder, count: int) -> None:
    reports = [finish(process) for process in [start("ensure", "alpha", lying=True) for _ in range(count)]]

    assert len({report["paths"]["alpha@small"] for report in reports}) == 1
    assert wansync("sync").status == 0
    assert wansync("verify").status == 0
    assert large.blob(LARGE).read_bytes() == large.files[LARGE]
    assert large.leftovers() == []


def test_writer_that_sleeps_through_a_takeover_changes_nothing_when_it_wakes(large: ProjectBuilder) -> None:
    """Its lock was lost, as on a network file system: another process fetched and published meanwhile."""
    reading, writing = os.pipe()

    def fall_asleep(written: int) -> None:
        if written == 5 * MIB:
            os.write(writing, b".")
            os.kill(os.getpid(), signal.SIGSTOP)

    def work() -> int:
        project_with(large, Watched(fall_asleep)).sync("alpha")
        return 0

    project_with(large, FileSystem()).sync("alpha")
    large.blob(LARGE).unlink()
    sleeper = fork(work)
    os.read(reading, 1)
    try:
        report = finish(start("ensure", "alpha", lying=True))
        assert report["bytes_fetched"] == 8 * MIB
    finally:
        os.kill(sleeper, signal.SIGCONT)
        status = wait(sleeper)

    assert status == 0
    assert large.blob(LARGE).read_bytes() == large.files[LARGE]
    assert wansync("sync").status == 0
    assert wansync("verify").status == 0
    assert large.leftovers() == []


def hold(project: ProjectBuilder, ready: Callable[[], object]) -> int:
    """Keep the lock of the large blob until killed."""

    def stay(written: int) -> None:
        if written >= MIB:
            ready()
            signal.pause()

    project_with(project, Watched(stay)).sync("alpha")
    return 0


@pytest.fixture
def holder(large: ProjectBuilder) -> Iterator[int]:
    reading, writing = os.pipe()
    child = fork(lambda: hold(large, lambda: os.write(writing, b".")))
    os.read(reading, 1)
    yield child
    with contextlib.suppress(ProcessLookupError):
        kill(child)


def sync_briefly(project: ProjectBuilder) -> tuple[SyncReport | LockTimeoutError, list[LockWaiting]]:
    made = project_with(project, FileSystem(), lock_timeout=0.2)
    try:
        return made.sync("alpha"), made.recorder.of(LockWaiting)
    except LockTimeoutError as error:
        return error, made.recorder.of(LockWaiting)


def test_lock_that_is_held_for_too_long_names_its_holder(large: ProjectBuilder, holder: int) -> None:
    found, waiting = sync_briefly(large)

    assert isinstance(found, LockTimeoutError)
    assert f"process {holder} on " in str(found.facts["holder"])
    assert str(found.facts["holder"]) in found.reason
    assert found.facts["lock"] == f"blob-{large.blob(LARGE).name}"
    assert found.exit_status == 15
    assert "WANSYNC_LOCK_TIMEOUT" in found.hint
    assert [event.holder for event in waiting] == [found.facts["holder"]]


def test_lock_of_a_killed_holder_is_free_and_its_partial_is_claimed(large: ProjectBuilder, holder: int) -> None:
    kill(holder)

    found, waiting = sync_briefly(large)

    assert not isinstance(found, LockTimeoutError)
    assert moved(found)["resumed"] == MIB
    assert waiting == []
    assert large.leftovers() == []

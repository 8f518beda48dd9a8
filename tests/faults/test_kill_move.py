"""`kill -9` while `adopt --move` is at work: no file is lost, and the same commands again end as without a kill."""

from __future__ import annotations

import hashlib
import itertools
import shutil
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.children import KILLS, command, injected, posix_only, require_strace
from tests.faults.test_kill import CALLS, assert_recovers
from tests.faults.test_kill_adopt import other_disk
from tests.support.hub_cache import from_hub
from tests.support.project import wansync

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.project import ProjectBuilder

COUNTS = range(1, 200) if KILLS == "all" else (1, 3, 6)
"""Which of the calls of a thread is its last."""

pytestmark = [posix_only, pytest.mark.timeout(600)]


@pytest.fixture(params=["linked", "copied"])
def folder(request: pytest.FixtureRequest, project: ProjectBuilder, tmp_path: Path) -> Iterator[Path]:
    """A directory on the disk of the store, where moving is a rename, or on another one, whence files are copied."""
    from_hub(project)
    with tempfile.TemporaryDirectory(dir=tmp_path if request.param == "linked" else other_disk(tmp_path)) as folder:
        yield Path(folder)


def start(project: ProjectBuilder, folder: Path) -> None:
    shutil.rmtree(project.models_root, ignore_errors=True)
    for number, data in enumerate(project.files.values()):
        (folder / f"{number}.bin").write_bytes(data)


def kept(project: ProjectBuilder, folder: Path) -> set[str]:
    """Return the digests that are to be had: in the directory, or as blobs, which may be read by the next run."""
    files = [*folder.iterdir(), *project.layout.blobs.glob("??/*")]
    return {hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.is_file()}


@pytest.mark.parametrize("family", ["link", "remove", "sync", "write"])
def test_kill_while_files_are_moved_loses_none(project: ProjectBuilder, folder: Path, family: str) -> None:
    require_strace()
    work = command("adopt", str(folder), "--move", "--yes", "-q")
    start(project, folder)
    whole = kept(project, folder)
    assert wansync("adopt", str(folder), "--move", "--yes").status == 0
    assert (list(folder.iterdir()), kept(project, folder)) == ([], whole)
    assert wansync("sync", "--offline").status == 0
    clean = project.snapshot()

    killed = 0
    for call, number in itertools.product(CALLS[family], COUNTS):
        start(project, folder)
        status, _ = injected(call, "signal=SIGKILL", number, work)
        if status != -signal.SIGKILL:
            continue  # no thread came that far
        killed += 1
        point = call, number
        assert (point, kept(project, folder)) == (point, whole)
        assert (point, wansync("adopt", str(folder), "--move", "--yes", "-q").status) == (point, 0)
        assert_recovers(project, clean, "adopt", point)
    assert killed

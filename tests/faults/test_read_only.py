"""Stores that refuse to be written: typed errors for what must write, and answers for what only reads."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import Failing
from tests.faults.projects import project_with
from tests.support.project import ProjectBuilder
from wansync.errors import StoreFailError
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.projects import TestProject


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EIO, errno.EPERM])
def test_store_that_cannot_be_written_is_a_typed_error(project: ProjectBuilder, number: int) -> None:
    made = project_with(project, Failing(number))
    project_with(project, FileSystem()).lock()

    with pytest.raises(StoreFailError, match=os.strerror(number)) as raised:
        made.sync()

    assert raised.value.exit_status == 19
    assert str(project.models_root) in raised.value.reason
    assert raised.value.facts["path"]


VERBS: dict[str, Callable[[TestProject], object]] = {
    "sync": lambda made: made.sync().noop,
    "ensure": lambda made: made.path("alpha").is_dir(),
    "status": lambda made: [model.state for model in made.status().models] == ["COMPLETE", "COMPLETE"],
    "verify": lambda made: made.verify().intact,
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_store_that_is_ready_and_read_only_can_be_used(project: ProjectBuilder, number: int, verb: str) -> None:
    fs = Failing(number)
    fs.broken = False
    made = project_with(project, fs)
    made.sync()
    fs.broken = True

    assert VERBS[verb](made) is True


@pytest.mark.parametrize("verb", VERBS)
def test_store_on_a_read_only_mount_can_be_used(project: ProjectBuilder, disk: Path, verb: str) -> None:
    """As a store in an image, or on a share that only its owner may write."""
    made = project_with(ProjectBuilder(project.directory, disk / "models-root"), FileSystem())
    made.sync()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)

    assert VERBS[verb](made) is True


def test_sync_into_a_read_only_mount_is_a_typed_error(project: ProjectBuilder, disk: Path) -> None:
    made = project_with(ProjectBuilder(project.directory, disk / "models-root"), FileSystem())
    made.lock()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)

    with pytest.raises(StoreFailError, match="Read-only file system"):
        made.sync()


def touch(project: ProjectBuilder) -> None:
    """Change the ctime of every blob, as a new owner or a restored backup does."""
    for blob in project.layout.blobs.glob("*/*"):
        blob.chmod(0o644)


@pytest.mark.parametrize("verb", ["sync", "ensure", "verify"])
def test_store_that_was_touched_and_is_on_a_read_only_mount_proves_right(
    project: ProjectBuilder, disk: Path, verb: str
) -> None:
    made = project_with(ProjectBuilder(project.directory, disk / "models-root"), FileSystem())
    made.sync()
    touch(made.project)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)

    assert VERBS[verb](made) is True
    assert "HashFinished" in made.recorder.names()


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_sync_with_a_read_only_store_says_what_it_cannot_record(project: ProjectBuilder, number: int) -> None:
    fs = Failing(number)
    fs.broken = False
    made = project_with(project, fs)
    made.sync()
    touch(project)
    fs.broken = True

    report = made.sync()

    assert (report.noop, report.complete, sorted(report.views)) == (True, True, ["alpha@small", "beta@small"])
    assert ["every run hashes its files again" in warning for warning in report.warnings] == [True]


def test_project_of_another_directory_can_use_a_read_only_store(project: ProjectBuilder, tmp_path: Path) -> None:
    """As one that was synced while an image was built, and runs elsewhere in it."""
    fs = Failing(errno.EROFS)
    fs.broken = False
    project_with(project, fs).sync()
    fs.broken = True
    shutil.copytree(project.directory, tmp_path / "elsewhere")

    report = project_with(ProjectBuilder(tmp_path / "elsewhere", project.models_root), fs).sync()

    assert report.noop
    assert ["no `wansync gc` knows" in warning for warning in report.warnings] == [True]


@pytest.mark.parametrize("damage", ["bytes", "blob", "view"])
def test_read_only_store_that_lacks_something_is_a_typed_error(project: ProjectBuilder, damage: str) -> None:
    fs = Failing(errno.EROFS)
    fs.broken = False
    made = project_with(project, fs)
    made.sync()
    touch(project)
    blob = project.blob("beta/transformer/model.safetensors")
    if damage == "bytes":
        blob.write_bytes(b"x" * blob.stat().st_size)
    elif damage == "blob":
        blob.unlink()
    else:
        (project.layout.model_link("beta@small").resolve() / "transformer/config.json").unlink()
    fs.broken = True

    with pytest.raises(StoreFailError, match="Read-only file system"):
        made.sync()


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK])
def test_file_system_without_locks_is_a_typed_error_or_works(
    project: ProjectBuilder, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Some network and FUSE file systems have no `flock` at all; safety does not depend on it."""
    fcntl = pytest.importorskip("fcntl")

    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    made = project_with(project, FileSystem())

    try:
        assert made.sync().complete
    except StoreFailError as error:
        assert error.hint  # noqa: PT017

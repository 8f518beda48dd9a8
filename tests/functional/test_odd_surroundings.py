"""What a project can stand among: special files, leftovers of other tools, odd names, misspelled wishes."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.project import wansync
from wansync import Project
from wansync.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder

UMT5 = "shared/text_encoder/model.safetensors"


@pytest.mark.parametrize("name", ["models.toml", "models.lock"])
@pytest.mark.timeout(20)
def test_fifo_in_place_of_a_document_is_refused_at_once(project: ProjectBuilder, name: str) -> None:
    assert wansync("lock").status == 0
    (project.directory / name).unlink()
    os.mkfifo(project.directory / name)

    ran = wansync("sync")

    assert ran.status == 2
    assert f"error: `{name}` cannot be read: it is no regular file\n" in ran.stderr


def test_document_without_an_end_is_refused(project: ProjectBuilder) -> None:
    with project.lock_path.open("wb") as stream:
        stream.truncate(2**36)

    ran = wansync("status")

    assert ran.status == 2
    assert "the document is larger than 32.0 MiB" in ran.stderr


def test_git_lfs_pointer_is_no_weights(project: ProjectBuilder) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"
    (project.directory / "weights" / UMT5).write_text(pointer)

    ran = wansync("lock")

    assert ran.status == 11
    assert "`text_encoder/model.safetensors` in `file:weights/shared` is a Git LFS pointer" in ran.stderr


@pytest.mark.parametrize("left", [".git/objects/x", ".cache/huggingface/download/x.lock", ".DS_Store", "sub/.DS_Store"])
def test_what_other_tools_leave_is_no_part_of_a_component(project: ProjectBuilder, left: str) -> None:
    assert wansync("lock").status == 0
    before = project.lock_path.read_bytes()
    path = project.directory / "weights" / "shared" / "text_encoder" / left
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("not weights")

    assert wansync("lock").status == 0

    assert before == project.lock_path.read_bytes()


def test_user_is_told_when_a_blob_was_written_to(project: ProjectBuilder) -> None:
    assert wansync("sync").status == 0
    blob = project.blob(UMT5)
    blob.chmod(0o644)
    blob.write_bytes(b"x" * len(project.files[UMT5]))

    ran = wansync("ensure", "alpha")

    assert ran.status == 0
    warning = "warning: model.safetensors in the store was damaged or written to; it is fetched again\n"
    assert ran.stderr == warning
    assert blob.read_bytes() == project.files[UMT5]


def test_project_in_a_directory_that_is_no_text_works(project: ProjectBuilder) -> None:
    odd = project.directory.parent / os.fsdecode(b"caf\xe9")
    project.directory.rename(odd)

    with_odd_name = Project(odd, models_root=project.models_root)

    assert with_odd_name.sync().complete
    assert with_odd_name.sync().noop
    assert with_odd_name.gc().plan.noop


def test_misspelled_choice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no choice `model_root`") as caught:
        Project(tmp_path, model_root=tmp_path)  # type: ignore[call-arg]

    assert caught.value.hint == "Did you mean `models_root`?"


def test_variable_that_is_neither_yes_nor_no_is_refused(
    project: ProjectBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANSYNC_FROZEN", "maybe")

    ran = wansync("sync")

    assert (ran.status, ran.stderr) == (
        2,
        "error: WANSYNC_FROZEN: `maybe` is neither yes nor no\nhint: Write 1 or 0\n",
    )


def test_lock_that_mounts_one_component_very_often_is_refused(project: ProjectBuilder) -> None:
    assert wansync("lock").status == 0
    text = project.lock_path.read_text()
    rows = "".join(f'    {{ slot = "s{n}", components = ["alpha-transformer"] }},\n' for n in range(80_000))
    project.lock_path.write_text(text.replace("slots = [\n", "slots = [\n" + rows, 1))

    ran = wansync("status")

    assert ran.status == 2
    assert "its views have more than 200000 files in all" in ran.stderr


@pytest.mark.parametrize("command", ["status", "sync"])
def test_working_directory_that_is_gone_is_no_bug(project: ProjectBuilder, command: str) -> None:
    command = f"mkdir gone && cd gone && rmdir ../gone && exec {sys.executable} -m wansync {command}"

    ran = subprocess.run(["/bin/sh", "-c", command], check=False, cwd=project.directory, capture_output=True, text=True)

    assert (ran.returncode, "The working directory is no longer there" in ran.stderr) == (2, True)


def test_project_is_found_where_the_working_directory_is_gone(project: ProjectBuilder) -> None:
    assert wansync("lock").status == 0
    assert wansync("sync").status == 0
    command = (
        f"sleep 0.05; mkdir gone && cd gone && rmdir ../gone && "
        f"exec {sys.executable} -m wansync sync --project {project.directory}"
    )

    ran = subprocess.run(["/bin/sh", "-c", command], check=False, cwd=project.directory, capture_output=True, text=True)

    assert (ran.returncode, ran.stderr.splitlines()[-1:]) == (0, ["Nothing to do: 2 views ready"])

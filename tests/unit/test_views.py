"""Views under faults that need an exact moment."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.faults.projects import project_with
from wansync.errors import StoreFailError
from wansync.events import HashStarted
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder


class ParentVanishes(FileSystem):
    """A gc elsewhere removes the empty directory of a model just after a sync has made it."""

    def __init__(self) -> None:
        self.meddled = False

    def make_directory(self, path: Path, *, durable: bool = True) -> None:
        super().make_directory(path, durable=durable)
        if path.parent.name == "views" and not self.meddled:
            self.meddled = True
            path.rmdir()


def test_directory_that_gc_removes_meanwhile_is_made_again(project: ProjectBuilder) -> None:
    fs = ParentVanishes()

    assert project_with(project, fs).sync().complete

    assert fs.meddled
    assert project_with(project, FileSystem()).sync().noop


class Refilled(FileSystem):
    """A sync elsewhere puts a view into a directory just after a gc has found it empty."""

    def remove_directory(self, path: Path) -> None:
        if path.parent.name == "views":
            (path / "new").mkdir()
        super().remove_directory(path)


def test_gc_leaves_a_directory_that_is_filled_meanwhile(project: ProjectBuilder) -> None:
    project_with(project, FileSystem()).sync()
    del project.manifest["models"]["beta"], project.manifest["components"]["beta-transformer"]
    project.manifest["profiles"]["all"] = ["alpha@small"]
    project.write()
    made = project_with(project, Refilled())
    made.sync()

    assert made.gc().removed

    assert (project.models_root / "views" / "beta@small" / "new").is_dir()


class FailsOnce(FileSystem):
    """The last step of a view fails once."""

    def __init__(self) -> None:
        self.failed = False

    def rename(self, source: Path, target: Path) -> None:
        if target.parent.name == "alpha@small" and target.suffix != ".json" and not self.failed:
            self.failed = True
            raise PermissionError(13, "Permission denied", str(source))
        super().rename(source, target)


def test_view_whose_last_step_fails_leaves_nothing_even_while_the_process_lives(project: ProjectBuilder) -> None:
    made = project_with(project, FailsOnce())

    with pytest.raises(StoreFailError):
        made.sync()

    assert not list((project.models_root / "views").glob("alpha@small/*"))
    assert made.sync().complete
    assert project.leftovers() == []
    assert made.sync().noop


class Meddler(FileSystem):
    """Somebody writes into a blob between its verification and its first link."""

    def __init__(self, blob: Path) -> None:
        self.blob = blob
        self.meddled = False

    def make_directory(self, path: Path, *, durable: bool = True) -> None:
        if path.suffix == ".partial" and not self.meddled and self.blob.exists():
            self.meddled = True
            size = self.blob.stat().st_size
            self.blob.chmod(0o644)
            self.blob.write_bytes(b"x" * size)
        super().make_directory(path, durable=durable)


def test_blob_that_is_changed_between_verification_and_link_never_becomes_a_view(project: ProjectBuilder) -> None:
    name = "alpha/transformer/model-00001-of-00002.safetensors"
    fs = Meddler(project.blob(name))
    made = project_with(project, fs)

    with pytest.raises(Exception, match="changed") as raised:
        made.sync("alpha")

    assert fs.meddled
    assert getattr(raised.value, "code", None) == "CHECKSUM_FAIL"
    assert not list((project.models_root / "views").glob("alpha@small/*"))
    assert made.sync("alpha").complete
    assert (made.path("alpha") / name.partition("/")[2]).read_bytes() == project.files[name]


def test_links_of_another_model_to_a_shared_blob_cost_no_hashing(project: ProjectBuilder) -> None:
    """A new hard link changes the inode's ctime as a write does; the attest is stamped anew."""
    made = project_with(project, FileSystem())
    made.sync("alpha")

    report = made.sync("beta")

    assert report.to_dict()["links"] == 3
    assert made.recorder.of(HashStarted) == []
    assert made.sync("alpha").noop


class Overtaken(FileSystem):
    """Locks lie: a sync elsewhere puts the very same view into its place just before ours gets there."""

    def __init__(self) -> None:
        self.overtaken = 0

    def rename(self, source: Path, target: Path) -> None:
        if target.parent.parent.name == "views" and source.is_dir() and not target.exists():
            shutil.copytree(source, target, copy_function=os.link)
            self.overtaken += 1
        super().rename(source, target)


def test_view_that_another_process_has_just_published_is_taken(project: ProjectBuilder) -> None:
    fs = Overtaken()
    made = project_with(project, fs)

    assert made.sync().complete

    assert fs.overtaken == 2
    assert project_with(project, FileSystem()).sync().complete
    assert project_with(project, FileSystem()).verify().intact
    assert project.leftovers() == []

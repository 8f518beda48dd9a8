"""What every link mode promises. A new mode joins by being a member of `LinkMode`."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import SomeReflink
from tests.faults.projects import moved, project_with
from wansync.events import HashStarted
from wansync.settings import LinkMode
from wansync.store.links import LINKS, SHARES_INODE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.projects import TestProject
    from tests.support.project import ProjectBuilder

MODES = list(LinkMode)
VIEW_FILE = "transformer/model-00001-of-00002.safetensors"
SOURCE_FILE = f"alpha/{VIEW_FILE}"


def test_registry_has_every_mode_in_the_order_of_the_fallback_chain() -> None:
    assert list(LINKS) == MODES


def test_view_has_the_content_of_its_sources(project: ProjectBuilder, linked: TestProject, mode: LinkMode) -> None:
    view = linked.path("alpha")

    found = {str(path.relative_to(view)): path.read_bytes() for path in view.rglob("*") if path.is_file()}

    names = [name for name in project.files if not name.startswith("beta/")]
    assert found == {name.partition("/")[2]: project.files[name] for name in names}
    assert (view / VIEW_FILE).is_symlink() == (mode is LinkMode.SYMLINK)
    same_inode = (view / VIEW_FILE).stat().st_ino == project.blob(SOURCE_FILE).stat().st_ino
    assert same_inode == (mode in SHARES_INODE)


def test_files_of_a_view_are_read_only(linked: TestProject) -> None:
    files = [path for path in linked.path("alpha").rglob("*") if path.is_file()]

    assert {path.stat().st_mode & 0o777 for path in files} == {0o444}


def test_report_says_the_mode(project: ProjectBuilder, mode: LinkMode) -> None:
    applied = project_with(project, SomeReflink(), link_mode=mode).sync().applied

    assert applied is not None
    assert applied.link_mode == mode


def test_second_sync_hashes_nothing_and_is_a_noop(linked: TestProject) -> None:
    assert linked.sync().noop
    assert linked.recorder.of(HashStarted) == []


def test_deleted_view_leaves_blobs_unharmed_and_is_linked_again(project: ProjectBuilder, linked: TestProject) -> None:
    before = project.snapshot()
    shutil.rmtree(linked.path("alpha"))
    assert project.blob(SOURCE_FILE).read_bytes() == project.files[SOURCE_FILE]

    report = linked.sync()

    assert not report.noop
    assert moved(report)["fetched"] == 0
    assert project.snapshot() == before
    assert linked.sync().noop


def test_gc_of_one_model_keeps_the_attests_of_what_it_shared(project: ProjectBuilder, linked: TestProject) -> None:
    del project.manifest["models"]["beta"]
    del project.manifest["components"]["beta-transformer"]
    project.manifest["profiles"]["all"] = ["alpha@small"]
    project.write()
    linked.lock()
    linked.sync()

    report = linked.gc()

    assert len(report.plan.blobs) == 2
    assert linked.sync().noop
    assert linked.recorder.of(HashStarted) == []
    assert project.leftovers() == []


@pytest.mark.parametrize("kind", ["file", "directory", "link", "broken link"])
def test_whatever_stands_at_the_target_is_replaced(
    project: ProjectBuilder, linked: TestProject, tmp_path: Path, kind: str
) -> None:
    before = project.snapshot()
    target = linked.path("alpha") / VIEW_FILE
    target.unlink()
    plant(target, kind, tmp_path / "outside")

    linked.sync()

    assert project.snapshot() == before
    assert project.leftovers() == []
    assert linked.sync().noop
    assert (tmp_path / "outside").read_bytes() == b"not ours"


def plant(target: Path, kind: str, outside: Path) -> None:
    outside.write_bytes(b"not ours")
    if kind == "file":
        target.write_bytes(b"planted")
    elif kind == "directory":
        target.mkdir()
        (target / "inner").write_bytes(b"planted")
    else:
        target.symlink_to(outside if kind == "link" else "nowhere")


@pytest.mark.parametrize("other", MODES)
def test_switch_of_the_mode_links_once_and_then_is_a_noop(
    project: ProjectBuilder, linked: TestProject, mode: LinkMode, other: LinkMode
) -> None:
    again = project_with(project, SomeReflink(), link_mode=other)

    report = again.sync()

    if other is mode:
        assert report.noop
    else:
        assert moved(report)["fetched"] == 0
        assert (report.to_dict()["links"], report.to_dict()["link_mode"]) == (7, other)
    assert again.sync().noop
    # Without a mode by name, the views are right as they are.
    assert project_with(project, SomeReflink()).sync().noop


def test_moved_store_keeps_its_views(project: ProjectBuilder, linked: TestProject) -> None:
    moved = project.models_root.with_name("moved")
    view = linked.path("alpha").relative_to(project.models_root)
    project.models_root.rename(moved)

    assert (moved / view / VIEW_FILE).read_bytes() == project.files[SOURCE_FILE]
    assert (moved / "models" / "alpha@small" / VIEW_FILE).read_bytes() == project.files[SOURCE_FILE]
    again = project_with(project, SomeReflink(), models_root=moved)
    assert again.sync().noop

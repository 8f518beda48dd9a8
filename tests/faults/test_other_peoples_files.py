"""Nothing that belongs to somebody else is ever moved, changed or removed, wherever a link leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.locks import with_true_trees
from tests.support.project import ProjectBuilder, wansync

if TYPE_CHECKING:
    from pathlib import Path

ALPHA = "alpha/transformer/model-00001-of-00002.safetensors"


def test_gc_leaves_a_folder_of_views_that_is_a_link(project: ProjectBuilder, tmp_path: Path) -> None:
    assert wansync("sync").status == 0
    outside = tmp_path / "outside"
    (outside / "aaaaaaaaaaaaaaaa").mkdir(parents=True)
    (outside / "aaaaaaaaaaaaaaaa" / "thesis").write_text("mine")
    (project.models_root / "views" / "mine").symlink_to(outside)

    ran = wansync("gc", "--yes")

    assert (ran.status, ran.stderr) == (0, "Nothing to remove: every blob and view is kept by a project or a pin\n")
    assert (outside / "aaaaaaaaaaaaaaaa" / "thesis").read_text() == "mine"


def test_sync_does_not_write_through_any_ancestor_that_is_a_link(project: ProjectBuilder, tmp_path: Path) -> None:
    project.manifest["models"]["alpha"]["variants"]["small"]["slots"] = {"deep/er": "umt5"}
    project.write()
    assert wansync("sync").status == 0
    view = (project.models_root / "models" / "alpha@small").resolve()
    outside = tmp_path / "outside"
    (view / "deep").rename(outside)
    (view / "deep").symlink_to(outside)
    mine = outside / "er" / "model.safetensors"
    mine.unlink()
    mine.write_text("mine")

    assert wansync("sync").status == 0

    assert mine.read_text() == "mine"
    assert (view / "deep" / "er" / "model.safetensors").read_bytes() == project.files[
        "shared/text_encoder/model.safetensors"
    ]
    assert not (view / "deep").is_symlink()


def test_lock_with_a_wrong_size_does_not_take_a_good_blob_from_others(project: ProjectBuilder, tmp_path: Path) -> None:
    assert wansync("sync").status == 0
    other = ProjectBuilder(tmp_path / "other", project.models_root)
    other.write()
    other.api().lock()
    size = len(project.files["alpha/transformer/config.json"])
    text = other.lock_path.read_text().replace(f'"config.json", size = {size},', f'"config.json", size = {size + 1},')
    other.lock_path.write_text(with_true_trees(text))

    for command in ("sync", "verify"):
        assert wansync(command, "--project", str(other.directory), "alpha").status != 0

    blob = project.blob("alpha/transformer/config.json")
    assert blob.read_bytes() == project.files["alpha/transformer/config.json"]
    assert wansync("status").stdout.count("COMPLETE") == 2
    assert wansync("sync").stderr == "Nothing to do: 2 views ready\n"


def test_gc_of_a_store_whose_roots_are_lost_removes_nothing(project: ProjectBuilder) -> None:
    assert wansync("sync").status == 0
    before = project.snapshot()
    for path in (project.layout.state / "roots").iterdir():
        path.unlink()

    ran = wansync("gc", "--yes")

    assert ran.status == 19
    assert "no project is registered, so nothing says what is in use" in ran.stderr
    assert before == project.snapshot()


def test_wrong_blob_keeps_its_name_until_the_right_bytes_are_here(project: ProjectBuilder) -> None:
    assert wansync("sync").status == 0
    blob = project.blob(ALPHA)
    blob.chmod(0o644)
    blob.write_bytes(b"x" * len(project.files[ALPHA]))
    (project.directory / "weights" / ALPHA).rename(project.directory / "away")

    assert wansync("sync", "alpha").status == 11
    assert blob.exists()
    (project.directory / "away").rename(project.directory / "weights" / ALPHA)

    assert wansync("sync").status == 0
    assert blob.read_bytes() == project.files[ALPHA]
    assert project.leftovers() == []

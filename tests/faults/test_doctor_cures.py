"""Whatever is wrong with a store, the doctor names it, and what its hint says makes it right."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.faults.cures import cure, do, findings
from tests.faults.damages import become_directory, become_file, become_link, delete, flip, truncate
from tests.faults.healing import everything, found
from tests.support.project import ProjectBuilder, wansync

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.projects import TestProject

CONFIG = "alpha/transformer/config.json"
DAMAGES: dict[str, tuple[str, Callable[[Path], None], str, str]] = {
    "blob truncated": ("blobs/sha256/*/*", truncate, "blobs", "problem"),
    "blob flipped": ("blobs/sha256/*/*", flip, "blobs", "problem"),
    "blob a directory": ("blobs/sha256/*/*", become_directory, "blobs", "problem"),
    "blob a link": ("blobs/sha256/*/*", become_link, "blobs", "problem"),
    "blob deleted": ("blobs/sha256/*/*", delete, "views", "problem"),
    "blob writable": ("blobs/sha256/*/*", lambda path: path.chmod(0o666), "read-only", "warning"),
    "view file deleted": ("views/*/*/*/*", delete, "views", "problem"),
    "view file replaced": ("views/*/*/*/*", become_link, "views", "problem"),
    "view folder a link": ("views/*/*/*r", become_link, "views", "problem"),
    "view deleted": ("views/*/????????????????", delete, "views", "problem"),
    "marker torn": ("views/*/*.verified.json", truncate, "views", "warning"),
    "people's link deleted": ("models/*", lambda path: (path.unlink(), path.symlink_to("no"))[1], "links", "warning"),  # type: ignore[func-returns-value]
    "people's link a file": ("models/*", become_file, "links", "warning"),
    "root torn": (".state/roots/*.json", truncate, "roots", "problem"),
    "root a directory": (".state/roots/*.json", become_directory, "roots", "problem"),
    "generation flipped": (".state/generations/*.lock", flip, "generations", "problem"),
    "generation deleted": (".state/generations/*.lock", delete, "generations", "problem"),
    "lock a directory": (".locks/roots.lock", become_directory, "locks", "problem"),
    "version empty": ("VERSION", truncate, "layout", "warning"),
    "version deleted": ("VERSION", delete, "layout", "warning"),
    "version garbage": ("VERSION", lambda path: path.write_text("!"), "layout", "problem"),  # type: ignore[dict-item]
    "blobs a file": ("blobs", become_file, "folders", "problem"),
    "blobs a link": ("blobs", become_link, "folders", "problem"),
    "digits a file": ("blobs/sha256/*", become_file, "folders", "problem"),
    "state a file": (".state", become_file, "folders", "problem"),
    "roots a file": (".state/roots", become_file, "folders", "problem"),
    "tmp a link": (".tmp", become_link, "folders", "problem"),
    "state deleted": (".state", delete, "folders", "warning"),
    "blobs deleted": ("blobs", delete, "folders", "warning"),
    "people's links deleted": ("models", delete, "folders", "warning"),
    "views deleted": ("views", delete, "views", "problem"),
    "locks a file": (".locks", become_file, "folders", "problem"),
    "stray": ("views/*/????????????????", lambda path: (path / "mine").touch(), "strays", "warning"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_named_and_its_hint_heals_it(project: ProjectBuilder, synced: TestProject, name: str) -> None:
    pattern, damage, check, level = DAMAGES[name]
    clean = everything(project)
    damage(found(project, pattern)[0])

    told = findings()
    assert (check, level) in {(finding["check"], finding["level"]) for finding in told}
    assert wansync("doctor").status == int(any(finding["level"] == "problem" for finding in told))

    cure()
    assert synced.sync().complete
    assert everything(project) == clean


def test_store_that_is_a_file_is_a_problem_and_its_hint_heals_it(project: ProjectBuilder, synced: TestProject) -> None:
    clean = everything(project)
    become = project.models_root
    shutil.rmtree(become)
    become.write_text("planted")

    (problem,) = findings("problem")
    assert problem["check"] == "store"
    do(problem["hint"])

    assert everything(project) == clean
    assert become.with_name("models-root.aside").read_text() == "planted"


def test_store_that_is_a_link_to_a_disk_that_is_not_there_is_a_problem(project: ProjectBuilder) -> None:
    project.models_root.symlink_to("/nowhere/at-all")

    (problem,) = findings("problem")

    assert problem["check"] == "store"
    assert "a link that leads nowhere" in problem["text"]


def test_store_of_a_newer_layout_is_a_problem_and_nothing_else_is_said(
    project: ProjectBuilder, synced: TestProject
) -> None:
    (project.models_root / "VERSION").write_text("2\n")
    delete(project.blob(CONFIG))

    (problem,) = findings()

    assert (problem["check"], problem["hint"]) == ("layout", "Upgrade wansync")


def test_blob_that_only_another_project_names_is_healed_where_that_is(
    project: ProjectBuilder, synced: TestProject, tmp_path: Path
) -> None:
    other = ProjectBuilder(tmp_path / "an other", project.models_root)
    other.files[CONFIG] = b'{"in_channels": 99}\n'
    other.write()
    assert wansync("sync", "--project", str(other.directory)).status == 0
    flip(other.blob(CONFIG))

    (problem,) = findings("problem")
    assert do(problem["hint"]) == [f"wansync sync --project '{other.directory}' alpha@small"]

    assert other.blob(CONFIG).read_bytes() == other.files[CONFIG]
    assert findings() == []


def test_damaged_blob_that_nobody_names_goes_with_gc(project: ProjectBuilder, synced: TestProject) -> None:
    old = project.blob(CONFIG)
    project.files[CONFIG] = b'{"in_channels": 99}\n'
    project.write()
    assert (wansync("lock").status, wansync("sync").status) == (0, 0)
    truncate(old)

    (problem,) = findings("problem")
    assert do(problem["hint"]) == ["wansync gc"]

    assert not old.exists()
    assert findings() == []


def test_lease_that_cannot_be_read_is_a_problem(project: ProjectBuilder, synced: TestProject) -> None:
    with project.api().lease("alpha"):
        (lease,) = (project.layout.state / "leases").iterdir()
        truncate(lease)

        (problem,) = findings("problem")
        assert problem["check"] == "leases"
        assert str(os.getpid()) in problem["text"]
    assert findings() == []


def test_what_dead_runs_left_is_noted_and_swept(project: ProjectBuilder, synced: TestProject) -> None:
    (project.layout.tmp / "alpha.host.1.1.aa.partial").mkdir()
    (project.layout.trash / "0123456789abcdef.old").write_bytes(b"old")
    digest = "a" * 64
    (project.layout.tmp / f"{digest}.released.part").write_bytes(b"half")

    told = {finding["check"]: finding for finding in findings("note")}

    assert told["partials"]["facts"] == {"count": 1, "bytes": 4}
    do(told["leftovers"]["hint"])
    assert not (project.layout.trash / "0123456789abcdef.old").exists()
    assert "leftovers" not in {finding["check"] for finding in findings("note")}

"""A program that writes through a view: `status`, `verify` and `doctor` name the file and the view, sync heals it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.cures import do, findings
from tests.faults.filesystems import SomeReflink
from tests.faults.healing import everything
from tests.faults.projects import project_with
from tests.support.project import wansync
from wansync.doctor import see_views
from wansync.store.links import LINKS, SHARES_INODE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder
    from wansync.settings import LinkMode

PATH = "transformer/model.safetensors"
FILE = "beta/transformer/model.safetensors"


def view_of(project: ProjectBuilder) -> Path:
    return (project.layout.models / "beta@small").resolve()


def write_through(path: Path, how: str) -> None:
    """Write to a file in place, as a program does that does not know what it opens."""
    path.chmod(0o644)
    with path.open("r+b") as stream:
        if how == "overwrite":
            stream.seek(100)
            stream.write(b"mine")
        elif how == "append":
            stream.seek(0, 2)
            stream.write(b"mine")
        else:
            stream.truncate(10)


def read(*arguments: str) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(wansync(*arguments, "--json").stdout)
    return values


@pytest.mark.parametrize("how", ["overwrite", "append", "truncate"])
@pytest.mark.parametrize("mode", sorted(SHARES_INODE))
def test_write_through_a_view_is_named_by_everybody_and_healed(
    project: ProjectBuilder, monkeypatch: pytest.MonkeyPatch, mode: LinkMode, how: str
) -> None:
    monkeypatch.setenv("WANSYNC_LINK_MODE", mode)
    assert wansync("sync").status == 0
    clean, view = everything(project), view_of(project)
    write_through(view / PATH, how)

    status = {model["name"]: model for model in read("status")["models"]}
    assert status["alpha@small"]["state"] == "COMPLETE"
    assert status["beta@small"]["state"] in {"PARTIAL", "CORRUPT"}
    assert PATH in status["beta@small"]["unverified_files"] + status["beta@small"]["corrupt_files"]

    (problem,) = findings("problem")
    place = f"{view.relative_to(project.models_root)}/{PATH}"
    assert (problem["check"], problem["facts"]["views"]) == ("blobs", [place])
    assert f"The blob of `{place}` has been " in problem["text"]

    (wrong,) = [file for file in read("verify")["files"] if file["state"] != "intact"]
    assert (wrong["state"], wrong["views"]) == ("corrupt", [f"beta@small/{PATH}"])
    assert [finding["facts"]["views"] for finding in findings("problem")] == [[place]]

    do(problem["hint"])
    assert everything(project) == clean
    assert findings() == []


def test_write_through_that_puts_the_time_back_is_named_after_verify(project: ProjectBuilder) -> None:
    assert wansync("sync", "--link-mode", "hardlink").status == 0
    clean, path = everything(project), view_of(project) / PATH
    before = path.stat()
    write_through(path, "overwrite")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    path.chmod(0o444)
    assert [finding["check"] for finding in findings("note")] == ["verified"]

    assert wansync("verify").status == 1

    (problem,) = findings("problem")
    assert " has wrong bytes, found on " in problem["text"]
    do(problem["hint"])
    assert everything(project) == clean


@pytest.mark.parametrize("mode", sorted(set(LINKS) - SHARES_INODE))
def test_write_to_a_file_of_a_view_of_its_own_harms_no_blob_and_is_healed(
    project: ProjectBuilder, mode: LinkMode
) -> None:
    made = project_with(project, SomeReflink(), link_mode=mode)
    made.sync()
    clean, path = everything(project), view_of(project) / PATH
    write_through(path, "overwrite")

    (beta,) = [view for view in see_views(made.workspace().store()) if view.key.name == "beta@small"]
    assert [str(file.path) for file in beta.files if not file.leads] == [PATH]
    assert made.verify().damaged_links == (f"beta@small/{PATH}",)
    assert project.blob(FILE).read_bytes() == project.files[FILE]
    (problem,) = [finding for finding in findings("problem") if finding["check"] == "views"]
    assert problem["facts"]["files"] == [PATH]

    assert made.sync().complete
    assert everything(project) == clean


def test_extra_file_in_a_view_is_told_by_plan_and_doctor_and_left_alone(project: ProjectBuilder) -> None:
    assert wansync("sync").status == 0
    view = view_of(project)
    (view / "transformer" / "mine.safetensors").write_bytes(b"mine")
    place = f"{view.relative_to(project.models_root)}/transformer/mine.safetensors"

    assert read("plan")["unmanaged"] == [place]
    (warning,) = findings()
    assert (warning["check"], warning["facts"]["files"]) == ("strays", ["transformer/mine.safetensors"])
    assert wansync("sync").status == 0
    assert (view / "transformer" / "mine.safetensors").read_bytes() == b"mine"

    do(warning["hint"])
    assert findings() == []
    assert (project.models_root / "mine.safetensors.aside").read_bytes() == b"mine"

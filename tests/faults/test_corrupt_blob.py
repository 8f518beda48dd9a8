"""A blob with wrong bytes is named by `verify`, shown by `status`, and healed by the next sync."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.damages import flip, flip_unseen, truncate
from tests.support.project import wansync

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.project import ProjectBuilder

FILE = "alpha/transformer/model-00001-of-00002.safetensors"
NAME = "model-00001-of-00002.safetensors"
DAMAGES = pytest.mark.parametrize("damage", [flip, flip_unseen, truncate])


def states() -> dict[str, str]:
    return {model["name"]: model["state"] for model in read("status")["models"]}


def read(*arguments: str) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(wansync(*arguments, "--json").stdout)
    return values


@DAMAGES
def test_verify_names_the_corrupt_file_and_says_no(project: ProjectBuilder, damage: Callable[[Path], None]) -> None:
    wansync("sync")
    damage(project.blob(FILE))

    ran = wansync("verify", "--json")

    verdicts = {file["path"]: file["state"] for file in json.loads(ran.stdout)["files"]}
    assert ran.status == 1
    assert {path for path, state in verdicts.items() if state != "intact"} == {NAME}
    assert verdicts[NAME] == "corrupt"


@DAMAGES
def test_status_says_corrupt_after_verify(project: ProjectBuilder, damage: Callable[[Path], None]) -> None:
    wansync("sync")
    assert states() == {"alpha@small": "COMPLETE", "beta@small": "COMPLETE"}
    damage(project.blob(FILE))
    assert states()["alpha@small"] in {"PARTIAL", "CORRUPT"}

    wansync("verify")

    assert states() == {"alpha@small": "CORRUPT", "beta@small": "COMPLETE"}
    assert wansync("status").status == 0


@pytest.mark.parametrize("verify_first", [True, False], ids=["verified", "unverified"])
@DAMAGES
def test_sync_heals_with_the_bytes_of_that_file_alone(
    project: ProjectBuilder,
    damage: Callable[[Path], None],
    verify_first: bool,  # noqa: FBT001
) -> None:
    wansync("sync")
    clean = project.snapshot()
    damage(project.blob(FILE))
    if verify_first:
        wansync("verify")

    report = read("sync")

    assert report["bytes"]["fetched"] == len(project.files[FILE])
    assert project.snapshot() == clean
    assert project.leftovers() == []
    assert wansync("verify").status == 0
    assert read("sync")["noop"] is True


def test_ensure_never_returns_a_view_of_a_corrupt_blob(project: ProjectBuilder) -> None:
    wansync("sync")
    flip_unseen(project.blob(FILE))

    path = read("ensure", "alpha")["paths"]["alpha@small"]

    assert project.files[FILE] == (project.models_root / path / "transformer" / NAME).read_bytes()


def test_healed_blob_leaves_other_models_alone(project: ProjectBuilder) -> None:
    wansync("sync")
    shared = "shared/text_encoder/model.safetensors"
    flip(project.blob(shared))

    wansync("sync", "alpha")
    report = read("sync", "beta")

    assert report["bytes"]["fetched"] == 0
    view = project.models_root / report["views"]["beta@small"]
    assert (view / "text_encoder" / "model.safetensors").read_bytes() == project.files[shared]


def test_blob_that_was_made_writable_is_read_only_again(project: ProjectBuilder) -> None:
    wansync("sync")
    project.blob(FILE).chmod(0o666)

    wansync("sync")

    assert project.blob(FILE).stat().st_mode & 0o777 == 0o444

"""A view whose files make no sense is not built, although every byte is the locked one."""
# ruff: noqa: E501 (what the program prints is quoted as it is)

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import content, wansync
from tests.support.weights import safetensors, with_header

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder

ALPHA, BETA = "alpha/transformer", "beta/transformer/model.safetensors"
INDEX = f"{ALPHA}/model.safetensors.index.json"
SHARDS = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
PICKLE = pickle.dumps({"weights": [1, 2, 3]})


def index(**weight_map: str) -> bytes:
    return json.dumps({"weight_map": weight_map}).encode()


def locked_with(project: ProjectBuilder, **files: bytes) -> ProjectBuilder:
    """Lock the project with other bytes in some of its files."""
    project.files |= files
    project.write()
    assert wansync("lock").status == 0
    return project


def failures(*arguments: str) -> tuple[int, list[tuple[str | None, str]]]:
    """Return the status of a sync, and which views it refused because of which files."""
    ran = wansync("sync", *arguments, "--json")
    return ran.status, [(f["view"], f["path"]) for f in document("sync", ran)["failures"]]


def error_of(*arguments: str) -> dict[str, Any]:
    error: dict[str, Any] = document("error", wansync(*arguments, "--json"))["error"]
    return error


def test_sync_builds_the_other_views_and_says_what_is_wrong_with_one(project: ProjectBuilder) -> None:
    locked_with(project, **{BETA: b"not what it says"})

    assert snapshot("""\
alpha@small  [STORE]/views/alpha@small/[TREE]
--- stderr
error: beta@small was not built: `transformer/model.safetensors` of `beta@small` cannot be used: it has no valid safetensors header (it would be longer than the 100000000 bytes that the format allows)
hint: Put a good file in its place in `file:weights/beta`, run `wansync lock`, then the same command again
Synced 1 view: fetched 11.8 KiB, linked 4 files ([MODE])
--- status 3
""") == shown(wansync("sync"), project)
    assert not (project.models_root / "views/beta@small").exists()
    assert not (project.models_root / "models/beta@small").exists()
    assert project.leftovers() == []


def test_sync_without_any_view_that_can_be_used_fails(project: ProjectBuilder) -> None:
    locked_with(project, **{BETA: with_header(b"{}", b"more")})

    error = error_of("sync", "beta")

    assert (error["code"], error["exit_status"]) == ("INVALID_WEIGHTS", 13)
    assert {key: error["facts"][key] for key in ("view", "path", "files")} == {
        "view": "beta@small",
        "path": "transformer/model.safetensors",
        "files": ["transformer/model.safetensors"],
    }


def test_sync_says_so_every_time_and_fetches_nothing_again(project: ProjectBuilder) -> None:
    locked_with(project, **{BETA: PICKLE})
    assert failures() == (3, [("beta@small", "transformer/model.safetensors")])

    ran = wansync("sync", "--json")

    report = document("sync", ran)
    assert (ran.status, report["complete"], report["bytes"]["fetched"]) == (3, False, 0)
    states = {model["name"]: model["state"] for model in document("status", wansync("status", "--json"))["models"]}
    assert states == {"alpha@small": "COMPLETE", "beta@small": "PARTIAL"}


def test_sync_with_the_source_mended_and_locked_again_is_complete(project: ProjectBuilder) -> None:
    locked_with(project, **{BETA: PICKLE})
    assert wansync("sync").status == 3
    locked_with(project, **{BETA: content("mended", 7000)})

    assert (wansync("sync").status, wansync("sync", "--json").status) == (0, 0)
    assert document("sync", wansync("sync", "--json"))["noop"]


def test_sync_to_a_broken_revision_keeps_the_old_view(synced: ProjectBuilder) -> None:
    old = (synced.models_root / "models/beta@small").resolve()
    locked_with(synced, **{BETA: PICKLE})

    assert wansync("sync").status == 3
    assert wansync("gc", "--yes").status == 0

    assert (synced.models_root / "models/beta@small").resolve() == old
    assert (old / "transformer/model.safetensors").read_bytes() == content("beta", 7000)


def test_ensure_of_a_model_that_cannot_be_used_prints_no_path(project: ProjectBuilder) -> None:
    locked_with(project, **{BETA: PICKLE})

    ran = wansync("ensure", "alpha", "beta")

    assert (ran.status, ran.stdout) == (13, "")
    assert wansync("ensure", "alpha").status == 0


def test_component_asked_for_by_id_is_looked_at_too(project: ProjectBuilder) -> None:
    locked_with(project, **{BETA: PICKLE})

    assert error_of("sync", "beta-transformer")["facts"]["view"] == "beta-transformer"


def test_view_with_a_damaged_blob_is_judged_by_the_locked_bytes(synced: ProjectBuilder) -> None:
    blob = synced.blob(BETA)
    blob.chmod(0o644)
    blob.write_bytes(b"x" * 7000)

    assert wansync("sync").status == 0

    assert blob.read_bytes() == content("beta", 7000)


@pytest.mark.parametrize(
    ("weight_map", "problem"),
    [
        ({"a": SHARDS[0], "b": SHARDS[1]}, None),
        ({"a": SHARDS[0], "b": SHARDS[0]}, f"it has the tensor `b` in the shard `{SHARDS[0]}`, which lacks it"),
        ({"c": SHARDS[1]}, f"it has the tensor `c` in the shard `{SHARDS[1]}`, which lacks it"),
    ],
)
def test_index_must_find_its_tensors(project: ProjectBuilder, weight_map: dict[str, str], problem: str | None) -> None:
    shards = {f"{ALPHA}/{SHARDS[0]}": safetensors({"a": b"1"}), f"{ALPHA}/{SHARDS[1]}": safetensors({"b": b"2"})}
    locked_with(project, **shards, **{INDEX: index(**weight_map)})

    if problem is None:
        assert wansync("sync").status == 0
        return
    error = error_of("sync", "alpha")
    assert error["message"] == f"`transformer/model.safetensors.index.json` of `alpha@small` cannot be used: {problem}"


def test_pickle_under_another_name_needs_the_opt_in(project: ProjectBuilder) -> None:
    locked_with(project, **{"shared/text_encoder/weights.dat": PICKLE})

    error = error_of("sync", "alpha")

    assert error["message"] == (
        "`text_encoder/weights.dat` of `alpha@small` cannot be used: it is a pickle, which can run code when it is "
        "loaded"
    )
    assert 'pickle = "allow"' in error["hint"]
    project.manifest["components"]["umt5"]["pickle"] = "allow"
    locked_with(project)
    assert wansync("sync").status == 0


def test_pickle_of_an_opted_in_component_is_taken(project: ProjectBuilder) -> None:
    project.manifest["components"]["umt5"]["pickle"] = "allow"
    locked_with(project, **{"shared/text_encoder/model.pth": PICKLE})

    assert wansync("sync").status == 0
    assert wansync("sync", "umt5").status == 0


def test_opt_in_of_one_component_does_not_count_for_another(project: ProjectBuilder) -> None:
    project.manifest["components"]["umt5"]["pickle"] = "allow"
    locked_with(project, **{"beta/transformer/weights.dat": PICKLE})

    assert failures() == (3, [("beta@small", "transformer/weights.dat")])


def test_text_from_a_broken_file_cannot_reach_the_terminal(project: ProjectBuilder) -> None:
    locked_with(project, **{BETA: with_header({"\x1b[2J": {"dtype": "\x1b[31m", "shape": [], "data_offsets": [0, 0]}})})

    ran = wansync("sync")

    assert ran.status == 3
    assert "\x1b" not in ran.stderr
    assert "\\x1b[2J" in ran.stderr


def test_hint_about_a_file_that_was_cut_short_works(project: ProjectBuilder) -> None:
    whole = project.files[BETA]
    locked_with(project, **{BETA: whole[:3000]})
    error = error_of("sync", "beta")
    assert error["hint"].startswith("Put a good file in its place in `file:weights/beta`, run `wansync lock`, ")

    locked_with(project, **{BETA: whole})

    assert wansync("sync", "beta").status == 0

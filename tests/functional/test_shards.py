"""Shards and their index files at lock time: refused, warned of, or left out."""
# ruff: noqa: E501 (what the program prints is quoted as it is)

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import content, wansync
from tests.support.weights import safetensors

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder

FOLDER = "alpha/transformer"
ONE, TWO = (f"model-0000{number}-of-00002.safetensors" for number in (1, 2))


@pytest.fixture
def sharded(project: ProjectBuilder) -> ProjectBuilder:
    """The transformer of alpha is two shards and their index."""
    project.files |= {
        f"{FOLDER}/{ONE}": safetensors({"a": b"1" * 100}),
        f"{FOLDER}/{TWO}": safetensors({"b": b"2" * 100}),
        f"{FOLDER}/model.safetensors.index.json": index(a=ONE, b=TWO),
    }
    project.write()
    return project


def index(**weight_map: str) -> bytes:
    return json.dumps({"weight_map": weight_map}).encode()


def add(project: ProjectBuilder, name: str, data: bytes) -> None:
    project.files[f"{FOLDER}/{name}"] = data
    project.write()


def locked_names(project: ProjectBuilder) -> list[str]:
    """Return the files of the transformer of alpha as they are locked."""
    lock, _ = project.api()._workspace().lock()
    return [str(file.path) for file in lock.component("alpha-transformer").files]


def test_lock_of_shards_that_fit_warns_of_nothing(sharded: ProjectBuilder) -> None:
    assert document("lock-report", wansync("lock", "--json"))["warnings"] == []
    assert wansync("sync").status == 0


def test_lock_of_shards_that_no_index_names_warns_and_locks(sharded: ProjectBuilder) -> None:
    add(sharded, "model-00003-of-00003.safetensors", content("left over"))

    assert snapshot("""\
  + alpha-transformer
  + beta-transformer
  + umt5
--- stderr
warning: The component `alpha-transformer`: no index names `model-00003-of-00003.safetensors`; `shards = "used"` leaves out what no index names
Locked 3 components, 16.1 KiB; [PROJECT]/models.lock
--- status 0
""") == shown(wansync("lock"), sharded)
    assert wansync("sync").status == 0


def test_lock_warns_in_json_and_before_a_sync_too(sharded: ProjectBuilder) -> None:
    add(sharded, "model.safetensors", content("whole"))

    report = document("sync", wansync("sync", "--json"))

    assert report["lock"]["warnings"] == [
        "The component `alpha-transformer`: `model.safetensors` stands beside its own shards; leave out one or the other with `exclude`"
    ]


def test_lock_of_indexes_that_contradict_each_other_is_refused(sharded: ProjectBuilder) -> None:
    add(sharded, "other.safetensors.index.json", index(a=TWO))

    assert snapshot("""\
--- stderr
error: `other.safetensors.index.json` of the component `alpha-transformer` has the tensor `a` in `model-00002-of-00002.safetensors`, and `model.safetensors.index.json` has it in `model-00001-of-00002.safetensors`
hint: Pin a revision where this is right, leave the index out with `exclude`, or tell the owner
--- status 2
""") == shown(wansync("lock"), sharded)


def test_lock_of_an_index_over_two_generations_of_shards_is_refused(sharded: ProjectBuilder) -> None:
    add(sharded, "model-00003-of-00003.safetensors", content("left over"))
    add(sharded, "model.safetensors.index.json", index(a=ONE, b=TWO, c="model-00003-of-00003.safetensors"))

    error = document("error", wansync("lock", "--json"))["error"]

    assert (error["code"], error["facts"]) == (
        "INVALID_LISTING",
        {"component": "alpha-transformer", "files": [ONE, "model-00003-of-00003.safetensors"]},
    )
    sharded.manifest["components"]["alpha-transformer"]["exclude"] = ["*.index.json"]
    sharded.write()
    assert wansync("lock").status == 0


def test_used_shards_are_all_that_is_taken_of_weights(sharded: ProjectBuilder) -> None:
    for name in ("model.safetensors", "model-00003-of-00003.safetensors", "pytorch_model.bin"):
        add(sharded, name, content(name))
    add(sharded, "deep/model.safetensors", content("deep"))
    sharded.manifest["components"]["alpha-transformer"]["shards"] = "used"
    sharded.write()

    ran = wansync("lock", "--json")

    assert (ran.status, document("lock-report", ran)["warnings"]) == (0, [])
    assert locked_names(sharded) == ["config.json", "deep/model.safetensors", ONE, TWO, "model.safetensors.index.json"]
    assert (wansync("lock", "--check").status, wansync("sync", "--frozen").status) == (0, 0)


def test_used_shards_without_an_index_are_all_files(project: ProjectBuilder) -> None:
    project.manifest["components"]["alpha-transformer"]["shards"] = "used"
    project.write()

    assert wansync("lock").status == 0
    assert locked_names(project) == ["config.json", ONE, TWO]


def test_used_shards_that_are_missing_are_named(sharded: ProjectBuilder) -> None:
    sharded.manifest["components"]["alpha-transformer"] |= {"shards": "used", "exclude": [TWO]}
    sharded.write()

    error = document("error", wansync("lock", "--json"))["error"]

    assert (error["code"], error["facts"]["missing"]) == ("INVALID_LISTING", [TWO])


def test_used_shards_asked_for_later_make_the_lock_stale(sharded: ProjectBuilder) -> None:
    assert wansync("lock").status == 0
    sharded.manifest["components"]["alpha-transformer"]["shards"] = "used"
    sharded.write()

    ran = wansync("sync", "--frozen")

    assert ran.status == 10
    assert "components.alpha-transformer: changed in the manifest (shards)" in ran.stderr

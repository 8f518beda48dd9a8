"""`wansync fetch`: the files of a lock in the store, and nothing else; for image layers and stores filled ahead."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import content, wansync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub_project import HubProject
    from tests.support.project import ProjectBuilder

BETA = "beta/transformer/model.safetensors"


def blobs(project: ProjectBuilder) -> set[str]:
    return {path.name for path in project.layout.blobs.rglob("*") if path.is_file()}


def test_fetch_brings_every_blob_and_links_nothing(locked: ProjectBuilder) -> None:
    assert snapshot("""\
alpha@small
beta@small
--- stderr
In the store: 6 files, 18.6 KiB; fetched 18.6 KiB
--- status 0
""") == shown(wansync("fetch"), locked)
    assert {path.name for path in locked.models_root.iterdir()} == snapshot(
        {".locks", ".state", ".tmp", ".trash", "README.txt", "VERSION", "blobs", "models"}
    )
    assert (len(blobs(locked)), list(locked.layout.models.iterdir()), locked.leftovers()) == (6, [], [])


def test_fetch_of_what_is_here_does_nothing(locked: ProjectBuilder) -> None:
    wansync("fetch")
    before = {path: path.stat().st_mtime_ns for path in (locked.layout.state / "roots").iterdir()}

    assert snapshot("""\
alpha@small
beta@small
--- stderr
Nothing to do: 6 files, 18.6 KiB in the store
--- status 0
""") == shown(wansync("fetch"), locked)
    assert before == {path: path.stat().st_mtime_ns for path in (locked.layout.state / "roots").iterdir()}


def test_fetch_needs_the_lock_alone_and_sync_then_only_links(hub_locked: HubProject, tmp_path: Path) -> None:
    """An image layer: the lock is copied, the hub is there; in the next layer it is not."""
    layer = tmp_path / "layer"
    layer.mkdir()
    shutil.copy(hub_locked.lock_path, layer)

    fetched = document("fetch", wansync("fetch", "--project", str(layer), "--json"))
    hub_locked.hub.clear()
    ran = wansync("sync", "--frozen", "--offline", "--project", str(layer), "--json")

    assert (fetched["complete"], fetched["bytes"]["fetched"] > 0, fetched["size"] > 0) == (True, True, True)
    synced = document("sync", ran)
    assert (ran.status, synced["complete"], synced["bytes"]["fetched"], synced["links"] > 0) == (0, True, 0, True)
    assert hub_locked.hub.requests == []


def test_fetch_takes_one_component(locked: ProjectBuilder) -> None:
    report = document("fetch", wansync("fetch", "--only", "umt5", "--json"))

    assert (report["selection"], report["files"], report["size"]) == (["umt5"], 1, 4000)
    assert blobs(locked) == {locked.blob("shared/text_encoder/model.safetensors").name}


def test_gc_keeps_what_was_fetched(locked: ProjectBuilder) -> None:
    wansync("fetch")

    assert document("gc", wansync("gc", "--json", "--yes"))["noop"] is True
    assert len(blobs(locked)) == 6


def test_fetch_of_a_new_lock_keeps_the_view_that_is_in_use(synced: ProjectBuilder) -> None:

    synced.files[BETA] = content("trained on", 7000)
    synced.write()
    assert (wansync("lock").status, wansync("fetch").status) == (0, 0)

    assert document("gc", wansync("gc", "--json", "--yes"))["noop"] is True
    actions = {a["id"]: a["action"] for a in document("plan", wansync("plan", "--json"))["actions"]}

    assert actions == {"alpha-transformer": "keep", "beta-transformer": "replace", "umt5": "change"}


def test_fetch_does_not_read_the_manifest_unless_frozen(locked: ProjectBuilder) -> None:
    locked.manifest_path.write_text("no manifest at all\n")

    assert (wansync("fetch").status, wansync("fetch", "--frozen").status) == (0, 2)


def test_fetch_frozen_with_stale_lock_exits_10(locked: ProjectBuilder) -> None:
    locked.manifest["components"]["umt5"]["exclude"] = ["*.md"]
    locked.write()

    assert (wansync("fetch", "--frozen").status, locked.models_root.exists()) == (10, False)


def test_fetch_whose_file_changed_is_partial_and_the_rest_is_here(locked: ProjectBuilder) -> None:
    (locked.directory / "weights" / BETA).write_bytes(b"other")

    ran = wansync("fetch", "--json")

    report = document("fetch", ran)
    assert (ran.status, report["complete"]) == (3, False)
    assert [(f["path"], f["error"]["code"]) for f in report["failures"]] == [("model.safetensors", "CHECKSUM_FAIL")]
    assert len(blobs(locked)) == 5


def test_fetch_of_one_component_that_fails_is_that_failure(locked: ProjectBuilder) -> None:
    (locked.directory / "weights" / BETA).write_bytes(b"other")

    ran = wansync("fetch", "beta-transformer")

    assert ran.status == 13
    assert "error: " in ran.stderr


def test_fetch_offline_without_blobs_exits_18(hub_locked: HubProject) -> None:
    ran = wansync("fetch", "--offline")

    assert (ran.status, hub_locked.hub.requests) == (18, [])


def test_fetch_that_cannot_fit_begins_nothing(locked: ProjectBuilder) -> None:
    ran = wansync("fetch", "--min-free", "100%", "--json")

    assert (ran.status, json.loads(ran.stdout)["error"]["code"]) == (14, "NO_SPACE")
    assert not locked.models_root.exists()


def test_fetch_in_the_api_is_the_same(locked: ProjectBuilder) -> None:
    report = locked.api().fetch("beta")

    assert (report.selection, report.complete, len(blobs(locked))) == (("beta@small",), True, 3)

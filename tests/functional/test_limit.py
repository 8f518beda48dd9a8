"""`max_size`: the most that the store may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.functional.output import document
from tests.support.project import content, wansync

if TYPE_CHECKING:
    import pytest

    from tests.support.project import ProjectBuilder

BETA = "beta/transformer/model.safetensors"


def store_bytes() -> int:
    size: int = document("store-size", wansync("store", "size", "--json"))["blobs"]["bytes"]
    return size


def test_sync_that_keeps_to_the_limit_is_done(locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = document("plan", wansync("plan", "--json"))["disk"]["peak"]
    monkeypatch.setenv("WANSYNC_MAX_SIZE", str(needed))
    disk = document("plan", wansync("plan", "--json"))["disk"]
    assert (disk["max_size"], disk["used"], disk["fits"]) == (needed, 0, True)

    assert wansync("sync").status == 0
    assert wansync("sync").status == 0


def test_sync_beyond_the_limit_is_refused_before_anything_is_begun(
    locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = document("plan", wansync("plan", "--json"))["disk"]["peak"]
    monkeypatch.setenv("WANSYNC_MAX_SIZE", str(needed - 1))
    plan = wansync("plan")
    assert "which does not fit" in plan.stdout
    assert "hint: `wansync gc` would free nothing now; raise the limit (WANSYNC_MAX_SIZE)" in plan.stderr

    ran = wansync("sync")

    assert ran.status == 14
    assert "The store would grow beyond its limit of " in ran.stderr
    assert not locked.models_root.exists()


def test_limit_counts_what_is_there_and_gc_makes_room(synced: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    synced.files[BETA] = content("second", 7000)
    synced.write()
    assert (wansync("lock").status, wansync("sync").status) == (0, 0)
    synced.files[BETA] = content("third", 7000)
    synced.write()
    assert wansync("lock").status == 0
    monkeypatch.setenv("WANSYNC_MAX_SIZE", str(store_bytes()))

    refused = wansync("sync")

    assert (refused.status, "hint: `wansync gc` would free 6.8 KiB" in refused.stderr) == (14, True)
    assert wansync("gc", "--yes").status == 0
    assert wansync("sync").status == 0
    assert wansync("verify").status == 0


def test_limit_can_stand_in_the_file_of_the_user_but_not_in_a_project(
    synced: ProjectBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = synced.directory / "config.toml"
    config.write_text('max_size = "1 GB"\nkeep_generations = 3\n')
    monkeypatch.setenv("WANSYNC_CONFIG_FILE", str(config))
    assert document("plan", wansync("plan", "--json"))["disk"]["max_size"] == 10**9

    synced.manifest["settings"] = {"max_size": "1G"}
    synced.write()

    assert wansync("plan").status == 2

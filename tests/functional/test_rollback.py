"""`wansync generations` and `wansync rollback`."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import content, wansync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder

BETA = "beta/transformer/model.safetensors"


@pytest.fixture
def moved_on(synced: ProjectBuilder) -> ProjectBuilder:
    """The project after a second lock was synced; the sources have only its files."""
    synced.first = synced.lock_path.read_bytes()  # type: ignore[attr-defined]
    synced.files[BETA] = content("trained on", 7000)
    synced.write()
    assert (wansync("lock").status, wansync("sync").status) == (0, 0)
    return synced


def first_lock(project: ProjectBuilder) -> bytes:
    data: bytes = project.first  # type: ignore[attr-defined]
    return data


def test_generations_lists_what_was_applied(moved_on: ProjectBuilder) -> None:
    found = document("generations", wansync("generations", "--json"))["generations"]

    assert [(one["number"], one["current"], one["whole"]) for one in found] == [(1, False, True), (2, True, True)]
    assert all(one["bytes"] == one["bytes_here"] > 0 for one in found)
    table = wansync("generations").stdout.splitlines()
    assert table[0].split() == ["GENERATION", "APPLIED", "LOCK", "SIZE", "HERE"]
    assert [line.split()[0] for line in table[1:]] == ["1", "2"]
    assert table[2].endswith("current")


def test_generations_before_the_first_sync_says_so(locked: ProjectBuilder) -> None:
    ran = wansync("generations")

    assert (ran.status, ran.stdout) == (0, "")
    assert ran.stderr == f"`app` has not synced into {locked.models_root}\n"


def test_rollback_goes_back_without_any_source(moved_on: ProjectBuilder) -> None:
    views = document("sync", wansync("sync", "--json"))["views"]
    shutil.rmtree(moved_on.directory / "weights")

    ran = wansync("rollback", "--offline")

    assert shown(ran, moved_on) == snapshot("""\
alpha@small  [STORE]/views/alpha@small/[TREE]
beta@small  [STORE]/views/beta@small/[TREE]
--- stderr
Synced 2 views: fetched 0 B, linked 0 files
models.lock is that of generation 1 again
--- status 0
""")
    assert moved_on.lock_path.read_bytes() == first_lock(moved_on)
    assert wansync("verify").status == 0
    assert wansync("plan", "--check", "--frozen").status == 0
    assert document("ensure", wansync("ensure", "beta", "--json"))["paths"]["beta@small"] != views["beta@small"]


def test_rollback_is_a_new_generation_and_can_be_taken_back(moved_on: ProjectBuilder) -> None:
    second = moved_on.lock_path.read_bytes()

    assert document("rollback", wansync("rollback", "--json"))["generation"] == 1
    assert document("rollback", wansync("rollback", "--json"))["generation"] == 2

    assert moved_on.lock_path.read_bytes() == second
    found = document("generations", wansync("generations", "--json"))["generations"]
    assert [(one["number"], one["current"]) for one in found] == [(1, False), (2, False), (3, False), (4, True)]
    assert found[0]["lock"] == found[2]["lock"]


def test_rollback_after_gc_needs_the_source_and_changes_nothing_without_it(moved_on: ProjectBuilder) -> None:
    assert wansync("gc", "--yes").status == 0
    before, lock = moved_on.snapshot(), moved_on.lock_path.read_bytes()
    shutil.rmtree(moved_on.directory / "weights")

    ran = wansync("rollback")

    assert ran.status == 3
    assert "could not be made present" in ran.stderr
    assert "models.lock stays as it was" in ran.stderr
    assert moved_on.lock_path.read_bytes() == lock
    assert before.items() <= moved_on.snapshot().items()
    assert wansync("verify").status == 0


def test_rollback_makes_present_first_what_is_named_first(moved_on: ProjectBuilder, tmp_path: Path) -> None:
    moved_on.files[BETA] = content("beta", 7000)
    moved_on.write()
    shutil.rmtree(moved_on.layout.blobs)
    log = tmp_path / "log"

    assert wansync("rollback", "--jobs", "1", "--first", "beta-transformer", "--events", str(log)).status == 0

    events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    ready = [event["path"] for event in events if event["type"] == "file_ready"]
    assert set(ready[:2]) == {"model.safetensors", "config.json"}
    assert "model-00001-of-00002.safetensors" in ready[2:]
    assert moved_on.lock_path.read_bytes() == first_lock(moved_on)


def test_rollback_refuses_to_begin_with_what_that_lock_has_not(moved_on: ProjectBuilder) -> None:
    before = moved_on.lock_path.read_bytes()

    ran = wansync("rollback", "--first", "gamma")

    assert (ran.status, "--first: `models.lock` has no model `gamma`" in ran.stderr) == (2, True)
    assert moved_on.lock_path.read_bytes() == before


def test_gc_keeps_the_files_of_as_many_generations_as_are_asked_for(moved_on: ProjectBuilder) -> None:
    assert wansync("gc", "--yes", "--keep-generations", "2").stderr.startswith("Nothing to remove")
    shutil.rmtree(moved_on.directory / "weights")

    assert wansync("rollback", "--offline").status == 0


def test_keep_generations_of_the_environment_counts_everywhere(
    moved_on: ProjectBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANSYNC_KEEP_GENERATIONS", "2")

    assert document("gc", wansync("gc", "--dry-run", "--json"))["noop"] is True
    assert document("store-size", wansync("store", "size", "--json"))["reclaimable"] == 0
    old = wansync("why", _digest(first_lock(moved_on)))
    assert "gc` would remove" not in old.stderr


def _digest(lock: bytes) -> str:
    """Return the digest of the file of 7,000 bytes in a lock."""
    line = next(line for line in lock.decode().splitlines() if "size = 7000" in line)
    return line.partition('sha256 = "')[2][:64]


def test_rollback_that_models_toml_contradicts_says_what_will_happen(synced: ProjectBuilder) -> None:
    del synced.manifest["models"]["beta"], synced.manifest["components"]["beta-transformer"]
    synced.manifest["profiles"] = {"all": ["alpha@small"]}
    synced.write()
    assert wansync("sync").status == 0

    ran = wansync("rollback")

    assert ran.status == 0
    assert "warning: models.toml asks for something else: " in ran.stderr
    assert "hint: Revert models.toml too, or use `--frozen`" in ran.stderr
    assert wansync("sync", "--frozen").status == 10


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ([], 2, "There is nothing to go back to"),
        (["7"], 2, "This project has no generation 7 here"),
    ],
)
def test_rollback_to_nowhere_says_so(synced: ProjectBuilder, arguments: list[str], status: int, said: str) -> None:
    ran = wansync("rollback", *arguments)

    assert (ran.status, said in ran.stderr) == (status, True)


def test_rollback_to_a_copy_that_is_damaged_names_the_way_out(moved_on: ProjectBuilder) -> None:
    first = document("generations", wansync("generations", "--json"))["generations"][0]["lock"]
    (moved_on.layout.state / "generations" / f"{first}.lock").write_bytes(b"torn")

    ran = wansync("rollback")

    assert (ran.status, "damaged or gone" in ran.stderr) == (19, True)
    damaged = document("generations", wansync("generations", "--json"))["generations"][0]
    assert (damaged["whole"], damaged["bytes"]) == (False, 0)
    # The way out that the hint names.
    moved_on.lock_path.write_bytes(first_lock(moved_on))
    assert wansync("sync", "--frozen").status == 0

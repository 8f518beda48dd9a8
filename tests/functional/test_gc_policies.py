"""`wansync gc` by age and room, and projects that are gone."""

from __future__ import annotations

import json
import os
import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.functional.output import document
from tests.support.project import ProjectBuilder, content, wansync
from wansync.store.root import MISSING_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BETA = "beta/transformer/model.safetensors"
DAY = 24 * 3600


@pytest.fixture
def two_old_ones(synced: ProjectBuilder) -> ProjectBuilder:
    """The project with what two former locks named: 7,000 bytes out of use for 40 days, 6,000 for 10 days."""
    for name, size in (("second", 6000), ("third", 5000)):
        synced.files[BETA] = content(name, size)
        synced.write()
        assert (wansync("lock").status, wansync("sync").status) == (0, 0)

    def age(root: dict[str, Any]) -> None:
        for one, days in zip(root["generations"], (90, 40, 10), strict=True):
            one["applied_at_ms"] -= days * DAY * 1000

    edit_root(synced, age)
    long_ago = time.time() - 100 * DAY
    for path in (synced.models_root / "blobs").rglob("*"):
        os.utime(path, (long_ago, long_ago))
    assert wansync("sync").status == 0  # hashes again what was touched
    return synced


def edit_root(project: ProjectBuilder, change: Callable[[dict[str, Any]], None]) -> None:
    (path,) = (project.layout.state / "roots").iterdir()
    record = json.loads(path.read_bytes())
    change(record)
    path.write_text(json.dumps(record))


def sizes(*arguments: str) -> list[int]:
    return sorted(blob["size"] for blob in document("gc", wansync("gc", "--json", *arguments))["blobs"])


def test_older_than_spares_what_was_in_use_lately(two_old_ones: ProjectBuilder) -> None:
    assert sizes("--dry-run") == [6000, 7000]
    assert sizes("--dry-run", "--older-than", "30d") == [7000]
    assert sizes("--dry-run", "--older-than", "100d") == []

    assert sizes("--yes", "--older-than", "4w") == [7000]
    assert sizes("--dry-run") == [6000]
    assert wansync("verify").status == 0


def test_max_size_removes_the_least_recently_used_and_no_more(two_old_ones: ProjectBuilder) -> None:
    store = document("store-size", wansync("store", "size", "--json"))["blobs"]["bytes"]

    assert sizes("--dry-run", "--max-size", str(store)) == []
    assert sizes("--dry-run", "--max-size", str(store - 1)) == [7000]
    assert sizes("--dry-run", "--max-size", str(store - 7001)) == [6000, 7000]


def test_max_size_out_of_reach_removes_what_it_may_and_says_so(two_old_ones: ProjectBuilder) -> None:
    ran = wansync("gc", "--yes", "--max-size", "1")

    assert ran.status == 3
    assert "warning: It is not enough: " in ran.stderr
    assert "hint: `wansync roots` and `wansync pin --list` say who keeps it" in ran.stderr
    assert wansync("verify").status == 0
    again = document("gc", wansync("gc", "--yes", "--max-size", "1", "--json"))
    assert (again["noop"], again["bytes_missing"] > 0) == (True, True)


def test_min_free_that_is_free_already_removes_nothing(two_old_ones: ProjectBuilder) -> None:
    assert sizes("--dry-run", "--min-free", "1") == []
    assert sizes("--dry-run", "--min-free", "100%") == [6000, 7000]


@pytest.mark.parametrize("arguments", [("--older-than", "soon"), ("--max-size", "much"), ("--min-free", "-3")])
def test_policy_that_makes_no_sense_is_refused(synced: ProjectBuilder, arguments: tuple[str, str]) -> None:
    before = synced.snapshot()

    ran = wansync("gc", "--yes", *arguments)

    assert (ran.status, arguments[1] in ran.stderr) == (2, True)
    assert before == synced.snapshot()


def test_limit_of_the_store_does_not_make_gc_keep_garbage(
    two_old_ones: ProjectBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `max_size` says is for syncs; what one gc is to reach is said with it."""
    monkeypatch.setenv("WANSYNC_MAX_SIZE", "10T")

    assert sizes("--dry-run") == [6000, 7000]


def test_missing_project_is_forgotten_after_thirty_days(synced: ProjectBuilder, tmp_path: Path) -> None:
    other = ProjectBuilder(tmp_path / "other", synced.models_root)
    other.files[BETA] = content("other", 9000)
    other.write()
    assert wansync("sync", "--project", str(other.directory)).status == 0
    moved = other.directory.rename(tmp_path / "elsewhere")
    record = _root_of(synced, other.directory)

    assert sizes("--yes") == []
    since = json.loads(record.read_bytes())["missing_since_ms"]
    assert time.time() - since / 1000 < DAY
    _shift(record, MISSING_SECONDS - DAY)
    assert sizes("--yes") == []

    _shift(record, 2 * DAY)
    plan = document("gc", wansync("gc", "--dry-run", "--json"))
    assert (plan["roots_forgotten"], [b["size"] for b in plan["blobs"]]) == ([record.stem], [9000])
    assert "whose directory has been gone for 30 days" in wansync("gc", "--dry-run").stdout
    assert sizes("--yes") == [9000]
    assert not record.exists()
    shutil.rmtree(moved)
    assert wansync("verify").status == 0


def test_project_that_is_back_is_missing_no_longer(synced: ProjectBuilder, tmp_path: Path) -> None:
    (record,) = (synced.layout.state / "roots").iterdir()
    away = synced.directory.rename(tmp_path / "away")
    os.chdir(tmp_path)
    assert sizes("--yes") == []
    assert "missing_since_ms" in json.loads(record.read_bytes())

    away.rename(synced.directory)

    assert sizes("--yes") == []
    assert "missing_since_ms" not in json.loads(record.read_bytes())


def test_project_on_another_host_is_never_missing(synced: ProjectBuilder, tmp_path: Path) -> None:
    edit_root(synced, lambda root: root.update({"host": "elsewhere"}))
    synced.directory.rename(tmp_path / "away")
    os.chdir(tmp_path)

    assert sizes("--yes") == []
    (record,) = (synced.layout.state / "roots").iterdir()
    assert "missing_since_ms" not in json.loads(record.read_bytes())


def _root_of(project: ProjectBuilder, directory: Path) -> Path:
    records = (project.layout.state / "roots").iterdir()
    return next(path for path in records if json.loads(path.read_bytes())["project"]["path"] == str(directory))


def _shift(record: Path, seconds: float) -> None:
    values = json.loads(record.read_bytes())
    values["missing_since_ms"] -= round(seconds * 1000)
    record.write_text(json.dumps(values))

"""`kill -9` while files are taken from a Hugging Face cache: the store heals, and the cache keeps all that it had."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.children import command, count_calls, killed_at, posix_only, require_strace
from tests.faults.test_kill import ALL_CALLS, CALLS, assert_recovers, points
from tests.support.hub_cache import HubCacheBuilder, fill, from_hub
from tests.support.project import wansync

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from tests.support.project import ProjectBuilder

pytestmark = [posix_only, pytest.mark.timeout(600)]

WORK = command("sync", "-q", "--offline")
_COUNTS: dict[str, Counter[str]] = {}


@pytest.fixture(params=["linked", "copied"])
def cache(
    request: pytest.FixtureRequest, project: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HubCacheBuilder]:
    """A full cache: on the disk of the store, where its files are linked, or on another one, whence they are copied."""
    from_hub(project)
    with tempfile.TemporaryDirectory(dir=tmp_path if request.param == "linked" else other_disk(tmp_path)) as folder:
        monkeypatch.setenv("HF_HUB_CACHE", folder)
        yield HubCacheBuilder(Path(folder))


def other_disk(place: Path) -> Path:
    """Return a directory on another file system than `place`."""
    shared_memory = Path("/dev/shm")  # noqa: S108 (the one directory that is a file system of its own on most systems)
    if not shared_memory.is_dir() or shared_memory.stat().st_dev == place.stat().st_dev:
        pytest.skip("there is no second file system at /dev/shm")
    return shared_memory


def start(project: ProjectBuilder, cache: HubCacheBuilder) -> None:
    for folder in (project.models_root, cache.root):
        shutil.rmtree(folder, ignore_errors=True)
    fill(cache, project)


@pytest.mark.parametrize("family", sorted(set(CALLS) - {"truncate", "symlink"}))
def test_kill_while_files_are_taken_in_is_healed_by_the_next_sync(
    project: ProjectBuilder, cache: HubCacheBuilder, tmp_path: Path, request: pytest.FixtureRequest, family: str
) -> None:
    require_strace()
    start(project, cache)
    assert wansync("sync", "--offline").status == 0
    clean, whole = project.snapshot(), cache.contents()
    kind = request.node.callspec.params["cache"]
    if kind not in _COUNTS:
        start(project, cache)
        _COUNTS[kind] = count_calls(ALL_CALLS, WORK, tmp_path / "calls")

    for point in points(_COUNTS[kind], CALLS[family]):
        start(project, cache)
        assert (point, killed_at(*point, WORK)) == (point, True)
        assert_recovers(project, clean, "adopt", point)
        assert (point, cache.contents()) == (point, whole)


def test_files_of_a_cache_on_another_disk_are_copied(project: ProjectBuilder, cache: HubCacheBuilder) -> None:
    start(project, cache)

    ran = wansync("sync", "--offline")

    links = {path.stat().st_nlink for path in cache.root.rglob("*") if path.is_file()}
    copied = cache.root.stat().st_dev != project.models_root.stat().st_dev
    assert ran.status == 0
    assert ("(copy)" in ran.stderr) == copied
    if copied:
        assert links == {1}

"""Which files of a Hugging Face cache are found, in all layouts, and which never are."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.hub_cache import COMMIT, HubCacheBuilder, link, write
from wansync.digest import Digest, Revision
from wansync.manifest import SourceRef
from wansync.paths import RelativePath
from wansync.plan import Origin
from wansync.sources import HubCache

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DATA = b"weights" * 100
DIGEST = Digest.of(DATA)
PATH = "unet/model.safetensors"
LAYOUTS = [
    HubCacheBuilder.add,
    HubCacheBuilder.add_small,
    HubCacheBuilder.add_without_links,
    HubCacheBuilder.add_shared,
    HubCacheBuilder.add_listed,
]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="most of these caches are made of symbolic links")


@pytest.fixture
def cache(tmp_path: Path) -> HubCacheBuilder:
    return HubCacheBuilder(tmp_path / "hub")


def origin(source: str = "hf:test/alpha", path: str = PATH) -> Origin:
    return Origin(source=SourceRef.parse(source), revision=Revision(COMMIT), path=RelativePath(path))


def found(root: Path | None, *origins: Origin, size: int = len(DATA)) -> list[Path]:
    return list(HubCache(root).find(DIGEST, size, origins or (origin(),)))


@pytest.mark.parametrize("add", LAYOUTS, ids=lambda add: add.__name__)
def test_file_is_found_once_in_every_layout(
    cache: HubCacheBuilder, add: Callable[[HubCacheBuilder, str, str, bytes], Path]
) -> None:
    file = add(cache, "test/alpha", PATH, DATA)

    assert [file] == found(cache.root)


@pytest.mark.parametrize("source", ["hf:test/other", "https://example.org/alpha", "file:weights"])
def test_blob_of_another_repository_is_found_wherever_the_file_comes_from(cache: HubCacheBuilder, source: str) -> None:
    file = cache.add("test/alpha", PATH, DATA)

    assert [file] == found(cache.root, origin(source))


@pytest.mark.parametrize("kind", ["datasets", "spaces", "kernels"])
def test_blob_of_another_kind_of_repository_is_found(cache: HubCacheBuilder, kind: str) -> None:
    file = write(cache.root / f"{kind}--test--alpha" / "blobs" / DIGEST.hex, DATA)

    assert [file] == found(cache.root)


def test_blob_of_another_revision_is_found_by_its_name(cache: HubCacheBuilder) -> None:
    file = cache.add("test/alpha", "elsewhere.safetensors", DATA, commit="0" * 40)

    assert [file] == found(cache.root)


def test_repository_of_the_file_comes_before_others(cache: HubCacheBuilder) -> None:
    others = [cache.add(f"test/{name}", PATH, DATA) for name in ("aaaa", "zzzz")]
    own = cache.add("test/alpha", PATH, DATA)

    assert [own, *others] == found(cache.root)


@pytest.mark.parametrize("size", [0, len(DATA) - 1, len(DATA) + 1])
def test_file_of_another_size_is_not_found(cache: HubCacheBuilder, size: int) -> None:
    for add in LAYOUTS[:3]:
        add(cache, "test/alpha", f"{add.__name__}.bin", DATA)

    assert found(cache.root, size=size) == []


def test_empty_file_is_found_in_its_snapshot(cache: HubCacheBuilder) -> None:
    file = cache.add_small("test/alpha", PATH, b"")

    assert [file] == list(HubCache(cache.root).find(Digest.of(b""), 0, (origin(),)))


def test_file_that_is_still_being_downloaded_is_not_found(cache: HubCacheBuilder) -> None:
    write(cache.repository("test/alpha") / "blobs" / f"{DIGEST}.0a1b2c3d.incomplete", DATA)

    assert found(cache.root) == []


@pytest.mark.parametrize("root", ["nothing", "file", "none"])
def test_cache_that_is_not_there_has_no_files(tmp_path: Path, root: str) -> None:
    (tmp_path / "file").write_bytes(b"")

    assert found(None if root == "none" else tmp_path / root) == []


def test_cache_behind_a_link_is_the_one_it_leads_to(cache: HubCacheBuilder, tmp_path: Path) -> None:
    file = cache.add("test/alpha", PATH, DATA)
    (tmp_path / "link").symlink_to(cache.root)

    assert [file] == found(tmp_path / "link")


def test_link_that_leads_out_of_the_cache_is_not_followed(cache: HubCacheBuilder, tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "blobs" / DIGEST.hex, DATA)
    link(outside, cache.repository("test/alpha") / "blobs" / DIGEST.hex)
    link(outside, cache.repository("test/alpha") / "snapshots" / COMMIT / PATH)
    link(outside.parent.parent, cache.repository("test/beta"))

    assert found(cache.root) == []


def test_what_is_no_regular_file_is_not_found(cache: HubCacheBuilder) -> None:
    blobs = cache.repository("test/alpha") / "blobs"
    (blobs / DIGEST.hex).mkdir(parents=True)
    os.mkfifo(cache.root / "fifo")
    link(cache.root / "fifo", cache.repository("test/beta") / "blobs" / DIGEST.hex)
    link(cache.root / "gone", cache.repository("test/gamma") / "blobs" / DIGEST.hex)
    circle = cache.repository("test/delta") / "blobs" / DIGEST.hex
    link(circle, circle)

    assert found(cache.root, size=(blobs / DIGEST.hex).stat().st_size) == []


@pytest.mark.parametrize(
    "files",
    [
        None,
        [],
        {PATH: []},
        {PATH: {"xet_hash": 1}},
        {PATH: {"xet_hash": "../../../etc/passwd"}},
        {PATH: {"xet_hash": "0" * 63}},
        {PATH: {}},
        {},
    ],
    ids=str,
)
def test_listing_that_makes_no_sense_is_no_listing(cache: HubCacheBuilder, files: object) -> None:
    cache.add_listed("test/alpha", PATH, DATA)
    cache.write_tree("test/alpha", {"format_version": 1, "files": files})

    assert found(cache.root) == []


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b'{"format_version": 2, "files": {}}', b"[" * 100_000])
def test_listing_that_cannot_be_read_is_no_listing(cache: HubCacheBuilder, data: bytes) -> None:
    write(cache.repository("test/alpha") / "trees" / f"{COMMIT}.json", data)

    assert found(cache.root) == []


@pytest.mark.parametrize("location", ["..", "../alpha", "a/b/c", "a\\b", "a b", "x\0y", "a/", "~"])
def test_location_that_is_no_repository_is_never_a_path(cache: HubCacheBuilder, location: str) -> None:
    write(cache.root / "..model" / "blobs" / DIGEST.hex, DATA)
    write(cache.root.parent / "alpha" / "blobs" / DIGEST.hex, DATA)

    assert found(cache.root, origin(f"hf:{location}")) == []


def test_looking_changes_nothing_in_the_cache(cache: HubCacheBuilder) -> None:
    for add in LAYOUTS:
        add(cache, "test/alpha", f"{add.__name__}.bin", DATA) if add is not LAYOUTS[3] else None
    before = {path: path.lstat().st_ctime_ns for path in cache.root.rglob("*")}

    assert found(cache.root) != []
    assert before == {path: path.lstat().st_ctime_ns for path in cache.root.rglob("*")}

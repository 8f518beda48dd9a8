"""The walk over somebody's directories: what it finds, what it leaves out, and what it says of names."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from wansync.digest import Digest
from wansync.inventory import FoundFile, Owner
from wansync.sources import Walked, walk_for

if TYPE_CHECKING:
    from pathlib import Path

DATA = b"weights"
DIGEST = Digest.of(DATA)
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")


@pytest.fixture
def top(tmp_path: Path) -> Path:
    folder = tmp_path / "top"
    folder.mkdir()
    return folder


def put(path: Path, data: bytes = DATA) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def walk(*paths: Path, store: Path | None = None) -> Walked:
    return walk_for(paths, {len(DATA)}, store or paths[0] / "no-store")


def the_file(*paths: Path) -> FoundFile:
    (file,) = walk(*paths).files
    return file


def test_only_regular_files_of_the_sizes_are_found(top: Path) -> None:
    file = put(top / "a" / "b" / "right")
    put(top / "other", b"longer than that")
    os.mkfifo(top / "pipe")
    put(top / "download.incomplete")

    walked = walk(top)

    assert ([found.path for found in walked.files], walked.looked_at) == ([file], 4)
    assert walked.passed_over == ()


def test_every_inode_is_found_once_whatever_leads_to_it(top: Path) -> None:
    file = put(top / "a" / "file")
    os.link(file, top / "z-hard")
    (top / "soft").symlink_to(file)

    assert the_file(top, top, top / "a", file).path == file
    assert the_file(top).linked
    assert not the_file(file).linked
    assert the_file(top / "soft").linked


def test_link_to_a_file_elsewhere_is_followed_and_one_to_a_directory_is_not(top: Path, tmp_path: Path) -> None:
    elsewhere = put(tmp_path / "elsewhere" / "file")
    put(tmp_path / "hidden" / "file", b"another")
    (top / "file").symlink_to(elsewhere)
    (top / "folder").symlink_to(tmp_path / "hidden")
    (top / "circle").symlink_to(top)

    walked = walk(top)

    assert [(found.path, found.linked) for found in walked.files] == [(elsewhere, True)]
    assert [(one.path, one.reason) for one in walked.passed_over] == [
        (top / "folder", "a link to a directory, which is not followed")
    ]


def test_what_vanishes_or_cannot_be_read_does_not_end_the_walk(top: Path) -> None:
    put(top / "file")
    (top / "itself").symlink_to("itself")

    walked = walk(top, top / "gone")

    assert len(walked.files) == 1
    assert {one.reason for one in walked.passed_over} == {"a link that leads to itself", os.strerror(2)}


def test_deep_tree_is_walked_to_its_end(top: Path) -> None:
    place = top
    for _ in range(600):
        place /= "d"
        place.mkdir()
    put(place / "file")

    assert the_file(top).path == place / "file"


def test_hundred_things_are_named_and_all_are_counted(top: Path) -> None:
    for number in range(103):
        (top / str(number)).symlink_to(str(number))

    walked = walk(top)

    assert (len(walked.passed_over), walked.passed_over_count) == (100, 103)


def test_own_store_is_left_out_with_what_leads_into_it(top: Path) -> None:
    blob = put(top / "store" / "blobs" / "sha256" / DIGEST.hex[:2] / DIGEST.hex)
    (top / "view").symlink_to(blob)

    assert walk(top, store=top / "store").files == ()


def test_only_the_blobs_of_another_store_are_looked_at(top: Path) -> None:
    store = top / "store"
    put(store / "VERSION", b"1\n")
    blob = put(store / "blobs" / "sha256" / DIGEST.hex[:2] / DIGEST.hex)
    put(store / ".tmp" / f"{DIGEST.hex}.writer.part" / "bytes.part")

    walked = walk(top)

    assert walked.looked_at == 1
    assert walked.files == (
        FoundFile(
            path=blob,
            size=len(DATA),
            device=blob.stat().st_dev,
            claims=frozenset({DIGEST}),
            owner=Owner.STORE,
        ),
    )


def test_blob_of_a_hub_cache_claims_its_digest_also_where_its_bytes_are_shared(top: Path) -> None:
    xet = "ab" * 32
    payload = put(top / "blobs" / "ab" / xet)
    put(top / ".huggingface-shared-blobs", b"1")
    blob = top / "models--org--name" / "blobs" / DIGEST.hex
    blob.parent.mkdir(parents=True)
    blob.symlink_to(payload)

    file = the_file(top)

    assert (file.path, file.claims, file.owner, file.linked) == (payload, frozenset({DIGEST}), Owner.HUB_CACHE, True)
    assert the_file(blob.parent).owner is Owner.HUB_CACHE


def test_download_into_a_directory_claims_what_its_record_says(top: Path) -> None:
    file = put(top / "sub" / "model.safetensors")
    records = top / ".cache" / "huggingface" / "download"
    put(records / "sub" / "model.safetensors.metadata", f"{'c' * 40}\n{DIGEST.hex}\n1.5\n".encode())
    put(records / "unfinished")

    assert (the_file(top).claims, the_file(top).owner) == (frozenset({DIGEST}), Owner.NOBODY)
    assert walk(top).looked_at == 1
    assert the_file(file).claims == {DIGEST}


@pytest.mark.parametrize("record", [b"", b"one line", b'commit\n"etag"\n', b"\xff\xfe\n\xff", "fifo", "directory"])
def test_record_that_makes_no_sense_claims_nothing(top: Path, record: bytes | str) -> None:
    put(top / "file")
    place = top / ".cache" / "huggingface" / "download" / "file.metadata"
    place.parent.mkdir(parents=True)
    if isinstance(record, bytes):
        place.write_bytes(record)
    elif record == "fifo":
        os.mkfifo(place)
    else:
        place.mkdir()

    assert the_file(top).claims == frozenset()


def test_name_that_is_a_digest_by_chance_claims_nothing(top: Path) -> None:
    put(top / DIGEST.hex)

    assert the_file(top).claims == frozenset()

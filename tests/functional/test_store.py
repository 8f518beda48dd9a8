"""`wansync store`: where it is, how large, and whose every blob is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import wansync
from wansync.digest import Digest

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder

SHARED = "shared/text_encoder/model.safetensors"


def test_store_path_is_the_path_alone(locked: ProjectBuilder) -> None:
    assert wansync("store", "path").stdout == f"{locked.models_root}\n"
    assert document("store-path", wansync("store", "path", "--json"))["store"] == str(locked.models_root)
    assert not locked.models_root.exists()


def test_store_size_says_what_sharing_saves(synced: ProjectBuilder) -> None:
    assert snapshot("""\
PART      FILES      SIZE
blobs         6  18.6 KiB
partials      0       0 B
trash         0       0 B
2 views: 22.5 KiB apart, 18.6 KiB here, 3.9 KiB saved
1 project: 18.6 KiB apart, 18.6 KiB here, 0 B saved
PROJECT  ID                    SIZE     ALONE
app      [TREE]  18.6 KiB  18.6 KiB
--- stderr
Store: [STORE], [SIZE] free; `wansync gc` would free 0 B
--- status 0
""") == shown(wansync("store"), synced)


def test_store_size_counts_partials_and_trash(synced: ProjectBuilder) -> None:
    (synced.layout.tmp / f"{'0' * 64}.released.part").write_bytes(b"half")
    (synced.layout.trash / f"{'0' * 16}.old").write_bytes(b"old one")

    report = document("store-size", wansync("store", "size", "--json"))

    assert report["blobs"] == {"count": 6, "bytes": 19040}
    assert (report["partials"], report["trash"]) == ({"count": 1, "bytes": 4}, {"count": 1, "bytes": 7})
    assert report["reclaimable"] == 4


def test_store_size_of_copies_saves_nothing(locked: ProjectBuilder) -> None:
    assert wansync("sync", "--link-mode", "copy").status == 0

    views = document("store-size", wansync("store", "--json"))["views"]

    assert views == {"count": 2, "bytes_apart": 23040, "bytes_together": 19040 + 23040, "bytes_saved": 0}


def test_store_before_the_first_sync_is_empty(locked: ProjectBuilder) -> None:
    report = document("store-size", wansync("store", "--json"))

    assert (report["blobs"]["count"], report["views"]["count"], report["free"]) == (0, 0, 0)
    assert wansync("store", "ls").stderr == "0 blobs, 0 B\n"
    assert not locked.models_root.exists()


def test_store_ls_names_the_users_of_each_blob(synced: ProjectBuilder) -> None:
    assert snapshot("""\
DIGEST               SIZE  USED BY
[TREE]  6.8 KiB  app: beta-transformer/model.safetensors
[TREE]  4.9 KiB  app: alpha-transformer/model-00001-of-00002.safetensors
[TREE]  3.9 KiB  app: umt5/model.safetensors
[TREE]  2.9 KiB  app: alpha-transformer/model-00002-of-00002.safetensors
[TREE]     20 B  app: beta-transformer/config.json
[TREE]     20 B  app: alpha-transformer/config.json
--- stderr
6 blobs, 18.6 KiB
--- status 0
""") == shown(wansync("store", "ls"), synced)


def test_store_ls_shows_what_is_pinned_and_what_nobody_uses(synced: ProjectBuilder) -> None:
    nobodys = synced.layout.blob(Digest.of(b"stray"))
    nobodys.parent.mkdir(exist_ok=True)
    nobodys.write_bytes(b"stray")
    wansync("pin", synced.blob(SHARED).name)

    blobs = {blob["sha256"]: blob for blob in document("store-ls", wansync("store", "ls", "--json"))["blobs"]}

    assert (blobs[nobodys.name]["users"], blobs[nobodys.name]["pinned"]) == ([], False)
    assert blobs[synced.blob(SHARED).name]["pinned"] is True


@pytest.mark.parametrize("look", ["path", "size", "ls"])
def test_store_of_a_newer_layout_is_not_read(synced: ProjectBuilder, look: str) -> None:
    synced.layout.version.write_text("99\n")

    assert wansync("store", look).status == (0 if look == "path" else 19)


def test_store_with_another_word_is_explained(synced: ProjectBuilder) -> None:
    assert wansync("store", "sizes").status == 2

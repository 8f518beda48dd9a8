"""Mirrors that are buckets, on a real server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.functional.output import document
from tests.functional.test_mirror_push import problems, pushed
from tests.support.hub_project import shards
from tests.support.project import content, wansync
from tests.support.seaweed import ADMIN, READER
from wansync.digest import Digest
from wansync.mirrors import PruneMark, open_objects

if TYPE_CHECKING:
    from tests.functional.mirrors import Fleet
    from tests.support.seaweed import Seaweed, TestBucket

BIG = 17 * 2**20


def key(data: bytes) -> str:
    """Return where the bucket has an object."""
    digest = Digest.of(data).hex
    return f"w/blobs/sha256/{digest[:2]}/{digest}"


@pytest.fixture
def bucket(seaweed: Seaweed, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> TestBucket:
    """An empty bucket that anybody with the reader's keys may read; whoever runs next has its owner's."""
    monkeypatch.setenv("WANSYNC_S3_ENDPOINT", seaweed.url)
    for name, value in ADMIN.variables().items():
        monkeypatch.setenv(name, value)
    fleet.use("company=s3:readable/w,mode=readwrite")
    return seaweed.bucket("readable")


def test_bucket_is_pushed_to_checked_used_and_pruned(
    fleet: Fleet, bucket: TestBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In two parts.
    fleet.project.video.commit({"vae/vae.safetensors": content("big", BIG)})
    assert wansync("lock", "--upgrade").status == wansync("fetch").status == 0
    assert pushed() == (8, 0)
    assert pushed() == (0, 8)
    assert problems("--full") == []

    fleet.machine("second")
    for name, value in READER.variables().items():
        monkeypatch.setenv(name, value)
    fleet.use("company=s3:readable/w", origin=False)
    ran = wansync("sync", "--frozen", "--json")
    assert (ran.status, document("sync", ran)["complete"]) == (0, True)
    assert fleet.project.hub.requests == []
    fleet.use("company=s3:readable/w,mode=readwrite")
    refused = wansync("mirror", "push")
    assert (refused.status, "to push and to prune also `s3:PutObject`" in refused.stderr) == (12, True)

    for name, value in ADMIN.variables().items():
        monkeypatch.setenv(name, value)
    fleet.project.video.commit(shards("second"))
    assert wansync("lock", "--upgrade").status == wansync("fetch").status == 0
    # Buckets date by the second.
    time.sleep(1.1)
    assert pushed() == (1, 7)
    gone = document("mirror-prune", wansync("mirror", "prune", "--grace", "0h", "--keep-locks", "1", "--yes", "--json"))
    assert (len(gone["locks"]), len(gone["objects"]), gone["kept"]["files"]) == (1, 1, 8)
    assert problems() == []


def test_bucket_that_lacks_a_file_or_has_it_wrong_is_passed_over(fleet: Fleet, bucket: TestBucket) -> None:
    assert wansync("fetch").status == 0
    assert pushed() == (8, 0)
    encoder, vae = content("umt5", 4000), content("vae", 900)
    wrong = bytes(len(encoder))
    bucket.put(key(encoder), wrong)
    bucket.delete(key(vae))
    expected = sorted([("wrong_bytes", "model.safetensors"), ("missing", "vae.safetensors")])
    # The server keeps a digest of what is there now, so that nothing need be read.
    assert sorted(problems()) == expected

    fleet.machine("second")
    ran = wansync("sync", "--frozen", "--json")
    assert (ran.status, document("sync", ran)["quarantined"]) == (0, ["mirror:company"])

    assert pushed("--full") == (2, 6)
    assert problems("--full") == []


def test_push_to_a_bucket_waits_for_who_prunes_it(
    fleet: Fleet, bucket: TestBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = fleet.project.api()._workspace()
    monkeypatch.setenv("WANSYNC_LOCK_TIMEOUT", "0")
    assert wansync("fetch").status == 0

    with PruneMark(open_objects(workspace.settings.mirrors[0], workspace.access)) as mark:
        assert abs(mark.now - time.time()) < 60
        ran = wansync("mirror", "push", "--json")
        assert document("error", ran)["error"]["code"] == "LOCK_TIMEOUT"

    assert pushed() == (8, 0)

"""A place in a bucket that is written: what a mirror needs, against a real server."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.seaweed import ADMIN, READER
from wansync.digest import Digest
from wansync.errors import AuthFailError, ChecksumFailError, NotFoundError
from wansync.sources import Network
from wansync.sources.s3 import Bucket, Location, StoredObject
from wansync.sources.s3 import parts as parts_module

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.seaweed import Seaweed, TestBucket
    from wansync.sources import Access

PART = 5 * 2**20


@pytest.fixture
def plain(seaweed: Seaweed) -> TestBucket:
    return seaweed.bucket("written")


@pytest.fixture
def bucket(plain: TestBucket, s3_access: Access) -> Bucket:
    return Bucket("s3:written/mirror", Location("written", "mirror/"), s3_access)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts_module, "PART_BYTES", PART)


def a_file(folder: Path, data: bytes) -> tuple[Path, Digest]:
    path = folder / "file"
    path.write_bytes(data)
    return path, Digest.of(data)


def content(bucket: TestBucket, key: str) -> bytes:
    data: bytes = bucket.client.get_object(Bucket=bucket.name, Key=key)["Body"].read()
    return data


def test_put_file_is_there_with_its_digest(bucket: Bucket, plain: TestBucket, tmp_path: Path) -> None:
    path, digest = a_file(tmp_path, b"weights")
    seen: list[int] = []

    bucket.put("blobs/a", path, digest, seen.append)

    assert content(plain, "mirror/blobs/a") == b"weights"
    assert bucket.head("blobs/a") == StoredObject(size=7, digest=digest)
    assert sum(seen) == 7


def test_nothing_is_found_under_a_name_that_is_not_there(bucket: Bucket) -> None:
    assert bucket.head("absent") is None
    assert list(bucket.list()) == []
    with pytest.raises(NotFoundError, match="`absent`"):
        bucket.read("absent", 10)


def test_list_names_what_is_below_the_prefix(bucket: Bucket, plain: TestBucket) -> None:
    for key in ("mirror/a/1", "mirror/a/2", "mirror/b", "mirror/a/", "other"):
        plain.put(key, b"xy")

    assert list(bucket.list()) == [("a/1", 2), ("a/2", 2), ("b", 2)]
    assert list(bucket.list("a/")) == [("a/1", 2), ("a/2", 2)]


def test_write_replaces_and_read_returns_it(bucket: Bucket) -> None:
    bucket.write("locks/a", b"one")
    bucket.write("locks/a", b"two")

    assert bucket.read("locks/a", 10) == b"two"


def test_delete_removes_and_does_not_mind_what_is_gone(bucket: Bucket) -> None:
    bucket.write("a", b"1")
    bucket.write("b", b"2")

    bucket.delete(["a", "gone"])

    assert [name for name, _ in bucket.list()] == ["b"]


def test_put_again_sends_nothing_that_is_there(bucket: Bucket, plain: TestBucket, tmp_path: Path) -> None:
    path, digest = a_file(tmp_path, b"weights")
    bucket.put("a", path, digest)
    before = plain.client.head_object(Bucket=plain.name, Key="mirror/a")["LastModified"]

    bucket.put("a", path, digest)

    assert plain.client.head_object(Bucket=plain.name, Key="mirror/a")["LastModified"] == before


def test_put_replaces_what_is_something_else(bucket: Bucket, plain: TestBucket, tmp_path: Path) -> None:
    plain.put("mirror/a", b"damaged")
    path, digest = a_file(tmp_path, b"weights")

    bucket.put("a", path, digest)

    assert content(plain, "mirror/a") == b"weights"


def test_file_with_other_bytes_is_not_sent(bucket: Bucket, tmp_path: Path) -> None:
    path, _ = a_file(tmp_path, b"weights")

    with pytest.raises(ChecksumFailError, match="other bytes"):
        bucket.put("a", path, Digest.of(b"others"))

    assert bucket.head("a") is None


def test_large_file_goes_in_parts(
    bucket: Bucket, plain: TestBucket, tmp_path: Path, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = os.urandom(2 * PART + 3)
    path, digest = a_file(tmp_path, data)
    monkeypatch.setattr("wansync.sources.s3.bucket.PART_BYTES", PART)
    seen: list[int] = []

    bucket.put("large", path, digest, seen.append)

    assert content(plain, "mirror/large") == data
    assert sorted(seen) == [3, PART, PART]
    # The digest of a whole object in parts is what we have stated: the server only knows one of digests.
    assert bucket.head("large") == StoredObject(size=len(data), digest=digest)
    assert not plain.client.list_multipart_uploads(Bucket=plain.name).get("Uploads")


def test_upload_that_was_cut_short_goes_on(
    bucket: Bucket, plain: TestBucket, tmp_path: Path, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wansync.sources.s3.bucket.PART_BYTES", PART)
    path, digest = a_file(tmp_path, os.urandom(4 * PART))
    with monkeypatch.context() as once:
        once.setattr(parts_module.Upload, "_put", _after(2, parts_module.Upload._put))
        with pytest.raises(KilledError):
            bucket.put("large", path, digest)
    sent = _count_parts(monkeypatch)

    bucket.put("large", path, digest)

    assert content(plain, "mirror/large") == path.read_bytes()
    assert len(sent) == 2


@pytest.mark.usefixtures("small_parts")
def test_upload_that_another_process_ends_first_is_no_failure(
    bucket: Bucket, plain: TestBucket, s3_access: Access, tmp_path: Path
) -> None:
    data = os.urandom(1000) * (7 * PART // 1000)
    path, digest = a_file(tmp_path, data)
    other = Bucket("s3:written/mirror", Location("written", "mirror/"), s3_access)
    told: list[int] = []

    def put_too(count: int) -> None:
        told.append(count)
        if len(told) == 1:
            other.put("shared", path, digest)

    bucket.put("shared", path, digest, put_too)

    assert content(plain, "mirror/shared") == data
    assert len(told) < 7


def test_part_of_something_else_is_sent_again(
    bucket: Bucket, plain: TestBucket, tmp_path: Path, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wansync.sources.s3.bucket.PART_BYTES", PART)
    path, digest = a_file(tmp_path, os.urandom(2 * PART))
    target = {"Bucket": plain.name, "Key": "mirror/large"}
    upload = plain.client.create_multipart_upload(**target, ChecksumAlgorithm="SHA256")["UploadId"]
    plain.client.upload_part(**target, UploadId=upload, PartNumber=1, Body=bytes(PART), ChecksumAlgorithm="SHA256")

    bucket.put("large", path, digest)

    assert content(plain, "mirror/large") == path.read_bytes()


def test_large_file_with_other_bytes_leaves_nothing(
    bucket: Bucket, plain: TestBucket, tmp_path: Path, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wansync.sources.s3.bucket.PART_BYTES", PART)
    path, _ = a_file(tmp_path, bytes(PART + 1))

    with pytest.raises(ChecksumFailError):
        bucket.put("large", path, Digest.of(b"others"))

    assert bucket.head("large") is None
    assert not plain.client.list_multipart_uploads(Bucket=plain.name).get("Uploads")


def test_user_who_may_only_read_is_refused(
    seaweed: Seaweed, s3_access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    seaweed.bucket("readable").put("a", b"there")
    for name, value in READER.variables().items():
        monkeypatch.setenv(name, value)
    access = replace(s3_access, network=Network())
    bucket = Bucket("s3:readable", Location("readable"), access)

    assert bucket.read("a", 10) == b"there"
    with pytest.raises(AuthFailError) as raised:
        bucket.write("b", b"1")

    assert ADMIN.secret_key not in str(raised.value.to_dict())
    assert READER.secret_key not in str(raised.value.to_dict())


class KilledError(Exception):
    """Stands for the end of a process in the middle of an upload."""


def _after(count: int, put: Callable[..., Any]) -> Callable[..., Any]:
    left = [count]

    def putting(self: object, part: object) -> object:
        if not left[0]:
            raise KilledError
        left[0] -= 1
        return put(self, part)

    return putting


def _count_parts(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    sent: list[object] = []
    put = parts_module.Upload._put

    def counting(self: parts_module.Upload, part: parts_module._Part) -> dict[str, object]:
        sent.append(part)
        return put(self, part)

    monkeypatch.setattr(parts_module.Upload, "_put", counting)
    return sent

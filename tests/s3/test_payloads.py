"""Objects whose SHA-256 neither the bucket nor whoever wrote them states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functional.output import document
from tests.support.project import content, wansync
from wansync.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.s3.conftest import S3Project

MODEL = "app/transformer/model.safetensors"
LARGE = content("large expert", 20_000_000)


@pytest.mark.parametrize("versions", [False, True])
def test_digest_is_found_out_once_and_its_bytes_are_kept(
    make_s3_project: Callable[..., S3Project], *, versions: bool
) -> None:
    project = make_s3_project("versioned" if versions else "weights", versions=versions)
    project.bucket.put(MODEL, LARGE, ChecksumAlgorithm="CRC32")
    refused = wansync("lock", "--json")

    assert document("error", refused)["error"]["code"] == "DIGEST_UNKNOWN"
    assert "--checksum-algorithm SHA256" in refused.stderr
    assert "models.toml" not in refused.stderr

    assert wansync("lock", "--hash-payloads").status == 0
    assert Digest.of(LARGE).hex in project.lock_path.read_text()
    assert wansync("lock", "--upgrade").status == 0
    assert LARGE in project.snapshot().values()
    synced = document("sync", wansync("sync", "--frozen", "--json"))
    assert 0 < synced["bytes"]["fetched"] < len(LARGE)


def test_index_is_read_only_if_it_has_the_stated_digest(make_s3_project: Callable[..., S3Project]) -> None:
    project = make_s3_project()
    index = b'{"weight_map": {"layer": "model.safetensors"}}'
    stated = {"Metadata": {"sha256": Digest.of(b"another index").hex}, "ChecksumAlgorithm": "CRC32"}
    project.bucket.put("app/transformer/model.safetensors.index.json", index, **stated)

    ran = wansync("lock")

    assert (ran.status, "has other bytes than the stated ones" in ran.stderr) == (13, True), ran.stderr
    assert not project.lock_path.exists()

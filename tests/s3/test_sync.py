"""Locking and syncing what is in a bucket, as a user does it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.project import content, wansync
from tests.support.seaweed import ADMIN, READER, User
from wansync.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.s3.conftest import S3Project
    from tests.support.seaweed import Seaweed

MODEL = "app/transformer/model.safetensors"


def follow_hint(said: str) -> None:
    """Run the command that a hint names."""
    command = re.search(r"^hint: .*`wansync ([^`]+)`", said, re.MULTILINE)
    assert command, said
    assert wansync(*command[1].split()).status == 0


def locked_files(project: S3Project) -> dict[str, dict[str, Any]]:
    lock = tomllib.loads(project.lock_path.read_text())
    return {file["path"]: file for component in lock["component"] for file in component["files"]}


def test_bucket_is_locked_synced_and_then_there_is_nothing_to_do(s3_project: S3Project) -> None:
    assert wansync("lock").status == 0
    ran = wansync("sync", "--json")

    assert ran.status == 0
    assert set(s3_project.files.values()) <= set(s3_project.snapshot().values())
    assert s3_project.leftovers() == []
    assert {file["sha256"] for file in locked_files(s3_project).values()} == {
        Digest.of(data).hex for data in s3_project.files.values()
    }
    assert not any("version_id" in file for file in locked_files(s3_project).values())
    assert json.loads(wansync("sync", "--frozen", "--json").stdout)["noop"] is True


def test_lock_alone_is_enough(s3_project: S3Project) -> None:
    assert wansync("lock").status == 0
    s3_project.manifest_path.unlink()

    assert wansync("sync", "--frozen").status == 0
    assert set(s3_project.files.values()) <= set(s3_project.snapshot().values())


def test_second_lock_changes_nothing(s3_project: S3Project) -> None:
    assert wansync("lock").status == 0
    before = s3_project.lock_path.read_bytes()

    assert wansync("lock", "--upgrade").status == 0
    assert s3_project.lock_path.read_bytes() == before


def test_versions_are_pinned(make_s3_project: Callable[..., S3Project]) -> None:
    project = make_s3_project("versioned", versions=True)
    assert wansync("lock").status == 0
    pinned = locked_files(project)
    project.bucket.put(MODEL, content("another expert", 9000))
    project.bucket.delete("app/vae/vae.safetensors")

    assert all(file["version_id"] for file in pinned.values())
    assert wansync("sync", "--frozen").status == 0
    assert set(project.files.values()) <= set(project.snapshot().values())


def test_version_that_is_gone_is_named(make_s3_project: Callable[..., S3Project]) -> None:
    project = make_s3_project("versioned", versions=True)
    assert wansync("lock").status == 0
    version = locked_files(project)["model.safetensors"]["version_id"]
    project.bucket.delete(MODEL, VersionId=version)

    ran = wansync("sync")

    assert ran.status == 11
    assert "no longer has the locked version of `transformer/model.safetensors`" in ran.stderr
    project.bucket.put(MODEL, content("another expert", 9000))
    follow_hint(ran.stderr)
    assert wansync("sync").status == 0


def test_object_that_was_removed_is_named(s3_project: S3Project) -> None:
    assert wansync("lock").status == 0
    s3_project.bucket.delete("app/transformer/config.json")

    ran = wansync("sync")

    assert (ran.status, "has no `transformer/config.json`" in ran.stderr) == (11, True), ran.stderr
    follow_hint(ran.stderr)
    assert wansync("sync").status == 0


def test_object_that_was_replaced_fails_its_digest(s3_project: S3Project) -> None:
    assert wansync("lock").status == 0
    s3_project.bucket.put(MODEL, content("another expert", 9000))

    ran = wansync("sync")

    assert (ran.status, "CHECKSUM_FAIL" in ran.stderr or "other bytes than the locked ones" in ran.stderr) == (13, True)
    assert s3_project.files[MODEL] not in s3_project.snapshot().values()


def test_object_that_was_replaced_by_a_longer_one_is_named_with_what_helps(
    s3_project: S3Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANSYNC_HTTP_RETRIES", "0")
    assert wansync("lock").status == 0
    s3_project.bucket.put(MODEL, content("another expert", 9001))

    ran = wansync("sync")

    said = f"`transformer/model.safetensors` from `{s3_project.source}` has 9001 bytes where 9000 are locked"
    assert (ran.status, said in ran.stderr) == (11, True)
    assert "hint: If the change is meant, run `wansync lock --upgrade`" in ran.stderr
    assert [wansync("lock", "--upgrade").status, wansync("sync").status] == [0, 0]


def test_digest_that_was_stated_wrongly_is_no_proof(s3_project: S3Project) -> None:
    s3_project.bucket.put(MODEL, s3_project.files[MODEL], Metadata={"sha256": Digest.of(b"a lie").hex})
    assert wansync("lock").status == 0

    assert wansync("sync").status == 13


def test_object_without_digest_is_not_locked(s3_project: S3Project) -> None:
    s3_project.bucket.put(MODEL, s3_project.files[MODEL], ChecksumAlgorithm="CRC32")

    ran = wansync("lock")

    assert ran.status == 2
    assert "Nobody states the SHA-256 of `transformer/model.safetensors`" in ran.stderr
    assert "--hash-payloads" in ran.stderr
    assert "--checksum-algorithm SHA256" in ran.stderr


def test_object_without_digest_is_read_once_where_that_is_allowed(s3_project: S3Project) -> None:
    s3_project.bucket.put(MODEL, s3_project.files[MODEL], ChecksumAlgorithm="CRC32")

    assert wansync("lock", "--hash-payloads").status == 0
    synced = json.loads(wansync("sync", "--json").stdout)

    assert locked_files(s3_project)["model.safetensors"]["sha256"] == Digest.of(s3_project.files[MODEL]).hex
    # What locking has read is not fetched again.
    assert synced["bytes"]["fetched"] == sum(map(len, s3_project.files.values())) - len(s3_project.files[MODEL])
    assert wansync("lock", "--upgrade").status == 0


def test_user_who_may_only_read_can_lock_and_sync(
    make_s3_project: Callable[..., S3Project], become: Callable[[User], None]
) -> None:
    project = make_s3_project("readable")
    become(READER)

    assert [wansync(verb).status for verb in ("lock", "sync")] == [0, 0]
    assert set(project.files.values()) <= set(project.snapshot().values())


def test_public_bucket_needs_no_credentials(
    make_s3_project: Callable[..., S3Project], seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_s3_project("open")
    for name in (*ADMIN.variables(), "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name)
    project.set(s3_anonymous=True, s3_endpoint=seaweed.url)

    assert [wansync(verb).status for verb in ("lock", "sync")] == [0, 0]
    assert set(project.files.values()) <= set(project.snapshot().values())


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_server_with_a_certificate_of_ones_own_is_trusted_by_listing_and_bytes(
    s3_project: S3Project, seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    assert seaweed.tls
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", seaweed.secure_url)
    monkeypatch.setenv(variable, str(seaweed.tls.authority))

    assert [wansync(verb).status for verb in ("lock", "sync")] == [0, 0]


@pytest.mark.parametrize("profile", ["", "[default]\nregion = us-east-1\n"], ids=["variables", "files"])
def test_certificates_that_are_not_there_are_named_by_their_variable(
    s3_project: S3Project, seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, profile: str
) -> None:
    (tmp_path / "config").write_text(profile)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config" if profile else tmp_path / "none"))
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", seaweed.secure_url)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "absent.pem"))

    ran = wansync("lock")

    assert (ran.status, "SSL_CERT_FILE" in ran.stderr) == (2, False)
    assert ran.stderr.startswith("error: AWS_CA_BUNDLE (or `ca_bundle` of the profile) names no file or directory")


def test_directory_of_certificates_is_left_to_those_who_can_read_one(
    s3_project: S3Project, seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """boto3 takes a file alone, and fails for every server where it is given a directory."""
    assert seaweed.tls
    folder = tmp_path / "authorities"
    folder.mkdir()
    shutil.copy(seaweed.tls.authority, folder)
    subprocess.run(["openssl", "rehash", str(folder)], check=True, capture_output=True)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", seaweed.secure_url)
    monkeypatch.setenv("SSL_CERT_DIR", str(folder))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(seaweed.tls.authority))

    assert [wansync(verb).status for verb in ("lock", "sync")] == [0, 0]


def test_certificate_that_nobody_vouches_for_is_refused_by_both(
    s3_project: S3Project, seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wansync("lock").status == 0
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", seaweed.secure_url)

    ran = [wansync("lock", "--upgrade"), wansync("sync", "--frozen")]

    assert [each.status for each in ran] == [3, 11]
    assert all("has a certificate that is not trusted" in each.stderr for each in ran)


def test_add_puts_a_bucket_into_the_manifest(make_s3_project: Callable[..., S3Project]) -> None:
    project = make_s3_project()
    project.manifest_path.unlink()

    ran = wansync("add", project.source, "--id", "alpha", "--type", "t2v")

    assert ran.status == 0, ran.stderr
    assert f'source = "{project.source}"' in project.manifest_path.read_text()
    assert wansync("sync").status == 0


def test_outdated_tells_which_files_have_changed(s3_project: S3Project) -> None:
    assert wansync("lock").status == 0
    s3_project.bucket.put(MODEL, content("another expert", 9000))

    ran = wansync("outdated")

    assert ran.status == 0
    assert "1 file changed" in ran.stdout
    follow_hint(ran.stderr)
    assert wansync("outdated", "--exit-code").status == 0


def test_doctor_asks_the_bucket_when_that_is_wanted(s3_project: S3Project, become: Callable[[User], None]) -> None:
    assert wansync("lock").status == 0
    good = wansync("doctor", "--network", "--json")
    become(READER)

    assert f"The bucket of `{s3_project.source}` gives its files" in good.stdout
    assert "may not be used with the credentials that were found" in wansync("doctor", "--network").stdout


@pytest.mark.parametrize(("named", "loaded"), [({}, ""), ({"AWS_PROFILE": "work"}, "boto3 botocore")])
def test_sync_loads_boto3_only_where_it_has_to_be_asked(
    s3_project: S3Project, tmp_path: Path, named: dict[str, str], loaded: str
) -> None:
    assert wansync("lock").status == 0
    config = tmp_path / "config"
    config.write_text("[profile work]\nregion = eu-west-1\n")
    script = "import sys; from wansync import Project; Project(frozen=True).sync(); "
    script += "print(*sorted({'boto3', 'botocore'} & sys.modules.keys()))"
    environment = {**os.environ, **named, **({"AWS_CONFIG_FILE": str(config)} if named else {})}

    ran = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout.strip()) == (0, loaded), ran.stderr
    assert set(s3_project.files.values()) <= set(s3_project.snapshot().values())

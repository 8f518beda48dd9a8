"""What a user is told when a bucket cannot be had; each of these is what the server itself answered."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.project import wansync
from tests.support.seaweed import ADMIN, READER, User
from tests.support.wire_server import WireServer, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.s3.conftest import S3Project
    from tests.support.wire_server import Heard

UNKNOWN = User("nobody", "AKIACANARY00000001", "canary-secret-of-nobody")
WRONG = User("admin", ADMIN.access_key, "canary-secret-that-is-wrong")
SECRETS = (ADMIN, READER, UNKNOWN, WRONG)


@pytest.mark.parametrize(
    ("user", "message", "hint"),
    [
        (UNKNOWN, "does not know the access key that was found", "AWS_ACCESS_KEY_ID or AWS_PROFILE"),
        (WRONG, "the secret key does not belong to the access key", "AWS_SECRET_ACCESS_KEY"),
        (READER, "may not be used with the credentials that were found", "`s3:ListBucket` and `s3:GetObject`"),
    ],
    ids=["unknown", "wrong", "may not"],
)
def test_credentials_that_are_refused(
    s3_project: S3Project, become: Callable[[User], None], user: User, message: str, hint: str
) -> None:
    assert wansync("lock").status == 0
    become(user)

    ran = [wansync("lock", "--upgrade"), wansync("sync", "--frozen")]

    # The lock keeps its old entries.
    assert [each.status for each in ran] == [3, 12]
    for each in ran:
        assert message in each.stderr
        assert hint in each.stderr
        assert not any(secret.secret_key in each.stderr + each.stdout for secret in SECRETS)


def test_no_credentials_says_the_ways_to_give_them(s3_project: S3Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ADMIN.variables():
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    ran = wansync("lock")

    assert ran.status == 12
    assert "needs credentials, and none were found" in ran.stderr
    assert all(way in ran.stderr for way in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "WANSYNC_S3_ANONYMOUS=1"))


def test_private_bucket_cannot_be_read_anonymously(s3_project: S3Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_NO_SIGN_REQUEST", "YES")

    ran = wansync("lock")

    assert ran.status == 12
    assert "may not be read anonymously" in ran.stderr


@pytest.mark.parametrize(
    ("source", "status", "message"),
    [
        ("s3:absent/app", 11, "has no bucket `absent`"),
        ("s3:weights/absent", 11, "has no object below `absent/transformer/` or `absent/vae/`"),
        ("s3://weights/app", 2, "Write `s3:weights/app`"),
        ("s3:weights//app/../x", 2, "is no bucket with a prefix"),
    ],
)
def test_place_that_is_none(s3_project: S3Project, source: str, status: int, message: str) -> None:
    for component in s3_project.manifest["components"].values():
        component["source"] = source
    s3_project.write()

    ran = wansync("lock")

    assert (ran.status, message in ran.stderr) == (status, True), ran.stderr


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("AWS_ENDPOINT_URL_S3", "localhost:9000", "is no URL"),
        ("AWS_ENDPOINT_URL_S3", "http://user:canary@127.0.0.1", "has more than a scheme, a host"),
        ("AWS_PROFILE", "absent", "The settings of AWS cannot be used: ProfileNotFound"),
    ],
)
def test_settings_that_make_no_sense(
    s3_project: S3Project, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str
) -> None:
    monkeypatch.setenv(variable, value)

    ran = wansync("lock")

    assert (ran.status, message in ran.stderr) == (2, True), ran.stderr
    assert "canary" not in ran.stderr


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("credential_process = /absent/program", "`/absent/program`: No such file or directory"),
        ("credential_process = /bin/echo canary", "what gives them printed no JSON"),
        ("role_arn = arn:aws:iam::0:role/x\nweb_identity_token_file = /absent/token", "`/absent/token`: No such file"),
    ],
    ids=["program", "output", "token"],
)
def test_program_or_file_of_credentials_that_is_none_is_named(
    s3_project: S3Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, profile: str, said: str
) -> None:
    for name in ADMIN.variables():
        monkeypatch.delenv(name)
    config = tmp_path / "aws"
    config.write_text(f"[profile work]\nregion = us-east-1\n{profile}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "work")

    ran = wansync("lock")

    assert (ran.status, f"cannot be had: {said}" in ran.stderr) == (12, True), ran.stderr
    assert "trying again" not in ran.stderr
    assert "canary" not in ran.stderr


def test_server_that_is_not_there_is_a_network_failure(s3_project: S3Project, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wansync("lock").status == 0
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")

    ran = [wansync("lock", "--upgrade"), wansync("sync", "--frozen")]

    assert [each.status for each in ran] == [3, 11]
    assert all("could not be reached" in each.stderr for each in ran)


@pytest.mark.parametrize(
    ("head", "page"),
    [
        ("200 OK", "<Contents><Key>app/x</Key><Size>many</Size></Contents>"),
        ("200 OK", "<Contents><Key>app/x</Key><Size>1</Size><LastModified>soon</LastModified></Contents>"),
        ("307 Temporary Redirect\r\nLocation: http://127.0.0.1:9/login", ""),
    ],
    ids=["size", "date", "redirects"],
)
def test_answer_that_boto3_makes_nothing_of_is_no_bug_of_ours(
    s3_project: S3Project, monkeypatch: pytest.MonkeyPatch, head: str, page: str
) -> None:
    body = f"<ListBucketResult>{page}</ListBucketResult>"

    def answer(_: Heard) -> Iterator[bytes | None]:
        yield f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()

    with WireServer(answer) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
        ran = wansync("lock")

    assert (ran.status, "cannot be asked for its objects" in ran.stderr) == (11, True), ran.stderr
    assert ADMIN.secret_key not in ran.stderr


@pytest.mark.parametrize(("hours", "word"), [(2, "ahead"), (-2, "behind")])
def test_clock_that_is_off_is_named(
    s3_project: S3Project, monkeypatch: pytest.MonkeyPatch, hours: int, word: str
) -> None:
    assert wansync("lock").status == 0
    set_clock(monkeypatch, hours)

    ran = wansync("lock", "--upgrade")

    assert ran.status == 3
    # A date of HTTP has no parts of a second.
    assert re.search(rf"the clock of this machine is (2h 00m|1h 59m) {word}", ran.stderr)


def test_clock_that_is_behind_is_named_where_all_addresses_have_expired_for_it(
    s3_project: S3Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3 calls that access which is denied."""
    assert wansync("lock").status == 0
    set_clock(monkeypatch, -2)

    ran = wansync("sync", "--frozen")

    assert ran.status == 12
    assert re.search(r"the clock of this machine is (2h 00m|1h 59m) behind", ran.stderr), ran.stderr


def test_refusal_that_says_why_is_told_without_boto3_and_not_asked_again(
    s3_project: S3Project, become: Callable[[User], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wansync("lock").status == 0
    become(UNKNOWN)
    script = "import sys; from wansync import Project, WansyncError\n"
    script += "try: Project(frozen=True).sync()\nexcept WansyncError as error: print(error.facts['s3_code'])\n"
    script += "print(*sorted({'boto3', 'botocore'} & sys.modules.keys()))"
    body = b"<Error><Code>InvalidAccessKeyId</Code></Error>"

    with WireServer(lambda _: iter([whole(403, body)])) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
        ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert ran.stdout.split() == ["InvalidAccessKeyId"], ran.stderr
    assert len(server.heard) == len({heard.target.partition("?")[0] for heard in server.heard})


def test_address_that_has_expired_is_signed_again(s3_project: S3Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is put right after the first address: it stands for one that was signed an hour ago."""
    assert wansync("lock").status == 0
    asked = set_clock(monkeypatch, -2, times=1)

    assert wansync("sync", "--frozen").status == 0
    assert set(s3_project.files.values()) <= set(s3_project.snapshot().values())
    assert len(asked) > len(s3_project.files)


@pytest.mark.parametrize(
    ("key", "status", "message"),
    [
        ("app/vae/what?.json", 2, "Unsafe path"),
        ("app/vae/VAE.safetensors", 2, "cannot exist side by side"),
        ("app/vae/vae.safetensors/inner.bin", 2, "cannot exist side by side"),
        ("app/vae/nul.json", 2, "Unsafe path"),
    ],
)
def test_key_that_is_no_portable_path_is_refused_only_if_it_is_taken(
    s3_project: S3Project, key: str, status: int, message: str
) -> None:
    s3_project.bucket.put(key, b"{}")
    refused = wansync("lock")
    s3_project.manifest["components"]["vae"]["include"] = ["vae.safetensors"]
    s3_project.write()

    assert (refused.status, message in refused.stderr) == (status, True), refused.stderr
    assert wansync("lock").status == 0


def set_clock(monkeypatch: pytest.MonkeyPatch, hours: int, times: int = 10**6) -> list[None]:
    """Let the next requests be signed, and judged, by a clock that is off by so many hours."""
    asked: list[None] = []

    def off(right: Callable[..., dt.datetime]) -> Callable[..., dt.datetime]:
        def clock(*arguments: Any, **named: Any) -> dt.datetime:  # noqa: ANN401
            asked.append(None)
            delta = dt.timedelta(hours=hours if len(asked) <= times else 0)
            return right(*arguments, **named) + delta

        return clock

    # boto3 signs, and where it need not be loaded we do.
    for name in ("botocore.auth.get_current_datetime", "wansync.sources.s3.session._now"):
        monkeypatch.setattr(name, off(resolve_name(name)))
    monkeypatch.setattr("wansync.sources.s3.reasons.time.time", _clock(hours))
    return asked


def _clock(hours: int) -> Callable[[], float]:
    return lambda: dt.datetime.now(dt.UTC).timestamp() + hours * 3600

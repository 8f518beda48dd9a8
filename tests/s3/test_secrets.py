"""No key and no signature is shown, logged or kept, whatever happens."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from tests.support.project import Ran, wansync
from tests.support.seaweed import ADMIN, User

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.s3.conftest import S3Project

TOKEN = "canary-session-token"  # noqa: S105 (a canary)
WRONG = User("admin", ADMIN.access_key, "canary-secret-that-is-wrong")
CANARIES = (ADMIN.access_key, ADMIN.secret_key, WRONG.secret_key, "X-Amz-", "Signature=", TOKEN)


def good(project: S3Project) -> list[Ran]:
    return [wansync("lock"), wansync("sync", "--events", "events.jsonl", "-v")]


def refused(project: S3Project) -> list[Ran]:
    """A session token that the server knows nothing of."""
    patch = pytest.MonkeyPatch()
    lock = wansync("lock")
    with patch.context() as wrong:
        wrong.setenv("AWS_SESSION_TOKEN", TOKEN)
        wrong.setenv("AWS_SECRET_ACCESS_KEY", WRONG.secret_key)
        return [lock, wansync("lock", "--upgrade", "--json"), wansync("sync", "--json", "--events", "events.jsonl")]


def replaced(project: S3Project) -> list[Ran]:
    lock = wansync("lock")
    project.bucket.put("app/vae/vae.safetensors", bytes(900))
    return [lock, wansync("sync", "--json", "--events", "events.jsonl")]


@pytest.mark.parametrize("story", [good, refused, replaced])
def test_no_secret_leaves_the_program(
    s3_project: S3Project, caplog: pytest.LogCaptureFixture, story: Callable[[S3Project], list[Ran]]
) -> None:
    caplog.set_level(logging.DEBUG)

    ran = story(s3_project)

    said = "".join(each.stdout + each.stderr for each in ran) + "\n".join(r.getMessage() for r in caplog.records)
    places = (s3_project.models_root, s3_project.directory)
    kept = b"".join(path.read_bytes() for place in places for path in place.rglob("*") if path.is_file())
    assert kept
    for canary in CANARIES:
        assert canary not in said
        assert canary.encode() not in kept

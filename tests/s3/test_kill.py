"""A sync from a bucket that is killed goes on where it was, with addresses that are signed anew."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from typing import TYPE_CHECKING

from tests.faults.children import posix_only
from tests.support.program import SCRIPTS, script, start
from tests.support.weights import weights_of
from wansync.digest import Digest

if TYPE_CHECKING:
    from tests.s3.conftest import S3Project

pytestmark = posix_only

SIZE = 40 * 2**20
SEGMENT = 8 * 2**20


def done(project: S3Project) -> int:
    """Return the bytes that the run says it has."""
    found = 0
    for path in (project.layout.state / "runs").glob("*.json"):
        # It is replaced while it is read, or gone.
        with contextlib.suppress(OSError, ValueError):
            found += json.loads(path.read_bytes()).get("bytes_done", 0)
    return found


def test_killed_sync_goes_on(s3_project: S3Project) -> None:
    key = "app/transformer/model.safetensors"
    s3_project.files[key] = weights_of(SIZE, lambda count: bytes(range(256)) * (count // 256) + bytes(count % 256))
    s3_project.upload()
    assert script("wansync", "lock").status == 0
    process = start(str(SCRIPTS / "wansync"), "sync", "--frozen", "--limit-rate", "20MiB")
    deadline = time.monotonic() + 60
    while done(s3_project) < 2 * SEGMENT:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()

    ran = script("wansync", "sync", "--frozen", "--json")

    report = json.loads(ran.stdout)
    assert ran.status == 0, ran.stderr
    assert report["bytes"]["resumed"] >= SEGMENT
    assert s3_project.layout.blob(Digest.of(s3_project.files[key])).read_bytes() == s3_project.files[key]

"""`wansync mirror check` of mirrors that say little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functional.test_mirror_push import problems
from tests.support.project import wansync
from tests.support.wire_server import Heard, WireServer, head

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.functional.mirrors import Fleet


@pytest.mark.parametrize("truth", [True, False])
def test_server_that_states_no_size_is_not_believed_until_all_is_read(fleet: Fleet, *, truth: bool) -> None:
    """It may be a proxy, or the page of a hotel."""
    fleet.filled()
    data = fleet.encoder.read_bytes() if truth else b"<html>Welcome"

    def answer(_: Heard) -> Iterator[bytes]:
        yield head(200, Transfer_Encoding="chunked") + b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data)

    fleet.patch.setenv("WANSYNC_HTTP_RETRIES", "0")
    with WireServer(answer) as server:
        fleet.use(f"web={server.url}")
        quick = wansync("mirror", "check", "umt5", "--quiet")
        full = problems("umt5", "--full")

    assert (quick.status, quick.stdout.count("does not say how large")) == (1, 3)
    assert ("model.safetensors" in [path for _, path in full]) != truth

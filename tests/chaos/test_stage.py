"""What looks for broken promises sees them; else the other tests would prove nothing."""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.chaos.lies.bodies import endless
from tests.chaos.part import Chaos
from tests.chaos.stage import LARGE, MAX_MEMORY, MAX_SWALLOWED, READY, SMALL, Ended
from tests.chaos.wire import Asked

if TYPE_CHECKING:
    from pathlib import Path

    from tests.chaos.stage import Stage

QUIET = Ended(how=READY, said="", memory=0)
TRIALS = 12
pytestmark = pytest.mark.timeout(200)


def test_honest_server_is_synced_from_with_each_byte_once(stage: Stage) -> None:
    for name in (SMALL, LARGE):
        ended = stage.sync(name)

        assert (ended.how, stage.broken(ended), stage.is_right(name)) == (READY, [], True)
    assert stage.liar.requested == len(stage.locked.files[SMALL]) + len(stage.locked.files[LARGE])
    assert {asked.origin for asked in stage.liar.asked if asked.gives} == {"hub", "cdn"}


def test_liar_gives_ranges_as_it_should(stage: Stage) -> None:
    url = f"{stage.liar.url}/test/chaos/resolve/main/{LARGE}"
    request = urllib.request.Request(url, headers={"Range": "bytes=100-199"})  # noqa: S310 (of this machine)

    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        assert response.read() == stage.locked.files[LARGE][100:200]
    assert (response.status, response.headers["Content-Range"].partition("/")[0]) == (206, "bytes 100-199")


def test_wrong_blob_is_seen(stage: Stage) -> None:
    blob = stage.project.layout.blobs / "aa" / ("a" * 64)
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"other")

    assert stage.broken(QUIET) == [f"I1: the blob {'a' * 64} has other bytes"]


@pytest.mark.parametrize("where", ["said", "kept", "name"])
def test_secret_is_seen(stage: Stage, where: str) -> None:
    token = stage.liar.token
    state = stage.project.models_root / ".state" / (token if where == "name" else "x.json")
    state.parent.mkdir(parents=True)
    state.write_text(token if where == "kept" else "")

    broken = stage.broken(Ended(how=READY, said=f"error {token}" if where == "said" else "", memory=0))

    assert broken == [f"the secret {token[:9]} was {'said' if where == 'said' else 'kept'}"]


def test_token_that_went_elsewhere_is_seen(stage: Stage) -> None:
    headers = {"authorization": f"Bearer {stage.liar.token}"}
    stage.liar.asked.append(Asked(origin="cdn", method="GET", target=f"/objects/{SMALL}", headers=headers))

    assert stage.broken(QUIET) == ["the token went elsewhere"]


def test_file_outside_of_the_store_is_seen(stage: Stage) -> None:
    (stage.folder / "stray").write_text("x")

    assert stage.broken(QUIET) == [f"outside of the store: ({str(stage.folder / 'stray')!r}, b'x')"]


def test_appetite_is_seen(stage: Stage) -> None:
    taken = len(stage.locked.files[SMALL]) + MAX_SWALLOWED + 1
    asked = Asked(origin="hub", method="GET", target=f"/a/b/resolve/main/{SMALL}", headers={}, sent=taken)
    stage.liar.asked.append(asked)

    broken = stage.broken(Ended(how=READY, said="", memory=MAX_MEMORY + 1))

    assert broken == [f"{MAX_MEMORY + 1} bytes of memory", f"{MAX_SWALLOWED + 1} bytes too many were taken"]


def test_endless_body_is_left_as_soon_as_the_file_is_whole(stage: Stage) -> None:
    stage.liar.lie(endless)

    stage.sync(SMALL)

    assert max(asked.sent for asked in stage.liar.asked) < len(stage.locked.files[SMALL]) + MAX_SWALLOWED


def test_lies_in_any_order_break_no_promise(tmp_path: Path) -> None:
    chaos = Chaos(tmp_path / "campaign", seed=5)

    outcomes = [chaos.run(number) for number in range(TRIALS)]

    assert [text for outcome in outcomes for text in outcome.broken] == []
    assert sum(outcome.faults for outcome in outcomes) >= TRIALS // 2

"""What looks for broken promises sees them; else the other tests would prove nothing."""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.chaos.lies.bodies import endless
from tests.chaos.part import Chaos
from tests.chaos.stage import LARGE, MAX_MEMORY, MAX_SWALLOWED, READY, SMALL, Ended
from tests.chaos.where import Where
from tests.chaos.wire import Asked

if TYPE_CHECKING:
    from collections.abc import Callable
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


@pytest.mark.parametrize(
    ("where", "secret", "told"),
    [
        (Where.WEB, "X-Signature={liar.signature}", "the signature of the address went elsewhere"),
        (Where.WEB, "{liar.token}", "the token went elsewhere"),
        (Where.BUCKET, f"X-Amz-Signature={'0' * 64}", "what S3 is signed with went elsewhere"),
        (Where.BUCKET, "{liar.key}", "the secret key was sent"),
        (Where.WEB_MIRROR, "{source.token}", "the token went elsewhere"),
    ],
)
def test_credential_that_went_elsewhere_is_seen(
    make_stage: Callable[[Where], Stage], where: Where, secret: str, told: str
) -> None:
    stage = make_stage(where)
    target = f"/objects/{SMALL}?{secret.format(liar=stage.liar, source=stage.source)}"
    stage.liar.asked.append(Asked(origin="cdn", method="GET", target=target, headers={}))

    assert told in stage.broken(QUIET)


def test_token_of_a_mirror_that_its_source_is_sent_is_seen(make_stage: Callable[[Where], Stage]) -> None:
    stage = make_stage(Where.WEB_MIRROR)
    headers = {"authorization": f"Bearer {stage.liar.token}"}
    stage.source.asked.append(Asked(origin="hub", method="GET", target=f"/a/resolve/b/{SMALL}", headers=headers))

    assert stage.broken(QUIET) == ["the token went elsewhere"]


@pytest.mark.parametrize("where", Where)
def test_honest_place_is_asked_for_each_byte_once(make_stage: Callable[[Where], Stage], where: Where) -> None:
    stage = make_stage(where)

    ended = stage.sync(LARGE)

    assert (ended.how, stage.broken(ended), stage.is_right(LARGE)) == (READY, [], True)
    assert stage.liar.requested == len(stage.locked.files[LARGE])
    if where.is_mirror:
        assert stage.source.asked == []
    if where is Where.WEB_MIRROR:
        assert all(stage.liar.token in asked.headers["authorization"] for asked in stage.liar.asked)


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

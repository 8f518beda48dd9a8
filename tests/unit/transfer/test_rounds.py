"""Rounds of files: none of one is begun before all of the one before have ended."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.unit.samples import digest
from tests.unit.transfer.benches import PATH, REVISION, Bench
from wansync.digest import Digest
from wansync.errors import NotFoundError
from wansync.paths import RelativePath
from wansync.plan import FileVerb, Origin, StageItem
from wansync.store import SEGMENT
from wansync.transfer import Outcome

if TYPE_CHECKING:
    from pathlib import Path

BODY = b"b" * 1000


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def item(bench: Bench, name: str, size: int = 10) -> StageItem:
    origin = Origin(source=bench.first.ref, revision=REVISION, path=PATH)
    path = RelativePath(name)
    return StageItem(digest=digest(name), size=size, path=path, verb=FileVerb.FETCH, have=0, origins=(origin,))


def test_no_lane_runs_ahead_of_a_round(bench: Bench) -> None:
    """Small files have a lane of their own, which would begin beside the large one that comes first."""
    other = threading.Event()
    ended: list[str] = []

    def make(each: StageItem) -> Outcome:
        if each.path.text == "large":
            # Given the time to begin, no other may.
            assert not other.wait(0.3)
        else:
            other.set()
            assert "large" in ended
        ended.append(each.path.text)
        return Outcome()

    rounds = [[item(bench, "large", SEGMENT + 1)], [item(bench, name) for name in "abc"]]
    results = list(bench.engine.make_all_present(rounds, make))

    assert [result for _, result in results] == [Outcome()] * 4
    assert ended[0] == "large"


def test_later_round_is_fetched_by_the_same_engine(bench: Bench) -> None:
    names = [f"{number}.bin" for number in range(40)]
    data = {name: BODY + name.encode() for name in names}
    bench.first.files.update({name: data[name] for name in names})
    items = [
        StageItem(
            digest=Digest.of(data[name]),
            size=len(data[name]),
            path=RelativePath(name),
            verb=FileVerb.FETCH,
            have=0,
            origins=(Origin(source=bench.first.ref, revision=REVISION, path=RelativePath(name)),),
        )
        for name in names
    ]

    results = list(bench.engine.make_all_present(([each] for each in items), bench.engine.make_present))

    assert [each.path.text for each, _ in results] == names
    assert [result.fetched for _, result in results if isinstance(result, Outcome)] == [each.size for each in items]


def test_failure_in_a_round_does_not_keep_the_next_from_its_turn(bench: Bench) -> None:
    def make(each: StageItem) -> Outcome:
        if each.path.text == "a":
            raise NotFoundError("gone", hint="look")
        return Outcome(fetched=1)

    results = dict(bench.engine.make_all_present([[item(bench, "a")], [item(bench, "b")]], make))

    assert [type(result) for result in results.values()] == [NotFoundError, Outcome]


def test_leaving_in_a_round_begins_no_other(bench: Bench) -> None:
    begun: list[str] = []

    def make(each: StageItem) -> Outcome:
        begun.append(each.path.text)
        return Outcome()

    made = bench.engine.make_all_present([[item(bench, "a")], [item(bench, "b")]], make)
    next(made)
    made.close()

    assert begun == ["a"]

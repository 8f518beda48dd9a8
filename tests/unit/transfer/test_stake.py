"""What a power cut may cost of small files: their bytes are at stake from the first until they are synced."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.ranged import Asked, RangedSource
from tests.unit.store.stores import make_store
from wansync.digest import Digest, Revision
from wansync.events import EventStream
from wansync.paths import RelativePath
from wansync.plan import FileVerb, Origin, StageItem
from wansync.sources import Patience
from wansync.transfer import Engine, FailureMemory, Limiter, Means, Outcome
from wansync.transfer.stake import ALONE, BESIDE, Stake
from wansync.transfer.stop import Stop, StopRequested

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

LIMIT_SECONDS = 10
MIB = 2**20


class Waiter:
    """A thread that wants to begin, and stays until it is told to end."""

    def __init__(self, begin: Callable[[], AbstractContextManager[None]]) -> None:
        self.begun, self._end = threading.Event(), threading.Event()
        self._begin = begin
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            with self._begin():
                self.begun.set()
                self._end.wait(LIMIT_SECONDS)
        except BaseException as error:  # noqa: BLE001 (looked at by the test)
            self.error = error

    def end(self) -> None:
        self._end.set()
        self._thread.join(LIMIT_SECONDS)


@pytest.fixture
def stake() -> Stake:
    return Stake(threading.Lock(), Stop())


def test_small_files_begin_while_they_have_no_more_at_stake_than_a_power_cut_may_cost(stake: Stake) -> None:
    with stake.hold(ALONE - 2), stake.hold(2):
        next_one = Waiter(lambda: stake.hold(1))
        assert not next_one.begun.wait(0.1)
    assert next_one.begun.wait(LIMIT_SECONDS)
    next_one.end()


def test_large_file_begins_when_small_ones_leave_room_for_it(stake: Stake) -> None:
    with stake.hold(BESIDE):
        with stake.hold(1):
            large = Waiter(stake.leave_room)
            assert not large.begun.wait(0.1)
        assert large.begun.wait(LIMIT_SECONDS)
        small = Waiter(lambda: stake.hold(1))
        assert not small.begun.wait(0.1)
        large.end()
        assert small.begun.wait(LIMIT_SECONDS)
        small.end()


def test_who_waits_to_begin_ends_when_the_run_stops() -> None:
    turn, stop = threading.Lock(), Stop()
    stake = Stake(turn, stop)
    with stake.hold(ALONE):
        small, large = Waiter(lambda: stake.hold(1)), Waiter(stake.leave_room)
        stop.request()
        with turn:
            stake.wake()
        small.end()
        large.end()
    assert [type(small.error), type(large.error)] == [StopRequested, StopRequested]


def test_engine_has_no_more_of_small_files_under_way_than_a_power_cut_may_cost(tmp_path: Path) -> None:
    files = {f"{number}.safetensors": bytes([number]) * (6 * MIB) for number in range(7)}
    source = RangedSource("hf:test/first", files)
    source.before_read = _linger
    means = Means(events=EventStream("run", []), patience=Patience(), limiter=Limiter(None), jobs=8)
    engine = Engine(make_store(tmp_path), lambda _ref: source, FailureMemory(lambda: 0.0), means)
    items = [_item(source, name, data) for name, data in files.items()]

    results = [result for _, result in engine.make_all_present([items], engine.make_present)]

    assert [type(result) for result in results] == [Outcome] * len(files)
    assert source.open_most == ALONE // (6 * MIB)


def _linger(_asked: Asked, position: int, _aborted: threading.Event) -> None:
    """Let all begin who may."""
    if not position:
        time.sleep(0.5)


def _item(source: RangedSource, name: str, data: bytes) -> StageItem:
    path = RelativePath(name)
    origin = Origin(source=source.ref, revision=Revision("a" * 40), path=path)
    return StageItem(digest=Digest.of(data), size=len(data), path=path, verb=FileVerb.FETCH, have=0, origins=(origin,))

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.unit.transfer.scarce import give_no_more_threads
from wansync.transfer.lanes import Lane, Lanes

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable


def never() -> None:
    raise AssertionError("nobody is to be stopped")


def test_every_item_has_its_result() -> None:
    lanes = Lanes[int, int](lambda item: item * 2, never)

    found = dict(lanes.run([Lane(items=[1, 2, 3], width=2), Lane(items=[4], width=5), Lane(items=[], width=1)]))

    assert found == {1: 2, 2: 4, 3: 6, 4: 8}


def test_few_threads_do_the_work_of_a_lane_where_the_system_gives_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    give_no_more_threads(monkeypatch, than=2)

    found = dict(Lanes[int, int](lambda item: item, never).run([Lane(items=range(9), width=8)]))

    assert sorted(found) == list(range(9))


def test_nobody_is_stopped_where_all_have_ended() -> None:
    """Threads end a moment after their last item: to stop them would stop the next round of the same run."""

    class Lingering(Lanes[int, int]):
        def _work(self, items: deque[int]) -> None:
            super()._work(items)
            time.sleep(0.1)

    found = list(Lingering(lambda item: item, never).run([Lane(items=range(4), width=4)]))

    assert sorted(item for item, _ in found) == [0, 1, 2, 3]


def test_lane_is_as_wide_as_it_says_and_lanes_do_not_wait_for_each_other() -> None:
    together = threading.Barrier(3, timeout=20)

    def meet(_item: int) -> int:
        return together.wait()

    found = dict(Lanes(meet, never).run([Lane(items=[1, 2], width=2), Lane(items=[3], width=1)]))

    assert set(found.values()) == {0, 1, 2}


def test_narrow_lane_does_one_after_the_other() -> None:
    busy, most = 0, 0

    def work(_item: int) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        busy -= 1

    list(Lanes(work, never).run([Lane(items=range(50), width=1)]))

    assert most == 1


def test_exception_is_the_result_of_its_item_alone() -> None:
    def work(item: int) -> int:
        if item == 2:
            raise ValueError("two")
        return item

    found = dict(Lanes(work, never).run([Lane(items=[1, 2, 3], width=3)]))

    assert isinstance(found.pop(2), ValueError)
    assert found == {1: 1, 3: 3}


def _waiting(begun: threading.Event, stopped: threading.Event, ended: list[int]) -> Callable[[int], None]:
    def work(item: int) -> None:
        if item:
            begun.set()
            assert stopped.wait(20)
            ended.append(item)

    return work


@pytest.mark.parametrize("early", ["close", "raise"])
def test_leaving_early_stops_the_others_and_waits_for_what_they_keep(early: str) -> None:
    begun, stopped, ended = threading.Event(), threading.Event(), list[int]()
    lanes = Lanes(_waiting(begun, stopped, ended), stopped.set)

    with (
        contextlib.suppress(KeyboardInterrupt),
        contextlib.closing(lanes.run([Lane(items=[1, 2, 3], width=1), Lane(items=[0], width=1)])) as results,  # type: ignore[type-var]
    ):
        assert next(results)[0] == 0
        assert begun.wait(20)
        if early == "raise":
            raise KeyboardInterrupt

    assert ended == [1]


def test_interrupt_while_threads_are_begun_stops_those_that_are(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = threading.Event()
    begun: list[threading.Thread] = []
    start = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        if begun:
            raise KeyboardInterrupt
        begun.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", interrupted)

    def work(_item: int) -> bool:
        return stopped.wait(20)

    with pytest.raises(KeyboardInterrupt):
        list(Lanes(work, stopped.set).run([Lane(items=range(10), width=2)]))

    assert stopped.is_set()
    assert not begun[0].is_alive()

"""The threads of a run: when they wait, and when they end."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.unit.transfer.large import Bench
from tests.unit.transfer.scarce import give_no_more_threads

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.ranged import Asked


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_requests_do_not_sleep_until_the_first_one_has_ended(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """They wait for its answer; here nobody would look again by itself before the test ends."""
    monkeypatch.setattr("wansync.transfer.connections._WAIT_SECONDS", 1000)
    others = threading.Event()
    waited: list[bool] = []

    def wait(asked: Asked, position: int, _aborted: threading.Event) -> None:
        if asked.span.start:
            others.set()
        elif position == 2**20:
            waited.append(others.wait(20))

    bench.first.before_read = wait
    # Long enough for the others to find that they have to wait.
    bench.first.refuse = lambda asked: time.sleep(0.5 if asked.span.start == 0 else 0)

    bench.engine.make_present(bench.item())

    assert waited == [True]


def test_threads_end_with_the_last_file(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("connections", "durable"):
        monkeypatch.setattr(f"wansync.transfer.{module}._WAIT_SECONDS", 1000)
    before = set(threading.enumerate())

    bench.engine.make_present(bench.item())

    for thread in set(threading.enumerate()) - before:
        thread.join(20)
        assert not thread.is_alive()


def test_few_threads_are_enough_where_the_system_gives_no_more(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    # One that syncs, one that fetches.
    give_no_more_threads(monkeypatch, than=2)

    bench.engine.make_present(bench.item())

    bench.check()

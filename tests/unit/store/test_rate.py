"""The rate that was measured last: kept when it means something, absent when it makes no sense."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.unit.store.stores import make_store
from wansync.store.rate import MeasuredRate
from wansync.transfer.gauge import Gauge

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store import Store

MIB = 2**20


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_store(tmp_path)


def test_rate_that_nobody_measured_is_none(store: Store) -> None:
    assert store.rate.last() is None


@pytest.mark.parametrize(
    ("count", "seconds", "kept"),
    [
        (8 * MIB, 1.0, 8 * MIB),
        (100 * MIB, 3.0, 34952533),
        (8 * MIB - 1, 10.0, None),
        (100 * MIB, 0.9, None),
        (0, 0.0, None),
    ],
)
def test_rate_is_kept_when_enough_was_fetched(store: Store, count: int, seconds: float, kept: int | None) -> None:
    store.rate.note(count, seconds)

    assert store.rate.last() == kept


def test_rate_of_the_last_run_wins_and_a_short_run_changes_nothing(store: Store) -> None:
    store.rate.note(100 * MIB, 10.0)
    store.rate.note(200 * MIB, 10.0)
    store.rate.note(1, 10.0)

    assert MeasuredRate(store.fs, store.layout).last() == 20 * MIB


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"version": 2, "bytes_per_second": 5}', '{"version": 1, "bytes_per_second": 0}', "{}"]
)
def test_record_that_makes_no_sense_counts_as_none(store: Store, text: str) -> None:
    path = store.layout.state / "rate.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)

    assert store.rate.last() is None


def test_rate_that_cannot_be_written_does_not_matter(store: Store) -> None:
    shutil.rmtree(store.layout.state)
    store.layout.state.write_text("in the way")

    store.rate.note(100 * MIB, 10.0)

    assert store.rate.last() is None


def test_gauge_counts_bytes_and_seconds_also_of_what_fails() -> None:
    now = iter([0.0, 2.0, 10.0, 13.0])
    gauge = Gauge(lambda: next(now))

    with gauge.measure():
        gauge.add(100)
    gauge.add(60, remote=False)
    with pytest.raises(ValueError, match="broke off"), gauge.measure():
        raise ValueError("broke off")

    assert (gauge.count, gauge.remote, gauge.seconds) == (160, 100, 5.0)


def test_gauge_counts_the_time_of_several_threads_once() -> None:
    now = iter([0.0, 10.0])
    gauge = Gauge(lambda: next(now))

    with gauge.measure(), gauge.measure():
        gauge.add(100)

    assert gauge.seconds == 10.0

"""What somebody who follows a run can tell of its speed."""

from __future__ import annotations

from wansync.cli.watch import Rates
from wansync.ops.status import StatusReport
from wansync.store import Phase, RunRecord


def look(done: int) -> StatusReport:
    run = RunRecord(run="01", command="sync", writer="h.1.1.x", phase=Phase.STAGE, models=(), done=done, total=10_000)
    return StatusReport(root="/store", models=(), runs=(run,))


def test_rate_is_that_of_the_last_five_seconds() -> None:
    times = iter([0.0, 1.0, 4.0, 8.0])
    rates = Rates(lambda: next(times))

    assert rates.of(look(5000)) == {"01": 0.0}
    assert rates.of(look(6000)) == {"01": 1000.0}
    assert rates.of(look(6000)) == {"01": 250.0}
    # What was seen before the window counts no more.
    assert rates.of(look(8000)) == {"01": 500.0}


def test_rate_of_a_run_that_is_new_is_not_known() -> None:
    assert Rates(lambda: 1.0).of(look(5000)) == {"01": 0.0}

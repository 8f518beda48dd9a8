from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.project import Recorder
from wansync.errors import NetworkFailError, NotFoundError, RateLimitedError
from wansync.events import EventStream, SourceWaiting
from wansync.sources.retry import Patience, patiently

if TYPE_CHECKING:
    from collections.abc import Callable

BROKEN = NetworkFailError("it broke", hint="Try again")


def limited(seconds: float | None) -> RateLimitedError:
    return RateLimitedError("too many", hint="Wait", retry_after=seconds)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that a test would have slept."""
    seconds: list[float] = []
    monkeypatch.setattr("wansync.sources.retry.time.sleep", seconds.append)
    return seconds


def failing(*errors: Exception) -> Callable[[], str]:
    """Return a call that raises each of the errors once, and then works."""
    left = list(errors)

    def call() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return call


def test_wait_doubles_up_to_the_longest() -> None:
    patience = Patience(retries=9, first=1, longest=8)

    waits = [patience.wait(failures, BROKEN) for failures in range(1, 7)]

    assert all(
        wait is not None and most / 2 <= wait <= most for wait, most in zip(waits, (1, 2, 4, 8, 8, 8), strict=True)
    )


def test_patience_ends_after_so_many_failures_in_a_row() -> None:
    assert [Patience(retries=2).wait(failures, BROKEN) is None for failures in (1, 2, 3)] == [False, False, True]


def test_wait_is_as_long_as_the_source_asks() -> None:
    assert Patience().wait(1, limited(55)) == 56


def test_source_that_asks_for_too_much_is_given_up() -> None:
    assert Patience(asked=330).wait(1, limited(1200)) is None


def test_source_that_limits_without_a_number_is_waited_for_as_for_others() -> None:
    wait = Patience(first=1).wait(1, limited(None))

    assert wait is not None
    assert 0.5 <= wait <= 1


def test_patiently_tries_again_and_says_so(slept: list[float]) -> None:
    recorder = Recorder()

    assert patiently(failing(BROKEN, BROKEN), "hf:x/y", EventStream("r", [recorder]), Patience()) == "done"

    assert [(e.source, e.error, e.message) for e in recorder.of(SourceWaiting)] == [
        ("hf:x/y", "NETWORK_FAIL", "it broke")
    ] * 2
    assert [e.seconds for e in recorder.of(SourceWaiting)] == slept


def test_patiently_raises_the_last_failure(slept: list[float]) -> None:
    with pytest.raises(NetworkFailError, match="it broke"):
        patiently(failing(*[BROKEN] * 3), "hf:x/y", EventStream("r"), Patience(retries=2))

    assert len(slept) == 2


def test_patiently_does_not_repeat_what_waiting_cannot_cure(slept: list[float]) -> None:
    with pytest.raises(NotFoundError):
        patiently(failing(NotFoundError("absent", hint="Look")), "hf:x/y", EventStream("r"), Patience())

    assert slept == []

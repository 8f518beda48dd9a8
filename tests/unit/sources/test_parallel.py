from __future__ import annotations

import threading

import pytest

from wansync.sources.parallel import in_parallel


def test_every_call_has_its_result_whatever_becomes_of_the_others() -> None:
    def fail() -> int:
        raise ValueError("no")

    results = dict(in_parallel({"a": lambda: 1, "b": fail, "c": lambda: 3}, 2))

    assert (results["a"], str(results["b"]), results["c"]) == (1, "no", 3)


def test_worker_that_is_ended_keeps_nobody_waiting_and_writes_nothing() -> None:
    class Ended(BaseException):
        pass

    def end() -> int:
        raise Ended

    ((_, result),) = in_parallel({"a": end}, 2)

    assert isinstance(result, RuntimeError)
    assert isinstance(result.__cause__, Ended)


def test_calls_run_at_once_up_to_the_width() -> None:
    barrier = threading.Barrier(4)

    assert len(list(in_parallel({n: lambda: barrier.wait(10) for n in range(4)}, 4))) == 4


@pytest.mark.parametrize("width", [1, 3])
def test_no_more_calls_than_the_width_run_at_once(width: int) -> None:
    running, most, lock = 0, 0, threading.Lock()

    def call() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.005)
        with lock:
            running -= 1

    assert len(list(in_parallel(dict.fromkeys(range(12), call), width))) == 12
    assert most <= width


def test_what_has_not_begun_is_not_begun_when_nobody_listens_any_more() -> None:
    begun: list[int] = []

    def call(number: int) -> None:
        begun.append(number)

    results = in_parallel({n: lambda n=n: call(n) for n in range(1000)}, 1)  # type: ignore[misc]
    next(results)
    results.close()  # type: ignore[attr-defined]
    threading.Event().wait(0.05)
    seen = len(begun)
    threading.Event().wait(0.05)

    assert seen == len(begun)


def test_nothing_to_call_is_nothing() -> None:
    assert list(in_parallel({}, 8)) == []

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.transfer.width import Width

if TYPE_CHECKING:
    from collections.abc import Callable


def settle(width: Width, rate: Callable[[int], float], rounds: int = 40) -> list[int]:
    """Return how many connections there were in each round of a network where `rate` is what so many bring."""
    return [width.observe(rate(width.now)) for _ in range(rounds)]


def test_more_are_opened_where_each_adds_its_share() -> None:
    width = Width(now=4, most=16)

    settle(width, lambda connections: 10e6 * connections)

    assert width.now == 16


def test_few_stay_where_they_fill_the_machine() -> None:
    width = Width(now=4, most=16)

    seen = settle(width, lambda _: 1e9)

    # Now and then more are tried; most of the time there are as many as at first.
    assert sorted(seen)[len(seen) // 2] == 4
    assert max(seen) <= 6


def test_as_many_as_a_line_carries_are_found() -> None:
    width = Width(now=4, most=16)

    settle(width, lambda connections: min(connections * 10e6, 60e6))

    assert 4 <= width.now <= 9


def test_never_more_than_allowed() -> None:
    width = Width(now=2, most=3)

    assert max(settle(width, lambda connections: 10e6 * connections)) == 3


def test_server_that_refuses_gets_half() -> None:
    assert Width(now=8, most=16).shrink() == 4
    assert Width(now=1, most=16).shrink() == 1


def test_network_that_changes_is_tried_again() -> None:
    width = Width(now=4, most=16)
    settle(width, lambda _: 50e6)

    settle(width, lambda connections: 10e6 * connections, rounds=60)

    assert width.now == 16

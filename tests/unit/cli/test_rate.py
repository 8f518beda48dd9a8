from __future__ import annotations

from wansync.cli.rate import Rate


def test_rate_is_unknown_at_first_and_then_the_mean() -> None:
    rate = Rate(100.0)
    rate.add(300, 100.5)

    assert rate.per_second(100.9) is None
    assert rate.per_second(101.5) == 200


def test_rate_forgets_what_is_longer_ago_than_its_window() -> None:
    rate = Rate(0.0)
    for second in range(1, 11):
        rate.add(1000, float(second))
    for second in range(11, 31):
        rate.add(10, float(second))

    assert rate.per_second(30.0) == 11


def test_rate_falls_to_nothing_while_nothing_moves() -> None:
    rate = Rate(0.0)
    rate.add(1000, 0.5)
    rate.add(1000, 1.0)

    seen = [rate.per_second(float(now)) for now in range(2, 14)]

    assert seen[0] == 1000
    assert sorted(seen, key=lambda value: -(value or 0)) == seen
    assert seen[-1] == 0


def test_rate_of_a_burst_is_finite() -> None:
    rate = Rate(5.0)
    rate.add(10**12, 5.0)

    assert rate.per_second(5.0) is None
    assert rate.per_second(6.0) == 10**12

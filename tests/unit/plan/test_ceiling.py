"""Whether a plan fetches no more than the user lets it."""

from __future__ import annotations

import pytest

from tests.unit.disks import empty, intact, plan_for
from tests.unit.samples import component, digest, lock_of, locked, model, variant
from wansync.plan import Plan, Policy, download_refusal
from wansync.settings import Reserve

LOCK = lock_of(component("dit", locked("a", 100), locked("b", 50)), model("alpha", variant("small", {"x": ("dit",)})))


def plan_within(limit: int | None, **changes: object) -> Plan:
    policy = Policy(reserve=Reserve(bytes_free=0), max_download=limit)
    return plan_for(LOCK, empty(**changes), ["alpha@small"], policy=policy)


@pytest.mark.parametrize(("limit", "over"), [(None, 0), (150, 0), (151, 0), (149, 1), (0, 150)])
def test_over_download_is_what_the_limit_lacks(limit: int | None, over: int) -> None:
    plan = plan_within(limit)

    assert over == plan.over_download
    assert bool(over) is (download_refusal(plan) is not None)
    assert plan.to_dict()["max_download"] == limit


def test_what_is_here_in_part_or_in_a_cache_is_not_fetched() -> None:
    assert plan_within(90, partials={digest("a"): 60}).over_download == 0
    assert plan_within(89, partials={digest("a"): 60}).over_download == 1
    assert plan_within(50, adoptable={digest("a"): 100}).over_download == 0


def test_plan_that_fetches_nothing_keeps_to_a_limit_of_nothing() -> None:
    policy = Policy(reserve=Reserve(bytes_free=0), max_download=0)

    assert download_refusal(plan_for(LOCK, intact(LOCK), policy=policy)) is None


def test_refusal_says_how_much_it_would_be() -> None:
    refusal = download_refusal(plan_within(30))

    assert refusal is not None
    assert str(refusal) == "It would fetch 150 B, which is 120 B more than the limit of 30 B"
    assert refusal.hint == "Allow it with `--max-download 150` or WANSYNC_MAX_DOWNLOAD, or name fewer models"
    assert refusal.facts == {"to_fetch": 150, "max_download": 30}

"""Every lie ends in the right bytes or a typed error, breaks no promise, and is over when the server behaves again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.chaos.lies import LIES
from tests.chaos.lies.cases import Case, all_cases, sample
from tests.chaos.lies.lie import STALLS
from tests.chaos.stage import READY, WATCHDOG_SECONDS
from tests.chaos.where import MIRRORS, Where

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chaos.stage import Stage

pytestmark = pytest.mark.timeout(200)
ALL = os.environ.get("WANSYNC_TEST_LIES") == "all"
"""Else a sample: see `tests.chaos.lies.cases.sample`; `make chaos` tries all with all."""
CASES = {case.id: case for case in (all_cases() if ALL else sample())}


def test_every_lie_has_a_name_of_its_own() -> None:
    assert len(LIES) == len({lie.name for lie in LIES}) >= 60


def test_every_source_meets_every_lie_and_every_outcome_is_tried_somewhere() -> None:
    met = {(case.where, case.lie.name) for case in sample()}
    missing = {(where, lie.name) for where in Where for lie in LIES if where in lie.told_at} - met
    silent = {lie.name for lie in LIES if lie.hurry is STALLS and Where.HUB in lie.told_at}
    assert {where for where, lie in missing if lie not in silent} <= {Where.BUCKET_MIRROR}
    places = {lie: {where for where, told in met if told == lie} for lie in silent}
    assert all(Where.HUB in found and len(found) == 2 for found in places.values())
    assert set().union(*places.values()) == set(Where)
    assert {where for where, _ in met} == set(Where)
    tried = {case.id.partition(": ")[2] for case in sample()}
    everywhere = (case for case in all_cases() if case.lie.told_at == set(Where))
    assert {case.id.partition(": ")[2] for case in everywhere} - tried == set()


def test_mirror_is_never_the_end_of_it() -> None:
    assert {case.expected for case in all_cases() if case.where in MIRRORS} == {frozenset({READY})}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_lie_is_healed_or_told(make_stage: Callable[[Where], Stage], case: Case) -> None:
    stage = make_stage(case.where)
    stage.liar.lie(case.lie.fault, at_hub=case.lie.at_hub, times=case.times)

    ended = stage.sync(case.name, case.lie.hurry, watchdog=WATCHDOG_SECONDS)

    assert any(asked.lied for asked in stage.liar.asked)
    assert (ended.how, ended.how in case.expected) == (ended.how, True), ended.said
    assert stage.broken(ended) == []
    if ended.how == READY:
        assert stage.is_right(case.name)
    else:
        assert stage.not_healed(case.name, kept=case.lie.kept) == []

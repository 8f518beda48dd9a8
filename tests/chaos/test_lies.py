"""Every lie ends in the right bytes or a typed error, breaks no promise, and is over when the server behaves again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.chaos.lies import LIES
from tests.chaos.stage import READY, SMALL, WATCHDOG_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chaos.lies import Lie
    from tests.chaos.stage import Stage

pytestmark = pytest.mark.timeout(200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A lie about one of the files."""

    id: str
    lie: Lie
    name: str
    expected: frozenset[str]
    times: int | None = None


def cases() -> Iterator[Case]:
    """Yield each lie for each file that it is tried on."""
    for lie in LIES:
        if lie.small:
            yield Case(id=f"{lie.name}, always, small", lie=lie, name=SMALL, expected=lie.small)
        if lie.large:
            yield Case(id=f"{lie.name}, always, larger", lie=lie, name=lie.file, expected=lie.large)
        if lie.once:
            yield Case(id=f"{lie.name}, at first", lie=lie, name=lie.file, expected=lie.once, times=lie.times)


CASES = {case.id: case for case in cases()}


def test_every_lie_has_a_name_of_its_own() -> None:
    assert len(LIES) == len({lie.name for lie in LIES}) >= 60


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_lie_is_healed_or_told(stage: Stage, case: Case) -> None:
    stage.liar.lie(case.lie.fault, at_hub=case.lie.at_hub, times=case.times)

    ended = stage.sync(case.name, case.lie.hurry, watchdog=WATCHDOG_SECONDS)

    assert any(asked.lied for asked in stage.liar.asked)
    assert (ended.how, ended.how in case.expected) == (ended.how, True), ended.said
    assert stage.broken(ended) == []
    if ended.how == READY:
        assert stage.is_right(case.name)
    else:
        assert stage.not_healed(case.name, kept=case.lie.kept) == []

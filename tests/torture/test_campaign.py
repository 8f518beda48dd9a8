"""The campaign itself: it goes on where it was, and says what it found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.faults.children import posix_only
from tests.torture import host
from tests.torture.campaign import Campaign, Wanted, main
from tests.torture.report import render
from tests.torture.trial import Outcome

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = posix_only

WANTED = Wanted(seed=1, kills=3, cuts=0, every=0, faults=())


class Trials:
    """A part whose third trial breaks a promise, and that dies when it is told to."""

    name = "trials"
    trials: int | None = None

    def __init__(self, dies_at: int = -1) -> None:
        self.ran: list[int] = []
        self._dies_at = dies_at

    def run(self, number: int) -> Outcome:
        if number == self._dies_at:
            raise KeyboardInterrupt
        self.ran.append(number)
        return Outcome(faults=1, broken=("I1: a blob",) if number == 2 else (), counts={"seen": 2})


def test_campaign_goes_on_where_it_was_interrupted(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "state.json"
    with pytest.raises(KeyboardInterrupt):
        Campaign(WANTED, state).go_on("trials", Trials(dies_at=2), 4)

    again = Campaign(WANTED, state)
    part = Trials()
    again.go_on("trials", part, 4)

    tally = again.tallies["trials"]
    assert part.ran == [2, 3]
    assert (tally.next, tally.faults, tally.broken, tally.counts) == (4, 4, 1, {"seen": 8})
    assert tally.violations == [{"trial": 2, "broken": "I1: a blob"}]
    assert json.loads(state.read_text()) == again.to_dict()


def test_part_that_is_through_is_not_begun_again(tmp_path: Path) -> None:
    campaign, part = Campaign(WANTED, tmp_path / "state.json"), Trials()
    part.trials = 2

    for _ in range(2):
        campaign.go_on("trials", part, None)

    assert part.ran == [0, 1]


def test_state_of_another_campaign_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "state.json"
    Campaign(WANTED, state).save()

    assert main(["--kills", "1", "--seed", "2", "--state", str(state)]) == 2
    assert "has another campaign" in capsys.readouterr().err


def test_host_that_cannot_do_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.torture.campaign.lacks_strace", lambda: "strace is not installed")

    assert main(["--syscalls", "1", "--seed", "2", "--state", str(tmp_path / "state.json")]) == 2
    assert capsys.readouterr().err == "error: strace is not installed\n"


@pytest.mark.parametrize(("required", "outcome"), [(set(), pytest.skip.Exception), ({"strace"}, pytest.fail.Exception)])
def test_what_a_host_lacks_is_skipped_unless_it_is_required(
    monkeypatch: pytest.MonkeyPatch, required: set[str], outcome: type[BaseException]
) -> None:
    monkeypatch.setattr(host, "REQUIRED", required)
    monkeypatch.setitem(host._LACKS, "strace", lambda: "strace is not installed")

    with pytest.raises(outcome, match="strace is not installed"):
        host.require("strace")


def test_report_names_what_was_broken(tmp_path: Path) -> None:
    campaign = Campaign(WANTED, tmp_path / "state.json")
    campaign.go_on("trials", Trials(), 3)

    lines = render(campaign.to_dict()).splitlines()

    assert lines[0].startswith("seed 1, ")
    assert lines[1].startswith("trials: 3 faults in 3 trials, ")
    assert lines[1].endswith(": 1 promises broken")
    assert lines[2:] == ["  seen: 6", "  trial 2: I1: a blob"]

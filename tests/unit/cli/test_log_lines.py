from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.cli.progresses import MIB, Watch, fetched, fetching, followed, hashing, ready, stage, started
from wansync.cli.log_lines import LogLines
from wansync.events import AskStarted, LinkStarted, SourceAnswered

if TYPE_CHECKING:
    from wansync.events import Event


class Log(Watch):
    """A watch whose log lines go to stderr."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = LogLines(self.tally, lambda: self.now)

    def tell(self, *events: Event) -> None:
        for event in events:
            self.tally.report(event)
            self.lines.report(event)


@pytest.fixture
def log() -> Log:
    return Log()


def test_large_file_has_a_line_at_its_start_and_then_every_ten_seconds_or_five_percent(
    log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    size = 1000 * MIB
    log.tell(stage(1, size), started("a", size), fetching("a", size))
    for second in range(1, 41):
        log.wait(1)
        log.tell(fetched("a", second * 4 * MIB, size))

    # Four MiB a second: ten seconds are 4 %, so the five percent decide.
    assert capsys.readouterr().err.splitlines() == [
        "Fetching a (1000.0 MiB)",
        "a: 5% of 1000.0 MiB, 4.0 MiB/s, ETA 3m 57s",
        "a: 10% of 1000.0 MiB, 4.0 MiB/s, ETA 3m 44s",
        "a: 15% of 1000.0 MiB, 4.0 MiB/s, ETA 3m 31s",
    ]


def test_large_files_in_flight_at_once_have_lines_of_their_own(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    size = 200 * MIB
    log.tell(stage(2, 2 * size, resumed=50 * MIB))
    log.tell(started("a", size, have=50 * MIB), fetching("a", size, offset=50 * MIB))
    log.tell(started("b", size), hashing("b", size))
    log.wait(20)
    log.tell(fetched("a", 150 * MIB, size), fetched("b", 20 * MIB, size))

    assert capsys.readouterr().err.splitlines() == [
        "Fetching a (200.0 MiB, 50.0 MiB here)",
        "Checking b (200.0 MiB)",
        "a: 75% of 200.0 MiB, 5.0 MiB/s, ETA 10s",
        "b: 10% of 200.0 MiB, 1.0 MiB/s, ETA 3m 00s",
    ]


def test_many_small_files_have_one_line_every_ten_seconds(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    log.tell(stage(5000, 5000 * MIB))
    for number in range(2500):
        log.tell(started(f"{number}", MIB), fetching(f"{number}", MIB), fetched(f"{number}", MIB, MIB))
        log.tell(ready(f"{number}", MIB))
        log.wait(1 / 128)

    assert capsys.readouterr().err.splitlines() == [
        "Fetching: 1,280 of 5,000 files, 1.2 of 4.9 GiB, 128.0 MiB/s, ETA 29s",
    ]


def test_waiting_for_sources_and_linking_are_said_too(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    log.tell(AskStarted(questions=3))
    log.wait(11)
    log.tell(SourceAnswered(source="hf:a/b"), LinkStarted(views=1, files=9))
    log.wait(11)
    log.tell(LinkStarted(views=1, files=9))

    assert capsys.readouterr().err.splitlines() == ["Asking sources: 1 of 3", "Linking: 0 of 9"]


def test_run_of_a_few_seconds_says_nothing(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    log.tell(stage(2, 2 * MIB), started("a", MIB), fetching("a", MIB), fetched("a", MIB, MIB), ready("a", MIB))

    assert capsys.readouterr().err == ""


def test_lines_hold_no_control_characters(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    log.tell(fetching("a\r\x1b[2Jb", 200 * MIB))

    assert capsys.readouterr().err == "Fetching a\\r\\x1b[2Jb (200.0 MiB)\n"


def test_run_that_is_waited_for_has_a_line_every_ten_seconds(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    log.tell(stage(1, 100 * MIB))
    for second in range(1, 22):
        log.wait(1)
        log.tell(followed(second * 4 * MIB, 400 * MIB))

    assert capsys.readouterr().err.splitlines() == [
        "Waiting for wansync (process 7 on gpu-1): 40.0 of 400.0 MiB fetched",
        "Waiting for wansync (process 7 on gpu-1): 80.0 of 400.0 MiB fetched",
    ]

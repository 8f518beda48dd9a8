from __future__ import annotations

import pytest

from tests.unit.cli.progresses import (
    Watch,
    fetched,
    fetching,
    hash_finished,
    hashed,
    hashing,
    ready,
    stage,
    started,
)
from wansync.cli.snapshot import Activity
from wansync.events import (
    AskStarted,
    FetchRestarted,
    FileFailed,
    LinkProgress,
    LinkStarted,
    SourceAnswered,
    VerifyStarted,
)


@pytest.fixture
def watch() -> Watch:
    return Watch()


def seen(watch: Watch) -> tuple[int, int, int, int]:
    now = watch.tally.snapshot()
    return now.files_done, now.files, now.done, now.size


def test_total_is_known_from_the_start(watch: Watch) -> None:
    watch.tell(stage(3, 900))

    assert seen(watch) == (0, 3, 0, 900)
    assert watch.tally.snapshot().activity is Activity.FETCH


def test_total_of_several_files_in_flight_adds_them_up(watch: Watch) -> None:
    """Two files that have the same path are told apart by their digests."""
    watch.tell(stage(3, 900))
    watch.tell(started("a", 400), fetching("a", 400), started("b", 400), fetching("b", 400))
    watch.tell(fetched("a", 100, 400), fetched("b", 50, 400), fetched("a", 200, 400))

    assert seen(watch) == (0, 3, 250, 900)
    assert [(flight.path, flight.done) for flight in watch.tally.snapshot().flights] == [("a", 200), ("b", 50)]

    watch.tell(ready("a", 400))

    assert seen(watch) == (1, 3, 450, 900)
    assert [flight.path for flight in watch.tally.snapshot().flights] == ["b"]


def test_resumed_bytes_count_from_the_start_and_never_as_moved(watch: Watch) -> None:
    watch.tell(stage(2, 1000, resumed=600))
    assert seen(watch) == (0, 2, 600, 1000)

    watch.wait(5)
    watch.tell(started("a", 800, have=600), hashing("a", 600), hashed("a", 600, 600), fetching("a", 800, offset=600))

    assert seen(watch) == (0, 2, 600, 1000)
    assert (watch.tally.snapshot().rate, watch.tally.snapshot().eta) == (0, None)

    watch.tell(fetched("a", 700, 800))

    assert watch.tally.snapshot().rate == 20
    assert watch.tally.snapshot().eta == 15


def test_partial_that_was_gone_after_all_is_taken_back(watch: Watch) -> None:
    watch.tell(stage(1, 800, resumed=600), started("a", 800, have=600), fetching("a", 800))
    assert seen(watch) == (0, 1, 0, 800)

    watch.tell(fetched("a", 10, 800), FetchRestarted(digest="d-a", path="a", dropped=10))
    assert seen(watch) == (0, 1, 0, 800)

    watch.tell(fetched("a", 800, 800), ready("a", 800))
    assert seen(watch) == (1, 1, 800, 800)


def test_rate_is_never_negative(watch: Watch) -> None:
    watch.tell(stage(1, 800), started("a", 800), fetching("a", 800), fetched("a", 700, 800))
    watch.wait(2)
    watch.tell(FetchRestarted(digest="d-a", path="a", dropped=700), fetched("a", 1, 800))
    watch.wait(30)

    assert (watch.tally.snapshot().rate or 0) >= 0


def test_file_that_failed_counts_what_is_kept_of_it(watch: Watch) -> None:
    watch.tell(stage(2, 900), started("a", 400), fetching("a", 400), fetched("a", 100, 400))
    watch.tell(FileFailed(digest="d-a", path="a", error="NETWORK_FAIL", message="x"))

    assert seen(watch) == (0, 2, 100, 900)
    assert watch.tally.kept == (100, 900)


def test_kept_is_unknown_before_a_stage_and_stays_known_after_it(watch: Watch) -> None:
    watch.tell(AskStarted(questions=1))
    assert watch.tally.kept is None

    watch.tell(stage(1, 10), started("a", 10), ready("a", 10), LinkStarted(views=1, files=2))
    assert watch.tally.kept == (10, 10)


def test_check_of_what_is_here_is_no_fetching(watch: Watch) -> None:
    watch.tell(stage(1, 10, to_fetch=0), started("a", 10), hashing("a", 10), hashed("a", 5, 10))

    assert watch.tally.snapshot().activity is Activity.CHECK
    assert seen(watch) == (0, 1, 5, 10)


def test_verify_counts_files_and_bytes_also_of_missing_ones(watch: Watch) -> None:
    watch.tell(VerifyStarted(files=2, size=30))
    watch.tell(hashing("a", 10), hashed("a", 10, 10), hash_finished("a"))
    watch.tell(hashing("b", 20), hash_finished("b", intact=False))

    assert seen(watch) == (2, 2, 30, 30)


def test_questions_and_links_are_counted(watch: Watch) -> None:
    watch.tell(AskStarted(questions=2), SourceAnswered(source="hf:a/b"))
    assert seen(watch) == (1, 2, 0, 0)

    watch.tell(LinkStarted(views=2, files=5), LinkProgress(name="a", done=2), LinkProgress(name="b", done=1))
    assert seen(watch) == (3, 5, 0, 0)

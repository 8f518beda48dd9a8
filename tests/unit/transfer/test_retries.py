from __future__ import annotations

from wansync.digest import Revision
from wansync.errors import NetworkFailError
from wansync.manifest import SourceRef
from wansync.paths import RelativePath
from wansync.plan import Origin
from wansync.sources import Patience
from wansync.transfer.failures import RETRIES_OF_FILE, Budget, Quarantine, Retries

ERROR = NetworkFailError("broke off", hint="none")
ENOUGH = 2**16


def retries(run: Budget | None = None) -> Retries:
    return Retries(Patience(retries=2, first=1, longest=8), run or Budget(10_000), lambda: 100.0)


def test_failures_in_a_row_use_up_patience() -> None:
    file = retries()

    assert [file.note(ERROR, 0) is None for _ in range(3)] == [False, False, True]


def test_progress_gives_new_patience() -> None:
    file = retries()

    assert all(file.note(ERROR, ENOUGH * number) is not None for number in range(1, 50))


def test_few_bytes_are_no_progress() -> None:
    file = retries()

    assert [file.note(ERROR, (ENOUGH - 1) * number) is None for number in range(1, 4)] == [False, False, True]


def test_next_request_is_made_after_the_wait() -> None:
    file = retries()

    wait = file.note(ERROR, 0)

    assert wait is not None
    assert file.until == 100 + wait
    assert file.round == 1


def test_server_says_how_long_to_wait() -> None:
    asked = NetworkFailError("slow down", hint="none", retry_after=7)

    assert retries().note(asked, 0) == 8


def test_file_that_breaks_for_ever_ends_in_spite_of_progress() -> None:
    file = retries()

    counts = [file.note(ERROR, ENOUGH * number) for number in range(1, RETRIES_OF_FILE + 2)]

    assert None not in counts[:-1]
    assert counts[-1] is None


def test_files_of_a_run_share_its_budget() -> None:
    run = Budget(3)
    first, second = retries(run), retries(run)

    assert [file.note(ERROR, ENOUGH) is None for file in (first, second, first, second)] == [False, False, False, True]


def test_source_of_wrong_bytes_is_asked_last() -> None:
    refs = [SourceRef.parse(text) for text in ("hf:a/one", "hf:a/two", "hf:a/three")]
    origins = [Origin(source=ref, revision=Revision("a" * 40), path=RelativePath("x")) for ref in refs]
    quarantine = Quarantine()
    quarantine.add(refs[0])

    assert [str(origin.source) for origin in quarantine.sorted(origins)] == ["hf:a/two", "hf:a/three", "hf:a/one"]
    assert quarantine.sources == (refs[0],)

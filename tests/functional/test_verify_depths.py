"""`wansync verify --quick`, `--budget` and `--oldest-first`: less is hashed, and it is said how much was not."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.functional.test_verify import BETA, flip_bit
from tests.support.project import Recorder, wansync
from wansync.digest import Digest
from wansync.events import HashProgress, HashStarted
from wansync.plan import Depth
from wansync.settings import Budget
from wansync.store.blobs import Blobs

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder
    from wansync.store.blobs import Verdict

UMT5 = "shared/text_encoder/model.safetensors"


def age(project: ProjectBuilder, name: str, *, days: int) -> None:
    """Let a blob have been hashed so many days before 2026-08-14."""
    path = project.layout.attest(Digest.of(project.files[name]))
    values = json.loads(path.read_text())
    values["verified_at_ms"] = (1_786_665_600 - days * 86400) * 1000
    path.write_text(json.dumps(values))


def touch(project: ProjectBuilder, name: str) -> None:
    blob = project.blob(name)
    data = blob.read_bytes()
    blob.chmod(0o644)
    blob.write_bytes(data)
    blob.chmod(0o444)


def verified(*arguments: str) -> dict[str, Any]:
    return document("verify", wansync("verify", *arguments, "--json"))


def hashed(report: dict[str, Any]) -> list[int]:
    return sorted(file["size"] for file in report["files"] if file["hashed"])


@pytest.fixture
def aged(synced: ProjectBuilder) -> ProjectBuilder:
    """The synced project, whose files were hashed one a day, in the order of their names."""
    for number, name in enumerate(sorted(synced.files)):
        age(synced, name, days=10 - number)
    return synced


def test_quick_hashes_nothing_that_is_as_it_was(aged: ProjectBuilder) -> None:
    assert snapshot("""\
--- stderr
Verified 0 of 6 files, 0 B: all intact
Unchanged: 6 files, 18.6 KiB, the oldest verified 2026-08-04 00:00 UTC
--- status 0
""") == shown(wansync("verify", "--quick"), aged)


def test_quick_hashes_what_has_changed_since(aged: ProjectBuilder) -> None:
    touch(aged, BETA)

    report = verified("--quick")

    assert (report["depth"], report["intact"], hashed(report), report["bytes_hashed"]) == ("quick", True, [7000], 7000)
    assert (report["left"]["files"], report["left"]["never_verified"]) == (5, 0)
    assert hashed(verified("--quick")) == []


def test_quick_finds_damage_and_reports_it_again_without_hashing(aged: ProjectBuilder) -> None:
    flip_bit(aged, BETA)

    first, second = verified("--quick"), verified("--quick")

    assert (hashed(first), hashed(second)) == ([7000], [])
    assert [report["intact"] for report in (first, second)] == [False, False]
    assert [file["state"] for file in second["files"] if file["size"] == 7000] == ["corrupt"]


def test_quick_does_not_find_what_the_disk_changed_by_itself(aged: ProjectBuilder) -> None:
    """An attest is about what stat shows; only hashing finds the rest, and then it is known."""
    flip_bit(aged, BETA)
    path, blob = aged.layout.attest(Digest.of(aged.files[BETA])), aged.blob(BETA)
    values, seen = json.loads(path.read_text()), blob.stat()
    values["fingerprint"] |= {"mtime_ns": seen.st_mtime_ns, "ctime_ns": seen.st_ctime_ns}
    path.write_text(json.dumps(values))

    assert wansync("verify", "--quick").status == 0
    assert wansync("verify", "--full").status == 1
    assert wansync("verify", "--quick").status == 1


def test_budget_takes_the_oldest_and_the_next_run_goes_on(aged: ProjectBuilder) -> None:
    runs = [hashed(verified("--budget", "8K")) for _ in range(4)]

    assert runs[:3] == [[20, 5000], [20, 3000], [7000]]
    assert 4000 in runs[3]


def test_budget_says_what_is_left(aged: ProjectBuilder) -> None:
    assert snapshot("""\
--- stderr
Verified 2 of 6 files, 4.9 KiB: all intact
Left for the next run: 4 files, 13.7 KiB, the oldest verified 2026-08-06 00:00 UTC
--- status 0
""") == shown(wansync("verify", "--budget", "6K"), aged)


def test_quick_budget_tells_what_is_unchanged_from_what_is_left(aged: ProjectBuilder) -> None:
    touch(aged, BETA)
    touch(aged, UMT5)
    said = snapshot("""\
--- stderr
Verified 1 of 6 files, 6.8 KiB: all intact
Unchanged: 4 files, 7.9 KiB, the oldest verified 2026-08-04 00:00 UTC
Left for the next run: 1 file, 3.9 KiB, 1 never verified as they are now
--- status 0
""")

    assert said == shown(wansync("verify", "--quick", "--budget", "7K"), aged)
    assert hashed(verified("--quick", "--budget", "7K")) == [4000]
    assert "Left" not in wansync("verify", "--quick", "--budget", "7K").stderr


def test_budget_begins_with_what_nobody_has_hashed(aged: ProjectBuilder) -> None:
    touch(aged, UMT5)

    report = verified("--budget", "1K")

    assert hashed(report) == [4000]
    assert report["left"]["never_verified"] == 0


def test_budget_is_not_used_up_by_what_is_known_to_be_wrong(aged: ProjectBuilder) -> None:
    flip_bit(aged, BETA)
    assert wansync("verify").status == 1
    for number, name in enumerate(sorted(aged.files)):
        age(aged, name, days=10 - number)
    age(aged, BETA, days=99)

    ran = wansync("verify", "--budget", "1K", "--json")

    report = document("verify", ran)
    assert (ran.status, report["intact"]) == (1, False)
    assert hashed(report) == [20]


def test_budget_of_time_ends_when_it_is_up(aged: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file at once, each a second long."""
    now = iter(range(1000))
    monkeypatch.setattr("wansync.ops.hashing.count_cores", lambda: 1)
    monkeypatch.setattr("wansync.ops.hashing.monotonic", lambda: next(now))

    report = verified("--budget", "3s")

    assert len(hashed(report)) == 2
    assert report["left"]["files"] == 4


def test_oldest_first_begins_with_the_oldest(aged: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wansync.ops.hashing.count_cores", lambda: 1)
    recorder = Recorder()

    aged.api(reporters=[recorder]).verify(depth=Depth(oldest_first=True))

    assert [event.size for event in recorder.of(HashStarted)] == [len(aged.files[name]) for name in sorted(aged.files)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--full", "--quick"], "--full hashes every file"),
        (["--full", "--budget", "1G"], "--full hashes every file"),
        (["--budget", "soon"], "`soon` is no budget"),
        (["--budget", "10"], "`10` is no budget"),
        (["--budget", "0s"], "`0s` is no budget"),
    ],
    ids=" ".join,
)
def test_options_that_make_no_sense_are_refused(synced: ProjectBuilder, arguments: list[str], said: str) -> None:
    ran = wansync("verify", *arguments)

    assert ran.status == 2
    assert said in ran.stderr


def test_several_files_are_hashed_at_once_and_reported_in_order(
    aged: ProjectBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wansync.ops.hashing.count_cores", lambda: 2)
    in_turn = [file["path"] for file in verified("--quick")["files"]]
    together, examine = threading.Barrier(2), Blobs.examine

    def meet(self: Blobs, *about: Any) -> Verdict:  # noqa: ANN401
        together.wait(30)
        return examine(self, *about)

    monkeypatch.setattr(Blobs, "examine", meet)

    assert [file["path"] for file in verified()["files"]] == in_turn


def test_who_leaves_early_takes_no_locks_with_him(aged: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Ctrl-C does: the threads stop at their next block, so that another run finds no lock held."""
    monkeypatch.setattr("wansync.ops.hashing.count_cores", lambda: 2)
    hashing, go_on = threading.Event(), threading.Event()

    class Slow:
        def report(self, event: object) -> None:
            if isinstance(event, HashProgress):
                hashing.set()
                go_on.wait(30)

    def left_early(*_: object) -> object:
        hashing.wait(30)
        go_on.set()
        raise KeyboardInterrupt

    monkeypatch.setattr("wansync.sources.parallel._next", left_early)
    with pytest.raises(KeyboardInterrupt):
        aged.api(reporters=[Slow()]).verify(depth=Depth(budget=Budget(seconds=100)))
    monkeypatch.undo()

    assert [thread.name for thread in threading.enumerate() if thread.daemon and "work" in thread.name] == []
    assert aged.api(lock_timeout=0.0).verify().intact

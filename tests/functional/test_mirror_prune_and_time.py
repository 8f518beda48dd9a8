"""What happens on a mirror between two steps of a push or a prune."""

from __future__ import annotations

import errno
import os
from _thread import interrupt_main
from threading import Event, Lock
from time import sleep
from typing import TYPE_CHECKING

import pytest

from tests.functional.output import document
from tests.functional.test_mirror_prune_beside_push import leave_mark, objects_of
from tests.support.project import wansync
from wansync.collect.mirror import LockRetention
from wansync.digest import Digest
from wansync.errors import LockTimeoutError, SourceFailError
from wansync.mirrors import LEASE_SECONDS, MARKS, PruneMark, living_marks, mark
from wansync.mirrors.directory import DirectoryObjects
from wansync.ops import mirror_announce, mirror_prune
from wansync.ops.gather import gather
from wansync.ops.mirror_announce import announce
from wansync.ops.mirror_prune import plan_mirror_prune, prune_mirror
from wansync.settings.mirrors import LOCKS, Mirror, MirrorMode
from wansync.store import processes
from wansync.store.fsops import FileSystem
from wansync.store.layout import StoreLayout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.functional.mirrors import Fleet
    from wansync.mirrors import Found, Stored
    from wansync.paths import RelativePath

ENDED = "4194303.55.0a0a0a0a"
"""Of a process that is none: the number is the last that Linux gives, and who has it began later."""


class Watched(DirectoryObjects):
    """A directory where something happens before each step."""

    def __init__(self, fleet: Fleet, happens: Callable[[str, RelativePath], None]) -> None:
        mirror = Mirror(name="nas", url=f"file:{fleet.mirror}", mode=MirrorMode.READWRITE)
        super().__init__(mirror, fleet.mirror)
        self._happens = happens

    def list(self, folder: RelativePath) -> Iterator[Stored]:
        self._happens("list", folder)
        for found in super().list(folder):
            self._happens("found", found.path)
            yield found

    def read(self, path: RelativePath) -> bytes:
        self._happens("read", path)
        return super().read(path)

    def remove(self, path: RelativePath) -> None:
        self._happens("remove", path)
        super().remove(path)


def leave_garbage(fleet: Fleet, *names: bytes) -> list[Path]:
    """Put objects that no lock names."""
    paths = [StoreLayout(fleet.mirror).blob(Digest.of(name)) for name in names]
    for path, name in zip(paths, names, strict=True):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name)
    return paths


@pytest.mark.parametrize("kind", ["lock", "from"])
def test_lock_that_an_ending_prune_took_is_brought_again(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The prune had planned to take it before the push wrote it, and is over before the push looks for marks."""
    fleet.filled()
    monkeypatch.setattr(mirror_announce, "_POLL_SECONDS", 0.0)
    (taken,) = (fleet.mirror / "locks").glob(f"*.{kind}")
    workspace = fleet.project.api()._workspace()
    pruning = [PruneMark(objects_of(fleet)).__enter__()]

    def end(step: str, path: RelativePath) -> None:
        if (step, path) == ("list", MARKS) and pruning:
            taken.unlink()
            pruning.pop().__exit__()

    announce(gather(workspace), workspace.settings.mirrors[0], Watched(fleet, end))

    assert (pruning, taken.is_file()) == ([], True)


def test_mirror_that_never_shows_the_lock_is_an_error(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    class Blind(DirectoryObjects):
        def look(self, path: RelativePath) -> Found | None:
            return None

    fleet.filled()
    monkeypatch.setattr(mirror_announce, "_POLL_SECONDS", 0.0)
    workspace = fleet.project.api()._workspace()
    mirror = workspace.settings.mirrors[0]

    with pytest.raises(SourceFailError, match="does not show the lock"):
        announce(gather(workspace), mirror, Blind(mirror, fleet.mirror))


@pytest.mark.skipif(not processes.boot_id(), reason="the system has no name of its boot")
@pytest.mark.parametrize(("boot", "living"), [(".another-boot", 1), ("", 1), (".unknown", 1), ("own", 0)])
def test_only_of_our_machine_a_prune_is_known_to_be_dead(fleet: Fleet, boot: str, living: int) -> None:
    """Others may have our name; an older version says no more than that."""
    fleet.filled()
    objects = objects_of(fleet)
    suffix = f".{processes.boot_id()}" if boot == "own" else boot
    mark = leave_mark(fleet, f"{processes.host_name()}.{ENDED}{suffix}", age=0)
    written = mark.stat().st_mtime

    assert len(living_marks(objects, written)) == living
    assert living_marks(objects, written + LEASE_SECONDS + 1) == []
    with PruneMark(objects) as own:
        assert len(living_marks(objects, own.now)) == living + 1


@pytest.mark.parametrize("ended", [True, False])
def test_mark_in_the_making_is_none_and_goes_with_its_writer(fleet: Fleet, *, ended: bool) -> None:
    """A prune that was killed while it wrote its mark held pushes up, also on its own machine."""
    fleet.filled()
    fleet.patch.setenv("WANSYNC_LOCK_TIMEOUT", "0")
    writer = f"{processes.host_name()}.{ENDED}" if ended else processes.writer_name()
    left = [leave_mark(fleet, f".{writer}.{processes.boot_id()}.{writer}.tmp", age=0)]
    left.append(left[0].rename(fleet.mirror / LOCKS / f".{'0' * 64}.lock.{writer}.tmp"))
    leave_mark(fleet, left[0].name, age=0)

    assert wansync("mirror", "push").status == 0
    assert wansync("mirror", "prune", "--yes").status == 0

    assert [path.exists() for path in left] == [not ended, not ended]


@pytest.mark.parametrize("step", ["found", "read"])
def test_prune_of_a_mirror_that_is_slow_to_list_holds_its_mark(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Each object, or the lock, takes longer than a mark is held, and all of them longer than it may be old."""
    fleet.filled()
    garbage = leave_garbage(fleet, b"one")
    time = [0.0]

    def pass_time(happens: str, path: RelativePath) -> None:
        if happens == step and path.parts[0] != MARKS.text:
            time[0] += 70.0 if step == "found" else 200.0

    if step == "read":
        (lock,) = (fleet.mirror / "locks").glob("*.lock")
        for number in range(3):
            data = lock.read_bytes() + b"\n" * (number + 1)
            (fleet.mirror / "locks" / f"{Digest.of(data).hex}.lock").write_bytes(data)
    watched = Watched(fleet, pass_time)
    monkeypatch.setattr(mirror_prune, "open_objects", lambda *_: watched)
    monkeypatch.setattr(mirror_prune, "PruneMark", lambda objects: PruneMark(objects, [lambda: time[0]]))

    report = prune_mirror(fleet.project.api()._workspace(), None, LockRetention(grace=0))

    assert time[0] > 400
    assert (len(report.plan.objects), garbage[0].exists()) == (1, False)


@pytest.mark.parametrize("shown", [False, True])
def test_locks_are_read_once_and_while_nobody_waits(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, *, shown: bool
) -> None:
    """One that another prune takes before it is read is none."""
    fleet.filled()
    (garbage,) = leave_garbage(fleet, b"one")
    (lock,) = (fleet.mirror / LOCKS).glob("*.lock")
    taken = lock.with_name(f"{Digest.of(b'taken')}.lock")
    taken.write_bytes(b"taken")
    read: list[str] = []

    def note(step: str, path: RelativePath) -> None:
        if step == "found":
            taken.unlink(missing_ok=True)
        if step == "read" and path.name != taken.name:
            read.append(path.name)
            assert not list(fleet.mirror.glob(f"{MARKS}/*"))

    watched = Watched(fleet, note)
    monkeypatch.setattr(mirror_prune, "open_objects", lambda *_: watched)
    workspace, retention = fleet.project.api()._workspace(), LockRetention(grace=0)
    plan = plan_mirror_prune(workspace, None, retention) if shown else None

    prune_mirror(workspace, None, retention, plan)

    assert (read, garbage.exists()) == ([lock.name], False)


def test_nothing_goes_when_the_mark_is_gone_after_a_failure(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.filled()
    leave_garbage(fleet, *(bytes([number]) for number in range(50)))
    begun: list[RelativePath] = []
    marked: list[bool] = []

    def fail(step: str, path: RelativePath) -> None:
        if step == "remove" and path.parts[0] == "blobs":
            begun.append(path)
            if len(begun) == 1:
                raise LockTimeoutError("refused", hint="none")
            sleep(0.05)
            marked.append(any((fleet.mirror / MARKS.text).iterdir()))

    watched = Watched(fleet, fail)
    monkeypatch.setattr(mirror_prune, "open_objects", lambda *_: watched)
    with pytest.raises(LockTimeoutError):
        prune_mirror(fleet.project.api()._workspace(), None, LockRetention(grace=0))

    sleep(0.2)
    assert all(marked)
    assert len(begun) <= watched.width


@pytest.mark.parametrize("stuck", [False, True])
def test_mark_stays_until_what_a_stopped_prune_had_begun_has_ended(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, *, stuck: bool
) -> None:
    """A server that answers to no removal is not waited for; then the mark stays, as that of one that was killed."""
    fleet.filled()
    leave_garbage(fleet, *(bytes([number]) for number in range(50)))
    begun: list[RelativePath] = []
    ended: list[bool] = []
    first, answer = Lock(), Event()

    def stop(step: str, path: RelativePath) -> None:
        if step == "remove" and path.parts[0] == "blobs":
            begun.append(path)
            if first.acquire(blocking=False):
                interrupt_main()
            answer.wait(100 if stuck else 0.3)
            ended.append(any((fleet.mirror / MARKS.text).iterdir()))

    watched = Watched(fleet, stop)
    monkeypatch.setattr(mirror_prune, "open_objects", lambda *_: watched)
    if stuck:
        monkeypatch.setattr(mark, "_ENDING_SECONDS", 0.0)
    with pytest.raises(KeyboardInterrupt):
        prune_mirror(fleet.project.api()._workspace(), None, LockRetention(grace=0))

    assert any((fleet.mirror / MARKS.text).iterdir()) == stuck
    assert (len(begun) <= watched.width, len(ended)) == (True, 0 if stuck else len(begun))
    assert all(ended)
    answer.set()


class Full(FileSystem):
    """A disk without a free block; a name needs none."""

    def write(self, descriptor: int, data: bytes | memoryview) -> None:
        if data:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().write(descriptor, data)


def test_mirror_whose_disk_is_full_can_be_pruned(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.filled()
    (garbage,) = leave_garbage(fleet, b"one")
    workspace = fleet.project.api()._workspace()
    full = DirectoryObjects(workspace.settings.mirrors[0], fleet.mirror, Full())
    monkeypatch.setattr(mirror_prune, "open_objects", lambda *_: full)

    prune_mirror(workspace, None, LockRetention(grace=0))

    assert not garbage.exists()


@pytest.mark.parametrize("age", [0.0, LEASE_SECONDS + 60])
def test_claim_that_a_prune_left_when_it_was_cut_short_goes(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, age: float
) -> None:
    """A young one may be that of a push that is about to bring the lock."""
    fleet.filled()
    (kept,) = (fleet.mirror / LOCKS).glob("*.from")
    left = kept.with_name(f"{'0' * 64}.dead.from")
    for claim in (left, kept):
        claim.touch()
    # Its time cannot be set, only what counts as long ago.
    monkeypatch.setattr(mirror_prune, "LEASE_SECONDS", LEASE_SECONDS - age)

    report = document("mirror-prune", wansync("mirror", "prune", "--yes", "--json"))

    assert (report["removed"], left.exists(), kept.exists()) == (True, not age, True)

"""What happens on a mirror between two steps of a push or a prune."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functional.test_mirror_prune_beside_push import leave_mark, objects_of
from wansync.errors import SourceFailError
from wansync.mirrors import LEASE_SECONDS, MARKS, PruneMark, living_marks
from wansync.mirrors.directory import DirectoryObjects
from wansync.ops import mirror_announce
from wansync.ops.gather import gather
from wansync.ops.mirror_announce import announce
from wansync.settings.mirrors import Mirror, MirrorMode
from wansync.store import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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

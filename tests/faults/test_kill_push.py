"""`kill -9` while files are pushed to a mirror: nothing wrong has a name there, and the next push goes on."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from tests.faults.children import fork, posix_only, wait
from tests.support.project import content, wansync
from wansync.digest import Digest
from wansync.errors import SourceFailError
from wansync.mirrors.directory import DirectoryObjects
from wansync.paths import RelativePath
from wansync.settings.mirrors import Mirror, MirrorMode
from wansync.store.fsops import FileSystem
from wansync.store.processes import host_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.project import ProjectBuilder

pytestmark = [posix_only, pytest.mark.timeout(120)]
BIG = 6_000_000
BEGUN = b"wei"
NOBODY = "4194303.55.0a0a0a0a"
"""A process that is none: the number is the last that Linux gives, and who has it began later."""


def killed_in(name: str, at: int, *models: str) -> Callable[[], int]:
    """Return a push that is killed at a call of the file system, the nth of its name."""

    def work() -> int:
        import os  # noqa: PLC0415 (of the child)
        import signal  # noqa: PLC0415

        real, count = getattr(FileSystem, name), 0

        def call(self: FileSystem, *arguments: object) -> object:
            nonlocal count
            count += 1
            if count == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(self, *arguments)

        setattr(FileSystem, name, call)
        return wansync("mirror", "push", *models).status

    return work


@pytest.mark.parametrize(("call", "at"), [("write", 4), ("sync_file", 2), ("rename", 2), ("sync_directory", 9)])
def test_push_that_was_killed_goes_on(
    project: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, at: int
) -> None:
    project.files["shared/text_encoder/model.safetensors"] = content("big", BIG)
    project.write()
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    monkeypatch.setenv("WANSYNC_MIRRORS", f"nas=file:{mirror},mode=readwrite")
    assert wansync("sync").status == 0

    assert wait(fork(killed_in(call, at))) == -9
    named = [path for path in (mirror / "blobs").rglob("*") if path.is_file()]
    assert all(Digest.of(path.read_bytes()).hex == path.name for path in named)

    assert wansync("mirror", "push").status == 0
    assert wansync("mirror", "check", "--full").status == 0
    assert list((mirror / ".tmp").iterdir()) == []


def test_bytes_of_a_killed_push_are_not_written_again(
    project: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.files["shared/text_encoder/model.safetensors"] = content("big", BIG)
    project.write()
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    monkeypatch.setenv("WANSYNC_MIRRORS", f"nas=file:{mirror},mode=readwrite")
    assert wansync("sync").status == 0

    # The claim and the lock in one piece each, then four of the six pieces of the file.
    assert wait(fork(killed_in("write", 7, "umt5"))) == -9
    written: list[int] = []
    real = FileSystem.write

    def write(self: FileSystem, descriptor: int, data: bytes | memoryview) -> None:
        written.append(len(data))
        real(self, descriptor, data)

    monkeypatch.setattr(FileSystem, "write", write)
    assert wansync("mirror", "push", "umt5").status == 0

    assert BIG - 4 * 2**20 <= sum(written) < BIG - 3 * 2**20


class OthersPart(FileSystem):
    """What stands in `.tmp` is another user's: the system lets us neither change its mode nor write to it."""

    def set_mode(self, path: Path, mode: int) -> None:
        if path.read_bytes() == BEGUN:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        super().set_mode(path, mode)


def test_part_that_another_user_s_dead_push_left_is_in_nobody_s_way(tmp_path: Path) -> None:
    file, mirror = tmp_path / "file", tmp_path / "mirror"
    file.write_bytes(b"weights")
    digest = Digest.of(b"weights")
    part = mirror / ".tmp" / f"{digest}.{host_name()}.{NOBODY}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(BEGUN)
    named = Mirror(name="nas", url=f"file:{mirror}", mode=MirrorMode.READWRITE)
    objects = DirectoryObjects(named, mirror, OthersPart())

    objects.put(RelativePath("blobs/it"), file, digest, lambda _: None)

    assert (mirror / "blobs" / "it").read_bytes() == b"weights"
    assert list(part.parent.iterdir()) == [part]
    objects.sweep()
    assert list(part.parent.iterdir()) == []


class BrokenStore(FileSystem):
    """A disk that fails where it is read."""

    def read(self, descriptor: int, count: int) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_store_that_cannot_be_read_is_not_the_mirror_s_failure(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"weights")
    named = Mirror(name="nas", url=f"file:{tmp_path}", mode=MirrorMode.READWRITE)

    for source, fs in (file, BrokenStore()), (tmp_path / "gone", FileSystem()):
        with pytest.raises(SourceFailError, match="of the store cannot be read") as raised:
            DirectoryObjects(named, tmp_path, fs).put(
                RelativePath("blobs/it"), source, Digest.of(b"weights"), lambda _: None
            )
        assert (raised.value.hint, list((tmp_path / ".tmp").iterdir())) == (
            "Check the store with `wansync doctor`",
            [],
        )

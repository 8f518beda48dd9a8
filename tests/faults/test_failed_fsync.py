"""A sync of a file that fails may have lost pages and marked them clean: that inode is never used again.

After EIO Linux reports the loss once: a second fsync of the same file says that all is well.
"""

from __future__ import annotations

import errno
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import NoReflink, failure
from tests.faults.healing import assert_heals, everything
from tests.faults.projects import moved, project_with
from wansync.errors import StoreFailError
from wansync.settings import LinkMode
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.project import ProjectBuilder


class LosesPages(NoReflink):
    """A device that fails the sync of file number `at`; the lost inode is held, so that its number stays its own."""

    def __init__(self, at: int = 0) -> None:
        self.at = at
        self.syncs = 0
        self.lost: list[int] = []

    def sync_file(self, descriptor: int) -> None:
        self.syncs += 1
        if self.syncs == self.at:
            self.lost.append(os.dup(descriptor))
            raise failure(errno.EIO)
        super().sync_file(descriptor)

    sync_data = sync_file


@pytest.fixture
def device() -> Iterator[LosesPages]:
    made = LosesPages()
    yield made
    for descriptor in made.lost:
        os.close(descriptor)


def syncs_of_a_sync(project: ProjectBuilder, mode: LinkMode) -> int:
    """Return how many files a first sync syncs, and leave no store."""
    counting = LosesPages()
    elsewhere = project_with(project, counting, link_mode=mode, models_root=project.models_root.with_name("counted"))
    elsewhere.sync()
    return counting.syncs


@pytest.mark.parametrize("mode", [LinkMode.HARDLINK, LinkMode.COPY])
def test_inode_whose_sync_failed_is_never_part_of_the_store(
    project: ProjectBuilder, device: LosesPages, mode: LinkMode
) -> None:
    """Whichever file it is: a blob, a file of a view, or a record."""
    made = project_with(project, device, link_mode=mode)
    made.lock()
    for at in range(1, syncs_of_a_sync(project, mode) + 1):
        device.at, device.syncs = at, 0
        try:
            made.sync()
        except StoreFailError as error:
            assert os.strerror(errno.EIO) in error.reason  # noqa: PT017
        lost = {os.fstat(descriptor).st_ino for descriptor in device.lost}
        assert len(lost) == at

        standing = {path.lstat().st_ino for path in project.models_root.rglob("*")}
        assert not lost & standing, f"sync {at} failed, and its inode stayed"
        device.at = 0
        made.sync()
        assert not lost & {path.lstat().st_ino for path in project.models_root.rglob("*")}
        _wipe(project)
    clean_install = project_with(project, NoReflink(), link_mode=mode)
    clean_install.sync()
    clean = everything(project)
    _wipe(project)
    assert_heals(made, clean)


def _wipe(project: ProjectBuilder) -> None:
    shutil.rmtree(project.models_root)


def test_blob_whose_sync_failed_is_fetched_again_from_its_first_byte(
    project: ProjectBuilder, device: LosesPages
) -> None:
    made = project_with(project, device)
    made.lock()
    project_with(project, FileSystem()).workspace().store().prepare()
    calm, device.at = device.at, 3  # the copy of the lock and the root come first

    with pytest.raises(StoreFailError, match=os.strerror(errno.EIO)):
        made.sync("beta")
    assert list(project.layout.tmp.glob("*.part")) == []

    device.at = calm
    report = moved(made.sync("beta"))
    assert report["resumed"] == 0
    assert report["fetched"] > 0


def test_file_of_a_view_whose_sync_failed_leaves_nothing_even_where_one_file_alone_is_made_again(
    project: ProjectBuilder, device: LosesPages
) -> None:
    made = project_with(project, device, link_mode=LinkMode.COPY)
    made.sync()
    clean, name = everything(project), "transformer/config.json"
    path = (project.layout.models / "beta@small").resolve() / name
    failures = 0
    for at in range(1, 10):
        path.unlink(missing_ok=True)
        device.at, device.syncs = at, 0
        try:
            made.sync()
        except StoreFailError:
            failures += 1
        lost = {os.fstat(descriptor).st_ino for descriptor in device.lost}
        assert not lost & {path.lstat().st_ino for path in project.models_root.rglob("*")}
    device.at = 0

    assert failures > 1
    assert_heals(made, clean)

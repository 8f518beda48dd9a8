"""What every link mode promises when somebody writes through a view, or the file system cannot do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import ManyLinks, NoReflink
from tests.faults.projects import project_with
from wansync.errors import StoreFailError
from wansync.settings import LinkMode
from wansync.store.links import SHARES_INODE

if TYPE_CHECKING:
    from tests.faults.projects import TestProject
    from tests.support.project import ProjectBuilder

VIEW_FILE = "transformer/model-00001-of-00002.safetensors"
SOURCE_FILE = f"alpha/{VIEW_FILE}"


def test_write_through_a_view_is_detected_and_healed(
    project: ProjectBuilder, linked: TestProject, mode: LinkMode
) -> None:
    before = project.snapshot()
    target = linked.path("alpha") / VIEW_FILE
    size = target.stat().st_size
    target.chmod(0o644)
    target.write_bytes(b"w" * size)

    verified = linked.verify()

    assert not verified.intact
    if mode in SHARES_INODE:
        assert [file.path for file in verified.files if file.state == "corrupt"] == [VIEW_FILE.partition("/")[2]]
    else:
        assert list(verified.damaged_links) == [f"alpha@small/{VIEW_FILE}"]
    assert linked.sync().complete
    assert project.snapshot() == before
    assert {target.stat().st_mode & 0o777, project.blob(SOURCE_FILE).stat().st_mode & 0o777} == {0o444}
    assert linked.verify().intact
    assert linked.sync().noop


def test_write_through_a_view_is_healed_by_sync_alone(project: ProjectBuilder, linked: TestProject) -> None:
    before = project.snapshot()
    target = linked.path("alpha") / VIEW_FILE
    size = target.stat().st_size
    target.chmod(0o644)
    target.write_bytes(b"w" * size)

    linked.sync()

    assert project.snapshot() == before
    assert linked.sync().noop


def test_mode_that_does_not_work_is_an_error_by_name_and_a_fallback_in_auto(project: ProjectBuilder) -> None:
    with pytest.raises(StoreFailError, match="Link mode `reflink` does not work in this store") as raised:
        project_with(project, NoReflink(), link_mode=LinkMode.REFLINK).sync()
    assert raised.value.facts["link_mode"] == "reflink"
    assert "--link-mode auto" in raised.value.hint

    applied = project_with(project, NoReflink()).sync().applied

    assert applied is not None
    assert applied.link_mode is LinkMode.HARDLINK
    assert project.leftovers() == []


def test_too_many_hard_links_fall_back_to_copies_and_stay(project: ProjectBuilder) -> None:
    made = project_with(project, ManyLinks(), link_mode=LinkMode.HARDLINK)

    made.sync()

    target = made.path("alpha") / VIEW_FILE
    assert target.read_bytes() == project.files[SOURCE_FILE]
    assert target.stat().st_ino != project.blob(SOURCE_FILE).stat().st_ino
    assert made.sync().noop
    assert project.leftovers() == []

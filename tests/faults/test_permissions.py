"""Permissions that somebody took away, met by a user who is not root: healed, or named with what gives them back."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.children import fork, posix_only, wait
from tests.faults.cures import cure, do, findings
from tests.faults.healing import everything, found
from tests.support.project import ProjectBuilder, wansync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = posix_only
NOBODY = 65534


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> Iterator[ProjectBuilder]:
    """A project that anybody may use, in a place that anybody can reach."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o777)
    project = ProjectBuilder(place / "app", place / "models-root")
    project.write()
    for name in ("HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(place / "home"))
    project.enter(monkeypatch)
    yield project
    shutil.rmtree(place)


def as_nobody(project: ProjectBuilder, work: Callable[[], None]) -> None:
    """Do something in a process of a user whom permissions bind, and who owns the project."""
    root = sys.platform != "win32" and os.geteuid() == 0
    if root:
        for path in (project.directory, *project.directory.rglob("*")):
            os.chown(path, NOBODY, NOBODY)

    def child() -> int:
        if root:
            # Whatever the test's own folder has in its place is closed to that user.
            os.environ["XDG_CONFIG_DIRS"] = "/nowhere"
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        work()
        return 0

    assert wait(fork(child)) == 0


def synced(project: ProjectBuilder) -> dict[str, object]:
    assert wansync("sync").status == 0
    return everything(project)


def test_blob_that_cannot_be_read_is_named_and_healed_without_fetching(foreign: ProjectBuilder) -> None:
    def work() -> None:
        clean = synced(foreign)
        blob = foreign.blob("alpha/transformer/config.json")
        blob.chmod(0)

        (problem,) = findings("problem")
        assert problem["check"] == "blobs"
        assert "cannot be read by this user" in problem["text"]
        report = json.loads(wansync("sync", "--json").stdout)

        assert report["bytes"]["fetched"] == 0
        assert everything(foreign) == clean
        assert findings() == []

    as_nobody(foreign, work)


@pytest.mark.parametrize("mode", [0o000, 0o500, 0o400], ids=oct)
@pytest.mark.parametrize("pattern", ["blobs", "blobs/sha256/*", ".state", ".state/roots", ".tmp", "views", "models"])
def test_folder_without_permissions_is_a_problem_and_its_hint_gives_them_back(
    foreign: ProjectBuilder, pattern: str, mode: int
) -> None:
    def work() -> None:
        clean = synced(foreign)
        folder = found(foreign, pattern)[0]
        folder.chmod(mode)

        assert wansync("doctor").status == 1
        assert str(folder) in str([finding["facts"] for finding in findings("problem")])
        cure()

        assert everything(foreign) == clean

    as_nobody(foreign, work)


def test_folder_of_a_view_that_is_closed_is_a_problem_and_its_hint_opens_it(foreign: ProjectBuilder) -> None:
    def work() -> None:
        clean = synced(foreign)
        folder = found(foreign, "views/*/*/*r")[0]
        folder.chmod(0)

        (problem,) = findings("problem")
        assert problem["check"] == "views"
        assert do(problem["hint"]) == [f"chmod u+rwx {folder}"]

        assert findings() == []
        folder.chmod(0o755)
        assert everything(foreign) == clean

    as_nobody(foreign, work)


def test_store_that_this_user_may_only_read_is_no_problem(foreign: ProjectBuilder) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs a second user, so root")
    synced(foreign)

    def work() -> None:
        (note,) = [finding for finding in findings("note", "warning", "problem") if finding["check"] == "permissions"]
        assert note["level"] == "note"
        assert wansync("doctor").status == 0
        assert wansync("ensure", "alpha").status == 0

    as_nobody(foreign, work)


def test_folder_of_somebody_else_is_a_problem_for_its_owner(foreign: ProjectBuilder) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs a second user, so root")

    def first() -> None:
        synced(foreign)

    as_nobody(foreign, first)
    os.chown(foreign.layout.tmp, 0, 0)

    def work() -> None:
        (problem,) = [finding for finding in findings("problem") if finding["check"] == "permissions"]
        assert problem["hint"] == "Ask its owner (user 0) to share it with this user"
        assert do(problem["hint"]) == []

    as_nobody(foreign, work)


def test_files_that_cannot_be_read_are_told_and_the_others_are_adopted(foreign: ProjectBuilder) -> None:
    found_elsewhere = foreign.directory / "found"

    def work() -> None:
        assert wansync("lock").status == 0
        secret, closed = found_elsewhere / "secret", found_elsewhere / "closed"
        closed.mkdir(parents=True, mode=0)
        for number, data in enumerate(foreign.files.values()):
            (found_elsewhere / str(number)).write_bytes(data)
        (found_elsewhere / "0").rename(secret)
        secret.chmod(0)

        ran = wansync("adopt", str(found_elsewhere))

        assert ran.status == 3
        assert f"warning: Not looked at: {closed}: Permission denied" in ran.stderr
        assert f"error: {secret} was not taken in: Permission denied" in ran.stderr
        assert "Adopted 5 files" in ran.stderr
        closed.chmod(0o700)

    as_nobody(foreign, work)


def test_file_that_may_not_be_removed_is_taken_in_and_told(foreign: ProjectBuilder) -> None:
    folder = foreign.directory / "found"

    def work() -> None:
        assert wansync("lock").status == 0
        folder.mkdir()
        file = folder / "file"
        file.write_bytes(foreign.files["shared/text_encoder/model.safetensors"])
        folder.chmod(0o500)

        ran = wansync("adopt", str(folder), "--move", "--yes")

        assert ran.status == 3
        assert f"warning: {file} was taken in, and is still there: Permission denied" in ran.stderr
        folder.chmod(0o700)

    as_nobody(foreign, work)

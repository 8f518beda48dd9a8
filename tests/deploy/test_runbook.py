"""docs/runbook.md: the commands of each section are run in the state that it is about, and lead out of it."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.conftest import REPOSITORY
from tests.deploy.commands import told_in_blocks
from tests.support.hub import Faults
from tests.support.hub_project import shards
from tests.support.project import wansync

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.deploy.commands import Told
    from tests.support.hub_project import HubProject

PAGE = (REPOSITORY / "docs" / "runbook.md").read_text(encoding="utf-8")
SECTIONS = {
    name: text for name, _, text in (part.partition("\n") for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:])
}


def blob_of(project: HubProject, size: int) -> Path:
    return next(path for path in sorted(project.layout.blobs.glob("*/*")) if path.stat().st_size == size)


def nothing(_: HubProject) -> None:
    """Whatever it is: here all is well."""


def upgrade(project: HubProject) -> None:
    """The lock has moved, and was synced."""
    project.video.commit(shards("second"))
    assert wansync("lock", "--upgrade").status == 0
    assert wansync("sync").status == 0


def lose(project: HubProject) -> None:
    blob_of(project, 900).unlink()


def damage(project: HubProject) -> None:
    blob = blob_of(project, 900)
    blob.chmod(0o644)
    blob.write_bytes(blob.read_bytes()[:-1] + b"!")


def lose_the_hub(project: HubProject) -> None:
    lose(project)
    project.hub.faults = Faults(server_error=1_000_000)


def find_another_store(project: HubProject) -> None:
    shutil.copytree(project.models_root, project.directory.parent / "other")
    lose(project)


def conflict(project: HubProject) -> None:
    lock = project.lock_path.read_text()
    project.lock_path.write_text(f"<<<<<<< ours\n{lock}=======\n{lock}>>>>>>> theirs\n")


def retire(project: HubProject) -> None:
    """Another project has synced into the store, and its directory is no more."""
    old = project.directory.parent / "old-project"
    shutil.copytree(project.directory, old)
    for path in (old / "models.toml", old / "models.lock"):
        path.write_text(path.read_text().replace('name = "app"', 'name = "old-project"'))
    assert wansync("sync", "--frozen", "--project", str(old)).status == 0
    shutil.rmtree(old)


STATES: dict[str, Callable[[HubProject], None]] = {
    "First look": nothing,
    "The disk is full": upgrade,
    "A model is not ready": lose,
    "A blob is corrupt": damage,
    "The hub is down": lose_the_hub,
    "Without a hub": find_another_store,
    "models.lock is in conflict": conflict,
    "Back to the models of yesterday": upgrade,
    "A sync was killed": lose,
    "Moving a store": nothing,
    "A project is retired": retire,
}
STILL_LACKING = {"The hub is down"}


@pytest.fixture
def synced(deployed: HubProject, monkeypatch: pytest.MonkeyPatch) -> HubProject:
    monkeypatch.setenv("HF_TOKEN", deployed.hub.token)
    monkeypatch.setenv("WANSYNC_HTTP_RETRIES", "0")
    deployed.enter(monkeypatch)
    assert wansync("sync").status == 0
    return deployed


def test_every_section_has_its_state() -> None:
    assert list(SECTIONS) == list(STATES)


@pytest.mark.parametrize("section", STATES)
def test_commands_of_the_section_lead_out_of_it(
    synced: HubProject, section: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    STATES[section](synced)

    for told in told_in_blocks(SECTIONS[section]):
        status, said = run(told, synced, monkeypatch)
        assert (told.line, status) == (told.line, told.status), said

    ready = wansync("status", "--wait", "COMPLETE", "--timeout", "0").status == 0
    assert ready == (section not in STILL_LACKING)


def run(told: Told, project: HubProject, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Run a line, with the places of the page elsewhere; return its status and what it said."""
    beside = project.directory.parent
    places = {"/var/lib/wansync": project.models_root, "/data": beside, "/mnt/other/models": beside / "other"}

    def here(text: str) -> str:
        for place, instead in places.items():
            text = text.replace(place, str(instead))
        return text

    words = [here(word) for word in told.words]
    if words[0] != "wansync":
        ran = subprocess.run(words, capture_output=True, text=True, check=False)
        return ran.returncode, ran.stderr
    with monkeypatch.context() as variables:
        for name, value in told.variables.items():
            variables.setenv(name, here(value))
        said = wansync(*words[1:])
    return said.status, said.stdout + said.stderr


def test_room_is_made_and_yesterday_is_kept_where_it_is_asked_for(
    synced: HubProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(synced)
    monkeypatch.setenv("WANSYNC_KEEP_GENERATIONS", "2")
    assert wansync("gc", "--yes").status == 0
    assert wansync("rollback", "--offline").status == 0
    assert wansync("sync").status == 0

    monkeypatch.delenv("WANSYNC_KEEP_GENERATIONS")
    before = synced.lock_path.read_bytes()
    assert wansync("gc", "--yes").status == 0

    assert wansync("rollback", "--offline").status == 18
    assert synced.lock_path.read_bytes() == before


def test_moved_store_hashes_and_fetches_nothing(synced: HubProject, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = synced.directory.parent / "models"
    subprocess.run(["cp", "-a", str(synced.models_root), str(moved)], check=True)
    synced.hub.clear()
    monkeypatch.setenv("MODELS_ROOT", str(moved))

    said = wansync("sync", "--frozen", "--offline")

    assert said.status == 0
    assert "fetched" not in said.stdout
    assert synced.hub.requests == []

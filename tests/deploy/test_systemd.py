"""examples/deploy/systemd: the units are valid, harden what they start, and what they start does its work."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.deployed import DEPLOY, Machine
from tests.support.program import SCRIPTS
from wansync.errors import ExitStatus

if TYPE_CHECKING:
    from tests.support.hub_project import HubProject

UNITS = sorted(path.name for path in (DEPLOY / "systemd").iterdir())
CURED_BY_WAITING = {ExitStatus.PARTIAL, ExitStatus.SOURCE, ExitStatus.LOCK_TIMEOUT}
# A sync does not answer questions, takes no saved plan here, and the last two are how it is stopped.
NO_FAILURE = {ExitStatus.OK, ExitStatus.NEGATIVE, ExitStatus.PLAN_STALE, ExitStatus.INTERRUPTED, ExitStatus.TERMINATED}
# In tenths; 0 is shut off from everything, 100 has all that root has.
EXPOSURE = 20
needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze on this machine")


def settings(unit: str) -> dict[str, list[str]]:
    """Return what a unit says, all its sections together."""
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / "systemd" / unit).read_text(encoding="utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


def environment(unit: str) -> dict[str, str]:
    return dict(assignment.split("=", 1) for assignment in settings(unit)["Environment"])


@pytest.fixture
def machine(deployed: HubProject, tmp_path: Path) -> Machine:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "hf_token").write_text(deployed.hub.token)
    places = {
        "/opt/wansync/bin": SCRIPTS,
        "/srv/app": deployed.directory,
        "/var/lib/wansync": deployed.models_root,
        "%d": credentials,
    }
    return Machine(tmp_path, places)


@pytest.fixture
def installed(tmp_path: Path) -> list[str]:
    """The units, with the program where it is on this machine: systemd looks whether it is there."""
    folder = tmp_path / "units"
    shutil.copytree(DEPLOY / "systemd", folder)
    for unit in folder.glob("*.service"):
        unit.write_text(unit.read_text().replace("/opt/wansync/bin", str(SCRIPTS)))
    return [str(folder / unit) for unit in UNITS]


@needs_systemd
def test_units_are_valid(installed: list[str]) -> None:
    ran = subprocess.run(["systemd-analyze", "verify", *installed], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout + ran.stderr) == (0, "")


@needs_systemd
def test_unit_that_is_not_valid_is_noticed(installed: list[str]) -> None:
    unit = Path(next(name for name in installed if name.endswith("wansync.service")))
    unit.write_text(unit.read_text().replace("ProtectSystem=", "ProtectSytem="))

    ran = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)

    assert "ProtectSytem" in ran.stderr


@needs_systemd
def test_services_are_shut_off_from_what_they_do_not_need(installed: list[str]) -> None:
    services = [name for name in installed if name.endswith(".service")]
    command = ["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE}", *services]

    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout


def test_only_the_sync_may_write_and_only_to_the_store() -> None:
    sync, serve = settings("wansync-sync.service"), settings("wansync.service")

    assert (sync["ProtectSystem"], serve["ProtectSystem"]) == (["strict"], ["strict"])
    assert sync["ReadWritePaths"] == [environment("wansync-sync.service")["MODELS_ROOT"]]
    assert {"ReadWritePaths", "StateDirectory", "LoadCredential"} & serve.keys() == set()


def test_path_unit_watches_the_lock_that_is_synced() -> None:
    directory = settings("wansync-sync.service")["WorkingDirectory"][0]

    assert settings("wansync-sync.path")["PathChanged"] == [f"{directory}/models.lock"]


def test_sync_is_tried_again_for_what_waiting_cures() -> None:
    never = {ExitStatus(int(word)) for word in settings("wansync-sync.service")["RestartPreventExitStatus"][0].split()}

    assert never == set(ExitStatus) - CURED_BY_WAITING - NO_FAILURE


def test_services_do_as_they_say(machine: Machine) -> None:
    sync, health = settings("wansync-sync.service"), settings("wansync.service")
    cwd = sync["WorkingDirectory"][0]

    synced = machine.run(sync["ExecStart"][0].split(), environment("wansync-sync.service"), cwd)
    with machine.serving(health["ExecStart"][0].split(), environment("wansync.service"), cwd) as server:
        ready = server.get("/readyz")

    assert (synced.status, ready.status) == (0, 200), synced.stderr


def test_sync_without_its_credential_is_refused(machine: Machine) -> None:
    unit = settings("wansync-sync.service")
    written = {name: value for name, value in environment("wansync-sync.service").items() if "TOKEN" not in name}

    ran = machine.run(unit["ExecStart"][0].split(), written, unit["WorkingDirectory"][0])

    assert ran.status in {ExitStatus.AUTH, ExitStatus.PARTIAL}
    assert "HF_TOKEN" in ran.stderr

"""`wansync lock --allow-license` and `--deny-license`: a policy of the run, on licences that the lock records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functional.output import document
from tests.support.project import wansync

if TYPE_CHECKING:
    from tests.support.hub_project import HubProject


def test_licences_of_the_sources_are_recorded(hub_locked: HubProject) -> None:
    assert [hub_locked.locked_component(id_)["license"] for id_ in ("expert", "umt5")] == ["apache-2.0", "mit"]


def test_licence_of_the_manifest_wins(hub_project: HubProject) -> None:
    hub_project.manifest["components"]["umt5"]["license"] = "bsd-3-clause"
    hub_project.write()

    assert wansync("lock").status == 0
    assert hub_project.locked_component("umt5")["license"] == "bsd-3-clause"


@pytest.mark.parametrize(
    "flags",
    [
        ["--deny-license", "MIT"],
        ["--allow-license", "apache-2.0"],
        ["--deny-license", "gpl-3.0", "--deny-license", "mit"],
    ],
)
def test_licence_that_is_not_accepted_stops_locking(hub_project: HubProject, flags: list[str]) -> None:
    ran = wansync("lock", *flags, "--json")

    error = document("error", ran)["error"]
    assert (ran.status, error["code"], error["facts"]["components"]) == (16, "POLICY_DENIED", ["umt5"])
    assert error["facts"]["licenses"] == ["mit"]
    assert not hub_project.lock_path.exists()


@pytest.mark.parametrize(
    "flags", [["--deny-license", "gpl-3.0"], ["--allow-license", "MIT", "--allow-license", "Apache-2.0"]]
)
def test_licences_that_are_accepted_are_locked(hub_project: HubProject, flags: list[str]) -> None:
    assert wansync("lock", *flags).status == 0


def test_unknown_licence_is_not_one_of_the_allowed(hub_project: HubProject) -> None:
    hub_project.text.license = None

    assert wansync("lock", "--deny-license", "gpl-3.0").status == 0
    ran = wansync("lock", "--allow-license", "apache-2.0")
    assert ran.status == 16
    assert "a licence that nobody states" in ran.stderr


def test_policy_comes_from_variables_too(hub_project: HubProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANSYNC_DENY_LICENSE", "gpl-3.0 mit")

    assert wansync("lock").status == 16


def test_check_judges_the_recorded_licences_without_the_hub(hub_locked: HubProject) -> None:
    assert (wansync("lock", "--check", "--deny-license", "mit").status, hub_locked.hub.requests) == (16, [])

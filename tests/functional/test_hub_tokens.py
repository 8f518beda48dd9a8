"""A token goes to the hub's own origin and to nobody else; no secret is ever shown or kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.hub import Faults
from tests.support.project import wansync

if TYPE_CHECKING:
    from tests.support.hub import Hub
    from tests.support.hub_project import HubProject


@pytest.fixture
def token(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HF_TOKEN", hub.token)
    return hub.token


def with_token(hub: Hub, origin: str) -> set[bool]:
    """Return whether requests to an origin carried the token: both values where some did."""
    return {hub.token in str(request.headers) for request in hub.requests if request.origin == origin}


@pytest.mark.parametrize(
    "faults",
    [Faults(), Faults(redirects=3), Faults(next_elsewhere=True, page_size=2), Faults(api_elsewhere=True)],
    ids=["cdn", "chain", "next page elsewhere", "API elsewhere"],
)
def test_token_stays_at_the_hub(hub_project: HubProject, token: str, faults: Faults) -> None:
    hub_project.hub.faults = faults

    assert (wansync("lock").status, wansync("sync").status) == (0, 0)

    assert (with_token(hub_project.hub, "hub"), with_token(hub_project.hub, "cdn")) == ({True}, {False})


def test_endless_redirects_end(hub_locked: HubProject) -> None:
    hub_locked.hub.faults = Faults(redirects=-1)

    ran = wansync("sync")

    assert ran.status == 11
    assert "redirects more than 5 times" in ran.stderr


def test_no_secret_is_shown_or_kept(hub_project: HubProject, token: str) -> None:
    said = [wansync("lock"), wansync("sync", "--json")]
    hub_project.hub.faults = Faults(url_ttl=-1)
    hub_project.lock_path.unlink()
    said += [wansync("lock"), wansync("sync")]

    kept = b"".join(path.read_bytes() for path in hub_project.models_root.rglob("*") if path.is_file())
    text = "".join(ran.stdout + ran.stderr for ran in said)
    for secret in (token, "Signature=", "Key-Pair-Id"):
        assert secret not in text
        assert secret.encode() not in kept + hub_project.lock_path.read_bytes()

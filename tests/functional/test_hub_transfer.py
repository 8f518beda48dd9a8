"""Bytes from a hub whose link breaks, whose addresses expire, or that gives wrong ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functional.output import document
from tests.support.hub import Faults
from tests.support.hub_project import VIDEO
from tests.support.project import content, wansync

if TYPE_CHECKING:
    from tests.support.hub_project import HubProject

BIG = 3_000_000


@pytest.fixture
def big(hub_project: HubProject) -> HubProject:
    """The project on the hub with a VAE of 3 MB, locked."""
    hub_project.video.commit({"vae/vae.safetensors": content("big", BIG)})
    assert wansync("lock").status == 0
    hub_project.hub.clear()
    return hub_project


@pytest.mark.parametrize(
    "faults",
    [
        Faults(cut_after=1_000_000),
        Faults(reset_after=1_000_000),
        Faults(url_uses=1, cut_after=1_000_000),
        Faults(bare_cdn=True),
        Faults(no_cdn=True),
        Faults(resolve_cache=True),
        Faults(max_bodies=1),
        Faults(server_error=2, only="vae.safetensors"),
        Faults(rate_limit=1, only="vae.safetensors"),
        Faults(ignore_range=True, bodies=1, cut_after=1_000_000),
    ],
    ids=["cut", "reset", "expired", "bare", "no cdn", "small", "limit", "503", "429", "no ranges"],
)
def test_link_that_breaks_is_taken_up_again(big: HubProject, faults: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
    # A reset connection loses what had arrived and was not read yet, at times all of it.
    monkeypatch.setenv("WANSYNC_HTTP_RETRIES", "10")
    big.hub.faults = faults

    ran = wansync("sync", "vae", "--json")

    assert ran.status == 0
    assert document("sync", ran)["bytes"]["fetched"] == BIG


def test_link_that_breaks_never_sends_a_byte_twice(big: HubProject) -> None:
    big.hub.faults = Faults(cut_after=1_000_000)

    assert wansync("sync", "vae").status == 0

    ranges = [r.headers.get("range") for r in big.hub.requests if r.origin == "cdn"]
    assert len(ranges) == 3
    assert ranges[0] == f"bytes=0-{BIG - 1}"


def test_sync_goes_on_where_an_earlier_one_gave_up(big: HubProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANSYNC_HTTP_RETRIES", "0")
    big.hub.faults = Faults(cut_after=1_000_000)
    assert wansync("sync", "vae").status == 11
    big.hub.faults = Faults()

    ran = wansync("sync", "vae", "--json")

    fetched = document("sync", ran)["bytes"]
    assert (ran.status, fetched["fetched"] + fetched["resumed"]) == (0, BIG)
    assert fetched["resumed"] > 0


@pytest.mark.parametrize("faults", [Faults(flip_bit=17), Faults(shift_range=5, only="vae.safetensors")])
def test_wrong_bytes_are_never_published(big: HubProject, faults: Faults) -> None:
    big.hub.faults = faults

    ran = wansync("sync", "vae")

    assert ran.status in {11, 13}
    assert not any(path.stat().st_size == BIG for path in big.layout.blobs.rglob("*") if path.is_file())
    big.hub.faults = Faults()
    assert wansync("sync", "vae").status == 0


@pytest.mark.timeout(60)
def test_endless_body_is_cut_at_the_locked_size(big: HubProject) -> None:
    big.hub.faults = Faults(endless=True, only="vae.safetensors")

    assert wansync("sync", "vae").status == 0


def test_one_repository_that_fails_does_not_stop_the_rest(big: HubProject) -> None:
    big.hub.repositories.pop(VIDEO)

    ran = wansync("sync", "vae", "umt5", "--json")

    report = document("sync", ran)
    assert (ran.status, list(report["views"])) == (3, ["umt5"])
    assert {failure["error"]["code"] for failure in report["failures"]} == {"AUTH_FAIL"}


def test_link_that_gives_a_few_bytes_each_time_is_given_up(big: HubProject) -> None:
    big.hub.faults = Faults(cut_after=1000)

    assert wansync("sync", "vae").status == 11
    assert sum(r.origin == "cdn" for r in big.hub.requests) <= 3


def test_hub_that_is_gone_is_not_waited_for_once_for_each_file(hub_locked: HubProject) -> None:
    hub_locked.hub.faults = Faults(server_error=1000)

    assert wansync("sync", "expert", "--jobs", "1").status == 11

    # Three shards: three attempts at the first, one at the second, none at the third.
    assert len(hub_locked.hub.requests) == 3 + 1


def test_hub_that_is_gone_is_asked_by_each_lane_and_no_more(hub_project: HubProject) -> None:
    hub_project.video.commit({f"vae/{n:03}.safetensors": content(f"vae {n}", 900) for n in range(100)})
    assert wansync("lock").status == 0
    hub_project.hub.clear()
    hub_project.hub.faults = Faults(server_error=10_000)

    assert wansync("sync", "vae").status == 11

    # Eight at once, three attempts each; those that come after them meet a source that counts as gone.
    assert len(hub_project.hub.requests) <= 8 * 3 + 2


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_proxy_of_the_environment_is_used_unless_the_host_is_exempt(
    hub_locked: HubProject, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://user:canary@127.0.0.1:9")
    monkeypatch.setenv("WANSYNC_HTTP_RETRIES", "0")

    ran = wansync("sync")

    assert (ran.status, hub_locked.hub.requests, "canary" in ran.stderr) == (11, [], False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.0/8")
    assert wansync("sync").status == 0


def test_proxy_that_cannot_be_used_is_named_and_its_address_is_not(
    hub_locked: HubProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://user:canary@127.0.0.1:9")

    ran = wansync("sync")

    assert ran.status != 0
    assert "ALL_PROXY names a proxy of a kind that files cannot come through" in ran.stderr
    assert "canary" not in ran.stderr


def test_run_that_is_held_to_a_rate_says_nothing_of_how_fast_the_next_one_is(big: HubProject) -> None:
    big.video.commit({"vae/vae.safetensors": content("large", 10_000_000)})
    assert wansync("lock", "--upgrade").status == 0

    assert wansync("sync", "--limit-rate", "100M").status == 0

    assert not (big.layout.state / "rate.json").exists()

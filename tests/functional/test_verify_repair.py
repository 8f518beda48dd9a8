"""`wansync verify --repair`: one command that ends in a healthy selection, and fetches no more than it must."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.functional.test_verify import BETA, flip_bit
from tests.support.hub import Faults
from tests.support.project import wansync
from tests.support.weights import weights_of
from wansync.store.prefixes import SEGMENT

if TYPE_CHECKING:
    from tests.support.hub_project import HubProject
    from tests.support.project import ProjectBuilder

SIZE = 4 * SEGMENT + 1000
VAE = "vae/vae.safetensors"


@pytest.fixture
def large(hub_project: HubProject) -> HubProject:
    """The project on the hub with a VAE of more than four segments, synced, and the hub's record empty again."""
    data = weights_of(SIZE, random.Random("large").randbytes)  # noqa: S311 (nothing secret)
    hub_project.video.commit({VAE: data})
    hub_project.files[VAE] = data
    assert wansync("lock").status == 0
    assert wansync("sync").status == 0
    hub_project.hub.clear()
    return hub_project


def damage(project: ProjectBuilder, *places: int) -> None:
    blob = project.blob(VAE)
    blob.chmod(0o644)
    with blob.open("r+b") as stream:
        for place in places:
            stream.seek(place)
            (byte,) = stream.read(1)
            stream.seek(place)
            stream.write(bytes([byte ^ 1]))


def asked(project: HubProject) -> list[str | None]:
    """Return the ranges of large files that were asked for."""
    return [request.headers.get("range") for request in project.hub.requests if request.origin == "cdn"]


def repaired(*arguments: str) -> tuple[int, dict[str, Any]]:
    ran = wansync("verify", "--repair", *arguments, "--json")
    return ran.status, document("verify", ran)


def test_only_the_two_wrong_segments_are_asked_for(large: HubProject) -> None:
    good = large.snapshot()
    damage(large, SEGMENT + 5, 3 * SEGMENT)

    status, report = repaired()

    assert (status, report["intact"]) == (0, True)
    assert asked(large) == [f"bytes={n * SEGMENT}-{(n + 1) * SEGMENT - 1}" for n in (1, 3)]
    assert large.hub.sent == report["repair"]["bytes"]["fetched"] == 2 * SEGMENT
    (file,) = [file for file in report["files"] if file["state"] != "intact"]
    assert (file["state"], file["bad_span"], file["repaired"]) == (
        "corrupt",
        {"start": SEGMENT, "end": 2 * SEGMENT},
        True,
    )
    assert (good, large.leftovers()) == (large.snapshot(), [])
    assert wansync("verify").status == 0


def test_verify_names_the_first_wrong_segment(large: HubProject) -> None:
    damage(large, 2 * SEGMENT, SIZE - 1)

    assert snapshot("""\
CORRUPT  vae.safetensors  [TREE]  used by vae
  first wrong bytes in 16.0 MiB-24.0 MiB
  in vae/vae.safetensors
--- stderr
Verified 1 file, 32.0 MiB: 1 not intact, 0 links damaged
hint: `wansync sync` fetches what is wrong or missing and links it again
--- status 1
""") == shown(wansync("verify", "vae"), large)


def test_repair_says_what_it_did(large: HubProject) -> None:
    damage(large, 2 * SEGMENT, SIZE - 1)

    assert snapshot("""\
CORRUPT  vae.safetensors  [TREE]  used by vae
  first wrong bytes in 16.0 MiB-24.0 MiB
  in alpha@small/vae/vae.safetensors
--- stderr
warning: vae.safetensors in the store was damaged or written to; it is fetched again
vae.safetensors: wrong bytes in 16.0 MiB-24.0 MiB, fetched again
vae.safetensors: wrong bytes in 32.0 MiB-32.0 MiB, fetched again
Verified 8 files, 32.0 MiB: 1 not intact, 0 links damaged
Repaired 1 file: 8.0 MiB fetched, 1 link made; all is well now
--- status 0
""") == shown(wansync("verify", "--repair"), large)


@pytest.mark.parametrize("command", ["sync", "ensure"])
def test_sync_and_ensure_fetch_no_more_either(large: HubProject, command: str) -> None:
    damage(large, SEGMENT)

    assert wansync(command, "alpha").status == 0

    assert asked(large) == [f"bytes={SEGMENT}-{2 * SEGMENT - 1}"]
    assert wansync("verify").status == 0


def test_blob_that_cannot_be_repaired_stays_and_the_error_is_that_of_sync(large: HubProject) -> None:
    damage(large, 5)
    large.hub.faults = Faults(flip_bit=17)
    broken = large.snapshot()

    assert wansync("verify", "--repair").status == 13

    assert broken == large.snapshot()
    large.hub.faults = Faults()
    assert repaired()[0] == 0


def test_offline_repair_is_refused(large: HubProject, monkeypatch: pytest.MonkeyPatch) -> None:
    damage(large, SEGMENT)
    monkeypatch.setenv("WANSYNC_OFFLINE", "1")

    assert wansync("verify", "--repair").status == 18


def test_healthy_selection_is_left_alone(synced: ProjectBuilder) -> None:
    status, report = repaired()

    assert (status, report["repair"]) == (0, None)


def test_missing_blob_and_damaged_links_are_made_right(synced: ProjectBuilder) -> None:
    good = synced.snapshot()
    synced.blob(BETA).unlink()
    view = (synced.models_root / "models" / "alpha@small").resolve()
    (view / "transformer" / "config.json").unlink()

    status, report = repaired()

    assert (status, report["intact"], report["damaged_links"]) == (0, True, [])
    assert report["repair"]["bytes"]["fetched"] == 7000
    assert (good, synced.leftovers()) == (synced.snapshot(), [])


@pytest.mark.parametrize("mode", ["hardlink", "symlink", "copy"])
def test_views_lead_to_the_right_bytes_again(
    locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setenv("WANSYNC_LINK_MODE", mode)
    assert wansync("sync").status == 0
    good = locked.snapshot()
    flip_bit(locked, BETA)

    assert repaired()[0] == 0
    assert good == locked.snapshot()
    assert wansync("plan", "--check").status == 0


def test_repair_of_one_model_leaves_another_alone(synced: ProjectBuilder) -> None:
    flip_bit(synced, BETA)

    assert repaired("alpha")[1]["repair"] is None
    assert wansync("verify", "beta").status == 1
    assert repaired("beta")[0] == 0


def test_repair_after_fetch_links_nothing(locked: ProjectBuilder) -> None:
    assert wansync("fetch").status == 0
    flip_bit(locked, BETA)

    status, report = repaired()

    assert (status, report["repair"]["bytes"]["fetched"], report["repair"]["links"]) == (0, 7000, 0)
    assert report["unlinked_views"] == ["alpha@small", "beta@small"]


def test_file_without_a_source_fails_and_the_rest_is_repaired(synced: ProjectBuilder) -> None:
    flip_bit(synced, BETA)
    alpha = "alpha/transformer/config.json"
    synced.blob(alpha).unlink()
    (synced.directory / "weights" / BETA).unlink()

    status, report = repaired()

    assert (status, report["intact"]) == (1, False)
    assert [failure["error"]["code"] for failure in report["repair"]["failures"]] == ["NOT_FOUND"]
    assert {file["state"]: file["repaired"] for file in report["files"]} == {
        "intact": False,
        "missing": True,
        "corrupt": False,
    }


def test_quick_repair_trusts_what_is_as_it_was(synced: ProjectBuilder) -> None:
    flip_bit(synced, BETA)

    status, report = repaired("--quick")

    assert (status, report["bytes_hashed"], report["repair"]["bytes"]["fetched"]) == (0, 7000, 7000)

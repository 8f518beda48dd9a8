"""`wansync lock` against a hub over real HTTP: what it asks, what it pins, and what it keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functional.output import document
from tests.support.hub import Faults
from tests.support.hub_project import TEXT, VIDEO
from tests.support.project import content, wansync
from wansync.digest import Digest
from wansync.store.fingerprint import Fingerprint

if TYPE_CHECKING:
    from tests.support.hub import Hub
    from tests.support.hub_project import HubProject


def asked(hub: Hub) -> list[str]:
    """Return what was asked of the hub's API and of its files, shortened, in order of the alphabet."""
    return sorted(request.path.partition("?")[0] for request in hub.requests)


def test_lock_asks_for_each_repository_once_and_for_each_small_file_once(hub_project: HubProject) -> None:
    video, text = hub_project.video.branches["main"], hub_project.text.branches["main"]

    assert wansync("lock").status == 0

    assert asked(hub_project.hub) == [
        f"/api/models/{TEXT}/revision/main",
        f"/api/models/{TEXT}/tree/{text}",
        f"/api/models/{VIDEO}/revision/main",
        f"/api/models/{VIDEO}/tree/{video}",
        f"/{TEXT}/resolve/{text}/config.json",
        f"/{TEXT}/resolve/{text}/tokenizer.json",
        f"/{VIDEO}/resolve/{video}/transformer/config.json",
    ]


def test_lock_of_the_default_ref_and_of_main_lists_the_tree_once(hub_project: HubProject) -> None:
    hub_project.manifest["components"]["vae"]["revision"] = "main"
    hub_project.write()

    assert wansync("lock").status == 0

    assert hub_project.hub.count(f"/api/models/{VIDEO}/tree/") == 1


def test_lock_pins_commit_licence_sizes_and_digests(hub_project: HubProject) -> None:
    assert wansync("lock").status == 0

    umt5 = hub_project.locked_component("umt5")
    assert (umt5["revision"], umt5["license"], umt5["format"]) == (
        hub_project.text.branches["main"],
        "mit",
        "safetensors",
    )
    assert umt5["files"] == [
        {"path": "config.json", "size": 2, "sha256": str(Digest.of(b"{}"))},
        {"path": "model.safetensors", "size": 4000, "sha256": str(Digest.of(content("umt5", 4000)))},
        {"path": "tokenizer.json", "size": 8, "sha256": str(Digest.of(b'{"a": 1}'))},
    ]


def test_lock_again_asks_nothing_and_writes_nothing(hub_locked: HubProject) -> None:
    before = Fingerprint.of(hub_locked.lock_path.stat())

    ran = wansync("lock")

    assert (ran.status, hub_locked.hub.requests) == (0, [])
    assert "Nothing to do" in ran.stderr
    assert before == Fingerprint.of(hub_locked.lock_path.stat())


def test_lock_check_asks_nothing(hub_locked: HubProject) -> None:
    assert (wansync("lock", "--check").status, hub_locked.hub.requests) == (0, [])


def test_lock_from_nothing_is_the_same_lock_and_fetches_no_small_file_again(hub_locked: HubProject) -> None:
    before = hub_locked.lock_path.read_bytes()
    hub_locked.lock_path.unlink()

    assert wansync("lock").status == 0

    assert before == hub_locked.lock_path.read_bytes()
    assert hub_locked.hub.count("/resolve/") == 0


def test_small_files_are_fetched_again_when_their_blobs_were_damaged(hub_locked: HubProject) -> None:
    blob = hub_locked.layout.blob(Digest.of(b'{"a": 1}'))
    blob.chmod(0o600)
    blob.write_bytes(b'{"a": 2}')
    hub_locked.lock_path.unlink()

    assert wansync("lock").status == 0

    assert [r.path.rpartition("/")[2] for r in hub_locked.hub.requests if "/resolve/" in r.path] == ["tokenizer.json"]
    assert hub_locked.locked_component("umt5")["files"][2]["sha256"] == str(Digest.of(b'{"a": 1}'))


def test_sync_fetches_no_small_file_that_locking_has_kept(hub_locked: HubProject) -> None:
    assert wansync("sync").status == 0

    names = {r.path.partition("?")[0].rpartition("/")[2] for r in hub_locked.hub.requests if "/resolve/" in r.path}
    assert {name.rpartition(".")[2] for name in names} == {"safetensors"}


def test_lock_where_the_store_cannot_be_written_locks_all_the_same(
    hub_project: HubProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = hub_project.directory / "no-directory"
    blocked.write_text("")
    monkeypatch.setenv("MODELS_ROOT", str(blocked))

    assert wansync("lock").status == 0
    assert hub_project.locked_component("umt5")["files"][0]["path"] == "config.json"


def test_lock_of_a_listing_in_pages_is_complete(hub_project: HubProject) -> None:
    hub_project.hub.faults = Faults(page_size=2)
    hub_project.text.commit({f"deep/{n}/file-{n}.txt": b"%d" % n for n in range(3)})

    assert wansync("lock").status == 0

    assert len(hub_project.locked_component("umt5")["files"]) == 6
    # Nine entries with the directories, README and .gitattributes: twelve, two on a page.
    assert hub_project.hub.count(f"/api/models/{TEXT}/tree/") == 6


def test_lock_of_more_than_a_thousand_files(hub_project: HubProject) -> None:
    many = {f"many/{n:04}.safetensors": content(str(n), 200) for n in range(1100)}
    hub_project.text.commit(many)
    hub_project.manifest["components"]["umt5"]["include"] = ["*.safetensors"]
    hub_project.write()

    assert wansync("lock").status == 0

    assert len(hub_project.locked_component("umt5")["files"]) == 1101
    assert hub_project.hub.count(f"/api/models/{TEXT}/tree/") == 2


@pytest.mark.parametrize("fault", [Faults(xet=True), Faults(xet=True, redact_xet=True)], ids=["xet", "redacted"])
def test_lock_does_not_mind_xet_hashes(hub_project: HubProject, fault: Faults) -> None:
    hub_project.hub.faults = fault

    assert wansync("lock").status == 0
    assert wansync("sync").status == 0


@pytest.mark.parametrize("ref", ["v1.0", "feature/lora", "refs/pr/7"])
def test_lock_pins_what_a_tag_or_branch_names(hub_project: HubProject, ref: str) -> None:
    first = hub_project.video.branches["main"]
    hub_project.video.tag(ref, first)
    hub_project.video.commit({"vae/vae.safetensors": content("other", 900)})
    hub_project.manifest["components"]["vae"]["revision"] = ref
    hub_project.write()

    assert wansync("lock").status == 0

    assert hub_project.revision("vae") == first
    assert hub_project.revision("expert") == hub_project.video.branches["main"]


def test_lock_of_a_commit_asks_for_that_commit(hub_project: HubProject) -> None:
    first = hub_project.video.branches["main"]
    hub_project.video.commit({"vae/vae.safetensors": content("other", 900)})
    hub_project.manifest["components"]["vae"]["revision"] = first
    hub_project.write()

    assert wansync("lock").status == 0
    assert hub_project.revision("vae") == first


def test_lock_keeps_its_pins_when_the_branch_moves(hub_locked: HubProject) -> None:
    before = hub_locked.lock_path.read_bytes()
    hub_locked.video.commit({"vae/vae.safetensors": content("other", 900)})

    assert wansync("lock").status == 0
    assert before == hub_locked.lock_path.read_bytes()


def test_lock_of_a_renamed_repository_goes_on_and_says_its_new_name(hub_project: HubProject) -> None:
    hub_project.hub.rename(TEXT, "test/text-2")

    ran = wansync("lock")

    assert ran.status == 0
    assert f"warning: `hf:{TEXT}` is `hf:test/text-2` now; the old name may stop working\n" in ran.stderr
    assert hub_project.locked_component("umt5")["source"] == f"hf:{TEXT}"
    assert wansync("sync").status == 0


def test_lock_can_be_recorded_and_repeated_without_the_hub(hub_project: HubProject) -> None:
    assert wansync("lock", "--save-listings", "listings").status == 0
    before = hub_project.lock_path.read_bytes()
    hub_project.lock_path.unlink()
    hub_project.hub.clear()

    assert wansync("lock", "--listings", "listings", "--offline").status == 0

    assert before == hub_project.lock_path.read_bytes()
    assert hub_project.hub.requests == []


def test_lock_reads_the_weight_maps_of_index_files(hub_project: HubProject) -> None:
    hub_project.video.commit(
        {"transformer/model.safetensors.index.json": b'{"weight_map": {"a": "model-00004-of-00004.safetensors"}}'}
    )

    error = document("error", wansync("lock", "--json"))["error"]

    assert (error["code"], error["facts"]["missing"]) == ("INVALID_LISTING", ["model-00004-of-00004.safetensors"])


def test_lock_ignores_odd_names_that_no_component_takes(hub_project: HubProject) -> None:
    odd = {"type": "file", "path": "../outside", "oid": "0" * 40, "size": 1}
    hub_project.hub.faults = Faults(extra_entries=(odd,))
    hub_project.manifest["components"]["umt5"]["include"] = ["*.json", "*.safetensors"]
    hub_project.write()

    assert wansync("lock").status == 0


def test_lock_refuses_odd_names_that_a_component_takes(hub_project: HubProject) -> None:
    odd = {"type": "file", "path": "../outside.json", "oid": "0" * 40, "size": 1}
    hub_project.hub.faults = Faults(extra_entries=(odd,))

    ran = wansync("lock", "--json")

    assert (ran.status, document("error", ran)["error"]["code"]) == (2, "PATH_UNSAFE")


def test_lock_of_three_repositories_of_a_hundred_files_asks_no_more_than_it_must(hub_project: HubProject) -> None:
    hub_project.hub.faults = Faults(page_size=50)
    hub_project.manifest["components"], hub_project.manifest["models"] = {}, {}
    hub_project.manifest["profiles"], hub_project.manifest["project"] = {}, {"name": "app"}
    for number in range(3):
        weights = {f"{n:03}.safetensors": content(f"{number}-{n}", 100) for n in range(95)}
        small = {f"{n}.json": b'{"n": %d}' % (number * 5 + n) for n in range(5)}
        hub_project.hub.repository(f"test/many-{number}").commit({**weights, **small})
        hub_project.manifest["components"][f"many-{number}"] = {"kind": "vae", "source": f"hf:test/many-{number}"}
    hub_project.write()

    assert wansync("lock").status == 0

    # A hundred entries are two pages.
    assert len(hub_project.hub.requests) == 3 * (1 + 2 + 5)

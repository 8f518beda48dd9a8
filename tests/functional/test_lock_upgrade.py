"""`wansync lock --upgrade`, `--upgrade-component` and `--retrust`: pins move only when somebody says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functional.output import document
from tests.support.hub_project import SHARD, shards
from tests.support.project import content, wansync
from wansync.digest import Digest

if TYPE_CHECKING:
    from tests.support.hub_project import HubProject


def test_upgrade_moves_every_pin_to_what_its_ref_names_now(hub_locked: HubProject) -> None:
    video = hub_locked.video.commit({"transformer/config.json": b'{"in_channels": 36}'})
    text = hub_locked.text.commit({"config.json": b'{"new": 1}'})

    ran = wansync("lock", "--upgrade", "--json")

    assert (ran.status, document("lock-report", ran)["changed"]) == (0, ["expert", "umt5", "vae"])
    assert [hub_locked.revision(id_) for id_ in ("expert", "vae", "umt5")] == [video, video, text]


def test_upgrade_without_news_writes_nothing(hub_locked: HubProject) -> None:
    before = hub_locked.lock_path.read_bytes()

    assert wansync("lock", "--upgrade").status == 0

    assert before == hub_locked.lock_path.read_bytes()
    assert hub_locked.hub.count("/resolve/") == 0


def test_upgrade_does_not_ask_about_what_the_manifest_pins(hub_project: HubProject) -> None:
    for component in hub_project.manifest["components"].values():
        component["revision"] = (hub_project.text if "text" in component["source"] else hub_project.video).branches[
            "main"
        ]
    hub_project.write()
    assert wansync("lock").status == 0
    hub_project.hub.clear()

    assert (wansync("lock", "--upgrade").status, hub_project.hub.requests) == (0, [])


def test_upgrade_component_moves_that_one_alone(hub_locked: HubProject) -> None:
    first = hub_locked.revision("expert")
    second = hub_locked.video.commit({"transformer/config.json": b'{"in_channels": 36}'})

    assert wansync("lock", "--upgrade-component", "expert").status == 0

    assert (hub_locked.revision("expert"), hub_locked.revision("vae")) == (second, first)
    assert wansync("lock", "--check").status == 0


def test_upgrade_component_goes_to_the_commit_that_is_named_and_stays_there(hub_locked: HubProject) -> None:
    first = hub_locked.revision("expert")
    second = hub_locked.video.commit({"transformer/config.json": b'{"in_channels": 36}'})
    hub_locked.video.commit({"transformer/config.json": b'{"in_channels": 48}'})

    assert wansync("lock", "--upgrade-component", f"expert@{second}").status == 0
    assert hub_locked.revision("expert") == second
    assert wansync("lock").status == 0
    assert hub_locked.revision("expert") == second
    assert wansync("lock", "-P", f"expert@{first}").status == 0
    assert hub_locked.revision("expert") == first


def test_upgrade_component_that_the_manifest_pins_elsewhere_is_refused(hub_project: HubProject) -> None:
    first = hub_project.video.branches["main"]
    second = hub_project.video.commit({"transformer/config.json": b"{}"})
    hub_project.manifest["components"]["expert"]["revision"] = first
    hub_project.write()
    assert wansync("lock").status == 0

    ran = wansync("lock", "--upgrade-component", f"expert@{second}")

    assert ran.status == 2
    assert f"`models.toml` pins the component `expert` to the commit {first}" in ran.stderr


@pytest.mark.parametrize("flag", ["--upgrade-component", "--retrust"])
def test_upgrade_of_an_unknown_component_suggests_one(hub_locked: HubProject, flag: str) -> None:
    ran = wansync("lock", flag, "expret")

    assert ran.status == 2
    assert "`models.toml` has no component `expret`\nhint: Did you mean `expert`?" in ran.stderr


def test_upgrade_to_a_revision_that_is_not_there_keeps_the_old_entry(hub_locked: HubProject) -> None:
    before = hub_locked.lock_path.read_bytes()

    ran = wansync("lock", "--upgrade-component", "expert@absent")

    assert ran.status == 3
    assert "has no revision `absent` (needed by expert)" in ran.stderr
    assert before == hub_locked.lock_path.read_bytes()


def test_only_the_changed_shard_is_fetched_and_the_old_view_stays_until_the_new_one_is_ready(
    hub_locked: HubProject,
) -> None:
    assert wansync("sync").status == 0
    old = (hub_locked.models_root / "models/alpha@small").resolve()
    before = {path.relative_to(old): path.read_bytes() for path in old.rglob("*") if path.is_file()}
    hub_locked.video.commit(shards("second"))
    hub_locked.hub.clear()

    assert wansync("lock", "--upgrade").status == 0
    hub_locked.hub.clear()
    ran = wansync("sync", "--json")

    assert document("sync", ran)["bytes"]["fetched"] == 4000
    assert [r.path.rpartition("/")[2] for r in hub_locked.hub.requests if r.origin == "hub"] == [
        "model-00002-of-00003.safetensors"
    ]
    new = (hub_locked.models_root / "models/alpha@small").resolve()
    assert new != old
    assert (new / SHARD.format("00002")).read_bytes() == content("00002 second", 4000)
    assert before == {path.relative_to(old): path.read_bytes() for path in old.rglob("*") if path.is_file()}


def tamper(project: HubProject) -> bytes:
    """Let the hub say other bytes for the VAE under the very same commit."""
    other = content("tampered", 900)
    commit = project.video.commits[project.revision("vae")]
    forged = project.video.commits[project.video.commit({"vae/vae.safetensors": other})]
    files = {**commit.files, "vae/vae.safetensors": forged.files["vae/vae.safetensors"]}
    object.__setattr__(commit, "files", files)
    project.video.branches["main"] = commit.id
    return other


def test_other_bytes_under_the_locked_revision_are_refused(hub_locked: HubProject) -> None:
    before = hub_locked.lock_path.read_bytes()
    tamper(hub_locked)

    ran = wansync("lock", "--upgrade", "--json")

    error = document("error", ran)["error"]
    assert (ran.status, error["code"], error["facts"]["component"]) == (13, "CHECKSUM_FAIL", "vae")
    assert error["hint"] == "Find out why; only `wansync lock --retrust vae` accepts it"
    assert before == hub_locked.lock_path.read_bytes()


def test_other_bytes_are_refused_when_a_new_component_meets_them(hub_locked: HubProject) -> None:
    tamper(hub_locked)
    hub_locked.manifest["components"]["vae-2"] = dict(hub_locked.manifest["components"]["vae"])
    hub_locked.write()

    assert wansync("lock").status == 13


def test_retrust_accepts_other_bytes_of_that_component_alone(hub_locked: HubProject) -> None:
    other = tamper(hub_locked)
    revision = hub_locked.revision("vae")

    assert wansync("lock", "--retrust", "expert").status == 0
    assert wansync("lock", "--retrust", "vae").status == 0

    assert hub_locked.revision("vae") == revision
    assert hub_locked.locked_component("vae")["files"][0]["sha256"] == str(Digest.of(other))


def test_retrust_moves_no_revision(hub_locked: HubProject) -> None:
    before = hub_locked.lock_path.read_bytes()
    hub_locked.video.commit({"vae/vae.safetensors": content("new", 900)})

    assert wansync("lock", "--retrust", "vae").status == 0
    assert before == hub_locked.lock_path.read_bytes()


@pytest.mark.parametrize("arguments", [["--upgrade"], ["--upgrade-component", "vae"], ["--retrust", "vae"]])
def test_check_takes_no_upgrade(hub_locked: HubProject, arguments: list[str]) -> None:
    assert wansync("lock", "--check", *arguments).status == 2


def test_upgrade_goes_on_where_one_repository_can_no_longer_be_locked(hub_locked: HubProject) -> None:
    before = hub_locked.locked_component("umt5")
    hub_locked.text.commit({"evil.bin": b"\x80\x04a pickle"})
    moved = hub_locked.video.commit({"transformer/config.json": b'{"in_channels": 36}'})

    ran = wansync("lock", "--upgrade", "--json")

    report = document("lock-report", ran)
    assert (ran.status, [f["code"] for f in report["failures"]]) == (3, ["POLICY_DENIED"])
    assert (hub_locked.revision("expert"), hub_locked.locked_component("umt5")) == (moved, before)


def test_upgrade_that_fails_keeps_the_pin_and_not_what_was_recorded_earlier(hub_locked: HubProject) -> None:
    hub_locked.lock_path.unlink()
    assert wansync("lock", "--save-listings", "listings").status == 0
    hub_locked.text.commit({"config.json": b'{"new": 1}'})
    assert wansync("lock", "--upgrade").status == 0
    pinned = hub_locked.revision("umt5")

    assert wansync("lock", "--listings", "listings", "-P", "umt5@absent").status == 3
    assert hub_locked.revision("umt5") == pinned


def test_retrust_of_one_of_two_components_with_the_same_file_is_accepted_from_then_on(hub_project: HubProject) -> None:
    hub_project.manifest["components"]["vae-2"] = dict(hub_project.manifest["components"]["vae"])
    hub_project.write()
    assert wansync("lock").status == 0
    other = tamper(hub_project)

    assert wansync("lock", "--retrust", "vae").status == 0

    assert hub_project.locked_component("vae")["files"][0]["sha256"] == str(Digest.of(other))
    assert [wansync("lock").status, wansync("lock", "--check").status] == [0, 0]


@pytest.mark.parametrize("change", [{"revision": "v2"}, {"source": "hf:test/text", "subfolder": None}])
def test_retrust_of_an_edited_component_asks_for_what_it_says_now(
    hub_locked: HubProject, change: dict[str, str | None]
) -> None:
    hub_locked.video.commit({"vae/vae.safetensors": content("new", 900)}, branch="v2")
    entry = hub_locked.manifest["components"]["vae"] | change
    hub_locked.manifest["components"]["vae"] = {key: value for key, value in entry.items() if value}
    hub_locked.write()

    assert wansync("lock", "--retrust", "vae").status == 0

    repository = hub_locked.text if "source" in change else hub_locked.video
    assert hub_locked.revision("vae") == repository.branches[change.get("revision") or "main"]


def test_retrust_with_upgrade_goes_to_the_newest(hub_locked: HubProject) -> None:
    moved = hub_locked.video.commit({"vae/vae.safetensors": content("new", 900)})

    assert wansync("lock", "--upgrade", "--retrust", "vae").status == 0

    assert hub_locked.revision("vae") == moved


def test_upgrade_component_with_a_model_moves_all_that_it_mounts(hub_locked: HubProject) -> None:
    hub_locked.manifest["components"]["spare"] = dict(hub_locked.manifest["components"]["vae"])
    hub_locked.write()
    assert wansync("lock").status == 0
    before = hub_locked.revision("spare")
    video = hub_locked.video.commit({"transformer/config.json": b'{"in_channels": 36}'})
    text = hub_locked.text.commit({"config.json": b'{"new": 1}'})

    assert wansync("lock", "--upgrade-component", "alpha").status == 0

    moved = [hub_locked.revision(id_) for id_ in ("expert", "vae", "umt5", "spare")]
    assert moved == [video, video, text, before]


def local_part(project: HubProject) -> None:
    """Let the VAE come from a directory of this machine."""
    folder = project.directory / "weights/vae"
    folder.mkdir(parents=True)
    (folder / "vae.safetensors").write_bytes(content("vae", 900))
    project.manifest["components"]["vae"]["source"] = "file:weights"
    project.write()
    assert wansync("lock").status == 0


@pytest.mark.parametrize("flag", ["--upgrade-component", "--retrust"])
def test_component_of_a_directory_has_no_pin_to_move(hub_project: HubProject, flag: str) -> None:
    local_part(hub_project)

    ran = wansync("lock", flag, "vae")

    assert ran.status == 2
    assert "`vae` comes from `file:weights`, which has no pin to move" in ran.stderr


def test_upgrade_of_a_model_leaves_its_directories_alone(hub_project: HubProject) -> None:
    local_part(hub_project)
    moved = hub_project.video.commit({"transformer/config.json": b'{"in_channels": 36}'})

    assert wansync("lock", "--upgrade-component", "alpha").status == 0

    assert hub_project.revision("expert") == moved


@pytest.mark.parametrize("revision", [".", "..", "refs/../pr", "a\u202eb", "a\x1b[31m"])
def test_upgrade_to_what_is_no_revision_is_refused(hub_locked: HubProject, revision: str) -> None:
    ran = wansync("lock", "--upgrade-component", f"expert@{revision}")

    assert (ran.status, hub_locked.hub.requests) == (2, [])
    assert "is no revision for the component `expert`" in ran.stderr

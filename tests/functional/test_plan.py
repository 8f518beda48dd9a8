"""`wansync plan`: the difference between the lock and the disk, in bytes. It changes nothing."""
# ruff: noqa: E501 (what the program prints is quoted as it is)

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import content, wansync

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder


def test_plan_before_first_sync_shows_every_byte_and_makes_no_store(locked: ProjectBuilder) -> None:
    ran = wansync("plan")

    assert snapshot("""\
wansync will perform the following actions:
store: [STORE] ([FS], [SIZE] free, reserve 0 B)

  + alpha@small           4 files  11.7 KiB  to fetch
     + alpha-transformer  3 files   7.8 KiB  file:weights/alpha
     + umt5                1 file   3.9 KiB  file:weights/shared
  + beta@small            3 files   6.9 KiB  to fetch
     + beta-transformer   2 files   6.9 KiB  file:weights/beta
     = umt5               shared with alpha@small  0 B

Plan: 2 to add.
Fetch 18.6 KiB, link 7 files, peak disk +18.6 KiB, after: [SIZE] free.
As separate folders 22.5 KiB, in the store 18.6 KiB: 3.9 KiB is shared.
--- stderr
--- status 0
""") == shown(ran, locked)
    assert not locked.models_root.exists()


def test_plan_after_sync_has_nothing_to_do(synced: ProjectBuilder) -> None:
    assert snapshot("""\
Nothing to do: alpha@small, beta@small ready
--- stderr
--- status 0
""") == shown(wansync("plan"), synced)


def test_plan_after_new_lock_replaces_one_component_and_keeps_the_others(synced: ProjectBuilder) -> None:
    synced.files["beta/transformer/model.safetensors"] = synced.files["alpha/transformer/config.json"] * 100
    synced.write()
    assert wansync("lock").status == 0
    before = synced.snapshot()

    ran = wansync("plan")

    assert snapshot("""\
wansync will perform the following actions:
store: [STORE] ([FS], [SIZE] free, reserve 0 B)

  = alpha@small          4 files      0 B  ready
-/+ beta@small           3 files  2.0 KiB  to fetch
   -/+ beta-transformer  2 files  2.0 KiB  revision [REVISION] -> [REVISION]
          2.0 KiB of 2.0 KiB changed  file:weights/beta  (lock changed)
     = umt5              shared with alpha@small  0 B

Plan: 1 to replace.
Fetch 2.0 KiB, link 3 files by [MODE], peak disk +2.0 KiB, after: [SIZE] free.
As separate folders 17.6 KiB, in the store 13.7 KiB: 3.9 KiB is shared.
After the sync `wansync gc` frees 6.8 KiB of what is replaced or removed.
--- stderr
--- status 0
""") == shown(ran, synced)
    assert before == synced.snapshot()


def test_plan_with_bytes_in_two_components_fetches_them_once(project: ProjectBuilder) -> None:
    project.files["beta/transformer/model.safetensors"] = project.files["shared/text_encoder/model.safetensors"]
    project.write()
    assert wansync("lock").status == 0

    plan = document("plan", wansync("plan", "--json"))

    assert {key: plan["bytes"][key] for key in ("fetch", "shared")} == {"fetch": 12040, "shared": 4000}
    shared = [file for action in plan["actions"] for file in action["files"] if "shared_with" in file]
    assert [(file["action"], file["shared_with"]) for file in shared] == [("shared", "beta-transformer")]


def test_plan_with_bytes_twice_in_one_component_counts_them_once(project: ProjectBuilder) -> None:
    project.files["beta/transformer/copy.safetensors"] = project.files["beta/transformer/model.safetensors"]
    project.write()
    assert wansync("lock").status == 0

    plan = document("plan", wansync("plan", "--json"))

    assert plan["bytes"]["fetch"] == 19040
    assert sum(action["bytes"]["fetch"] for action in plan["actions"]) == 19040


def test_plan_with_damaged_blob_repairs_only_what_needs_it(synced: ProjectBuilder) -> None:
    blob = synced.blob("beta/transformer/config.json")
    blob.chmod(0o644)
    blob.write_bytes(b"x")

    plan = document("plan", wansync("plan", "--json"))

    done = {key: value for key, value in plan["bytes"].items() if value}
    assert done == {"fetch": 20, "present": 19020, "link": 1}
    assert plan["drift"] == [
        {"component": "beta-transformer", "path": "config.json", "how": "size", "size": 20, "found": 1}
    ]
    actions = {action["id"]: (action["action"], action["reasons"]) for action in plan["actions"]}
    expected = {
        "alpha-transformer": ("keep", []),
        "beta-transformer": ("repair", ["corrupt"]),
        "umt5": ("keep", []),
    }
    assert expected == actions


def test_plan_with_unverified_blob_checks_instead_of_fetching(synced: ProjectBuilder) -> None:
    blob = synced.blob("shared/text_encoder/model.safetensors")
    blob.chmod(0o644)
    blob.write_bytes(blob.read_bytes())

    plan = document("plan", wansync("plan", "--json", "beta"))

    assert (plan["bytes"]["fetch"], plan["bytes"]["check"], plan["noop"]) == (0, 4000, False)


def test_plan_after_component_left_the_lock_says_that_gc_frees_it(synced: ProjectBuilder) -> None:
    del synced.manifest["models"]["beta"], synced.manifest["components"]["beta-transformer"]
    synced.manifest["profiles"]["all"] = ["alpha@small"]
    synced.write()
    assert wansync("lock").status == 0

    assert snapshot("""\
wansync will perform the following actions:
store: [STORE] ([FS], [SIZE] free, reserve 0 B)

  = alpha@small       4 files  0 B  ready
  - beta-transformer  no longer in the lock; 6.9 KiB freed by `wansync gc`

Plan: 1 to remove.
Fetch 0 B, peak disk +0 B, after: [SIZE] free.
After the sync `wansync gc` frees 6.9 KiB of what is replaced or removed.
--- stderr
--- status 0
""") == shown(wansync("plan"), synced)
    plan = document("plan", wansync("plan", "--json"))
    assert [a["action"] for a in plan["actions"]] == ["keep", "keep", "remove"]
    assert (plan["actions"][2]["bytes"]["free_after_gc"], plan["bytes"]["free_after_gc"]) == (7020, 7020)
    assert wansync("sync").status == 0
    assert document("gc", wansync("gc", "--dry-run", "--json"))["bytes"] == 7020


def test_plan_with_another_link_mode_links_everything_again(synced: ProjectBuilder) -> None:
    plan = document("plan", wansync("plan", "--json", "--link-mode", "copy", "alpha"))

    assert [(view["action"], view["links"], view["reason"]) for view in plan["views"]] == [("relink", 4, "link_mode")]
    assert (plan["disk"]["peak"], plan["link_mode"]) == (12020, "copy")


def test_plan_with_stale_lock_warns(synced: ProjectBuilder) -> None:
    synced.manifest["models"]["beta"]["version"] = "1.1"
    synced.write()

    ran = wansync("plan")

    assert snapshot("""\
Nothing to do: alpha@small, beta@small ready
--- stderr
warning: `models.lock` does not satisfy `models.toml` (models.beta: changed in the manifest (version)); `wansync sync` locks first
--- status 0
""") == shown(ran, synced)
    stale = document("plan", wansync("plan", "--json"))["lock_differences"]
    assert stale == ["models.beta: changed in the manifest (version)"]


def test_plan_frozen_with_stale_lock_fails(synced: ProjectBuilder) -> None:
    synced.manifest["models"]["beta"]["version"] = "1.1"
    synced.write()

    ran = wansync("plan", "--frozen", "--json")

    assert (ran.status, document("error", ran)["error"]["code"]) == (10, "LOCK_STALE")


@pytest.mark.parametrize("options", [["plan"], ["sync", "--dry-run"]], ids=" ".join)
def test_plan_that_does_not_fit_says_so(locked: ProjectBuilder, options: list[str]) -> None:
    ran = wansync(*options, "--min-free", "100%")

    assert ran.status == 0
    warning, hint = ran.stderr.splitlines()
    assert re.fullmatch(r"warning: It does not fit: [\d.]+ [KMGT]iB must be freed first", warning)
    assert hint.startswith("hint: `wansync gc` would free nothing now; make room,")
    assert document("plan", wansync(*options, "--min-free", "100%", "--json"))["disk"]["fits"] is False


def test_plan_that_would_fit_without_garbage_names_its_size(synced: ProjectBuilder) -> None:
    synced.files["beta/transformer/model.safetensors"] = content("beta, trained on", 7000)
    synced.write()
    assert wansync("lock").status == 0
    assert wansync("sync").status == 0
    synced.files["beta/transformer/model.safetensors"] = content("beta, trained further", 7000)
    synced.write()
    assert wansync("lock").status == 0

    ran = wansync("plan", "--min-free", "100%")

    assert ran.stderr.splitlines()[1] == "hint: `wansync gc` would free 6.8 KiB"


def test_plan_check_answers_by_status(locked: ProjectBuilder) -> None:
    before = wansync("plan", "--check").status
    wansync("sync")
    after = wansync("plan", "--check").status
    locked.files["umt5"] = content("unrelated")
    locked.manifest["models"]["beta"]["version"] = "1.1"
    locked.write()
    stale = wansync("plan", "--check").status

    assert (before, after, stale) == (1, 0, 1)


def test_plan_names_partial_bytes_that_are_here(locked: ProjectBuilder) -> None:
    blob = locked.blob("beta/transformer/model.safetensors")
    locked.layout.tmp.mkdir(parents=True)
    data = locked.files["beta/transformer/model.safetensors"]
    (locked.layout.tmp / f"{blob.name}.released.part").write_bytes(data[:3000])

    plan = document("plan", wansync("plan", "--json", "beta"))

    assert {key: plan["bytes"][key] for key in ("fetch", "resume")} == {"fetch": 8020, "resume": 3000}

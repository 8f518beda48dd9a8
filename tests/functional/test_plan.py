"""`wansync plan`: the difference between the lock and the disk, in bytes. It changes nothing."""
# ruff: noqa: E501 (what the program prints is quoted as it is)

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import ProjectBuilder, content, wansync

if TYPE_CHECKING:
    from pathlib import Path


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
   -/+ beta-transformer  2 files  2.0 KiB  revision 6733867 -> bcc53e4
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


@pytest.mark.parametrize("options", [[], ["--json"]], ids=str)
def test_plan_with_detailed_exitcode_tells_nothing_something_and_errors_apart(
    locked: ProjectBuilder, options: list[str]
) -> None:
    def status() -> int:
        return wansync("plan", "--detailed-exitcode", *options).status

    something = status()
    wansync("sync")
    nothing = status()
    locked.manifest["models"]["beta"]["version"] = "1.1"
    locked.write()
    stale = status()
    locked.lock_path.unlink()

    assert (something, nothing, stale, status()) == (2, 0, 2, 1)


def test_plan_takes_one_meaning_of_its_status(locked: ProjectBuilder) -> None:
    ran = wansync("plan", "--check", "--detailed-exitcode")

    assert (ran.status, ran.stdout) == (2, "")
    assert "two meanings" in ran.stderr


def test_plan_of_a_damaged_disk_names_the_files_and_how_they_differ(synced: ProjectBuilder) -> None:
    blob = synced.blob("beta/transformer/config.json")
    blob.chmod(0o644)
    blob.write_bytes(b"x")
    synced.blob("shared/text_encoder/model.safetensors").unlink()
    touched = synced.blob("alpha/transformer/config.json")
    touched.chmod(0o644)
    touched.write_bytes(touched.read_bytes())

    assert snapshot("""\
wansync will perform the following actions:
store: [STORE] ([FS], [SIZE] free, reserve 0 B)

  ! alpha@small           4 files  3.9 KiB  to fetch, relink 1 file
     ! alpha-transformer  3 files      0 B  1 file to check: config.json
          (unverified)
     ! umt5                1 file  3.9 KiB
          1 file differs: model.safetensors (missing)  file:weights/shared
          (drift)
  ! beta@small            3 files     20 B  to fetch, relink 2 files
     ! beta-transformer   2 files     20 B
          1 file differs: config.json (1 B instead of 20 B)  file:weights/beta
          (drift)
     = umt5               shared with alpha@small  0 B

Plan: 2 to repair.
Fetch 3.9 KiB, check 20 B, link 3 files by [MODE], peak disk +3.9 KiB, after: [SIZE] free.
As separate folders 22.5 KiB, in the store 18.6 KiB: 3.9 KiB is shared.
--- stderr
--- status 0
""") == shown(wansync("plan"), synced)
    plan = document("plan", wansync("plan", "--json"))
    assert [(file["component"], file["how"]) for file in plan["drift"]] == [
        ("alpha-transformer", "unverified"),
        ("beta-transformer", "size"),
        ("umt5", "missing"),
    ]


def test_plan_of_a_broken_link_and_of_a_strange_file_names_both(locked: ProjectBuilder) -> None:
    assert wansync("sync", "--link-mode", "symlink").status == 0
    (view,) = (path for path in (locked.models_root / "views/beta@small").iterdir() if path.is_dir())
    (view / "transformer/config.json").unlink()
    (view / "notes.txt").write_text("mine")

    assert snapshot("""\
wansync will perform the following actions:
store: [STORE] ([FS], [SIZE] free, reserve 0 B)

  = alpha@small  4 files  0 B  ready
  ~ beta@small   3 files  0 B  relink 1 file: transformer/config.json (link)
       (drift)
  ? views/beta@small/[TREE]/notes.txt  not wansync's, left alone

Plan: 1 to change.
Fetch 0 B, link 1 file by [MODE], peak disk +0 B, after: [SIZE] free.
As separate folders 22.5 KiB, in the store 18.6 KiB: 3.9 KiB is shared.
--- stderr
--- status 0
""") == shown(wansync("plan", "--link-mode", "symlink"), locked)
    plan = document("plan", wansync("plan", "--json", "--link-mode", "symlink"))
    assert [(file["path"], file["how"]) for file in plan["drift"]] == [("transformer/config.json", "link")]
    assert plan["views"][1]["paths"] == ["transformer/config.json"]
    assert [path.rpartition("/")[2] for path in plan["unmanaged"]] == ["notes.txt"]
    wansync("sync", "--link-mode", "symlink")
    assert "  ? views/beta@small/" in wansync("plan").stdout
    assert (view / "notes.txt").read_text() == "mine"


def test_plan_of_another_link_mode_says_which_one_it_was(synced: ProjectBuilder) -> None:
    said = wansync("plan", "--link-mode", "copy", "alpha").stdout

    assert "  ~ alpha@small  4 files  0 B  relink 4 files, linked by " in said
    assert "(link mode)" in said
    assert "copy 11.7 KiB, peak disk +11.7 KiB," in said


def test_plan_of_a_partial_says_what_is_here_and_goes_on(locked: ProjectBuilder) -> None:
    blob = locked.blob("beta/transformer/model.safetensors")
    locked.layout.tmp.mkdir(parents=True)
    data = locked.files["beta/transformer/model.safetensors"]
    (locked.layout.tmp / f"{blob.name}.released.part").write_bytes(data[:3000])

    assert snapshot("""\
wansync will perform the following actions:
store: [STORE] ([FS], [SIZE] free, reserve 0 B)

  + beta@small           3 files  7.8 KiB  to fetch
     > beta-transformer  2 files  3.9 KiB  2.9 KiB already here
          file:weights/beta
     + umt5               1 file  3.9 KiB  file:weights/shared

Plan: 1 to add.
Fetch 7.8 KiB (2.9 KiB resumable already here), link 3 files,
peak disk +7.8 KiB, after: [SIZE] free.
--- stderr
--- status 0
""") == shown(wansync("plan", "beta"), locked)


def test_plan_of_another_model_names_what_it_shares(locked: ProjectBuilder) -> None:
    assert wansync("sync", "alpha").status == 0

    assert snapshot("""\
wansync will perform the following actions:
store: [STORE] ([FS], [SIZE] free, reserve 0 B)

  = alpha@small          4 files      0 B  ready
  + beta@small           3 files  6.9 KiB  to fetch
     + beta-transformer  2 files  6.9 KiB  file:weights/beta
     = umt5              shared with alpha@small  0 B

Plan: 1 to add.
Fetch 6.9 KiB, link 3 files by [MODE], peak disk +6.9 KiB, after: [SIZE] free.
As separate folders 22.5 KiB, in the store 18.6 KiB: 3.9 KiB is shared.
--- stderr
--- status 0
""") == shown(wansync("plan"), locked)


def test_plan_that_only_writes_records_says_which(synced: ProjectBuilder) -> None:
    (synced.layout.model_link("beta@small")).unlink()

    assert snapshot("""\
wansync will perform the following actions:
store: [STORE] ([FS], [SIZE] free, reserve 0 B)

  = alpha@small        4 files  0 B  ready
  = beta@small         3 files  0 B  ready
  ~ models/beta@small  rewrite the record

Plan: only records.
Fetch 0 B, peak disk +0 B, after: [SIZE] free.
As separate folders 22.5 KiB, in the store 18.6 KiB: 3.9 KiB is shared.
--- stderr
--- status 0
""") == shown(wansync("plan"), synced)


def test_plan_counts_as_freed_only_what_nobody_else_keeps(synced: ProjectBuilder, tmp_path: Path) -> None:
    other = ProjectBuilder(tmp_path / "other", synced.models_root)
    other.write()
    assert wansync("lock", "--project", str(other.directory)).status == 0
    assert wansync("sync", "--project", str(other.directory), "beta").status == 0
    synced.files["beta/transformer/model.safetensors"] = content("beta, trained further", 7000)
    synced.files["alpha/transformer/config.json"] = b'{"in_channels": 17}\n'
    synced.write()
    assert wansync("lock").status == 0

    # The other project names all of its lock, also what it has not synced.
    assert document("plan", wansync("plan", "--json"))["bytes"]["free_after_gc"] == 0

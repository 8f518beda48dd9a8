"""`wansync sync` that succeeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import ProjectBuilder, content, wansync

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def views(project: ProjectBuilder) -> list[str]:
    """Return the views of models and components that stand in the store."""
    places = [*project.models_root.glob("views/*/*"), *project.models_root.glob("components/*")]
    return sorted(path.parent.name + "/" + path.name.split("@")[0] for path in places if path.is_dir())


def test_sync_without_lock_locks_first(project: ProjectBuilder) -> None:
    ran = wansync("sync")

    assert snapshot("""\
alpha@small  [STORE]/views/alpha@small/[TREE]
beta@small  [STORE]/views/beta@small/[TREE]
--- stderr
Locked first: [PROJECT]/models.lock
Synced 2 views: fetched 18.6 KiB, linked 7 files ([MODE])
--- status 0
""") == shown(ran, project)
    assert wansync("lock", "--check").status == 0


def test_sync_makes_views_with_exactly_the_locked_files(synced: ProjectBuilder) -> None:
    view = synced.models_root / "models" / "alpha@small"

    found = {path.relative_to(view).as_posix(): path.read_bytes() for path in view.rglob("*") if path.is_file()}

    files = {name.removeprefix("alpha/").removeprefix("shared/"): data for name, data in synced.files.items()}
    assert {name: data for name, data in files.items() if not name.startswith("beta/")} == found


def times(synced: ProjectBuilder) -> dict[Path, int]:
    """Return when everything of the store was changed, but for what says that there was nothing to do."""
    kept = {synced.layout.state, synced.layout.tmp, synced.layout.state / "answers"}
    paths = (path for path in synced.models_root.rglob("*") if path not in kept and path.parent.name != "answers")
    return {path: path.lstat().st_ctime_ns for path in paths}


def test_sync_again_touches_nothing(synced: ProjectBuilder) -> None:
    before = times(synced)

    ran = wansync("sync")

    assert snapshot("""\
alpha@small  [STORE]/views/alpha@small/[TREE]
beta@small  [STORE]/views/beta@small/[TREE]
--- stderr
Nothing to do: 2 views ready
--- status 0
""") == shown(ran, synced)
    assert before == times(synced)


def test_sync_dry_run_prints_the_plan_and_changes_nothing(locked: ProjectBuilder) -> None:
    ran = wansync("sync", "--dry-run")

    assert shown(wansync("plan"), locked) == shown(ran, locked)
    forecast, plan = (document("plan", wansync(*words, "--json")) for words in (("sync", "--dry-run"), ("plan",)))
    del forecast["disk"], plan["disk"]
    assert forecast == plan
    assert not locked.models_root.exists()


def test_sync_with_json_says_what_it_took(project: ProjectBuilder) -> None:
    first = document("sync", wansync("sync", "--json"))
    second = document("sync", wansync("sync", "--json"))

    assert first["bytes"] == {"fetched": 19040, "resumed": 0, "adopted": 0, "checked": 0, "already": 0}
    assert (first["links"], first["noop"], first["complete"]) == (7, False, True)
    assert first["lock"]["added"] == ["alpha-transformer", "beta-transformer", "umt5"]
    assert (second["noop"], second["links"], second["lock"]) == (True, 0, None)
    assert first["views"] == second["views"]


def test_sync_after_manifest_changed_locks_again(synced: ProjectBuilder) -> None:
    synced.manifest["components"]["spare"] = synced.component("vae", "shared", "text_encoder")
    synced.manifest["models"]["beta"]["variants"]["small"]["slots"]["vae"] = "spare"
    synced.write()

    ran = wansync("sync")

    assert snapshot("""\
alpha@small  [STORE]/views/alpha@small/[TREE]
beta@small  [STORE]/views/beta@small/[TREE]
--- stderr
Locked first: [PROJECT]/models.lock
Synced 2 views: fetched 0 B, linked 4 files ([MODE])
--- status 0
""") == shown(ran, synced)
    assert wansync("lock", "--check").status == 0


def test_sync_of_component_makes_a_view_of_it_and_of_nothing_else(locked: ProjectBuilder) -> None:
    ran = wansync("sync", "UMT5")

    assert snapshot("""\
umt5  [STORE]/components/umt5@[TREE]
--- stderr
Synced 1 view: fetched 3.9 KiB, linked 1 file ([MODE])
--- status 0
""") == shown(ran, locked)
    assert views(locked) == ["components/umt5"]


def test_sync_of_component_brings_what_it_requires(project: ProjectBuilder) -> None:
    project.manifest["components"]["umt5"]["requires"] = ["beta-transformer"]
    project.write()

    assert wansync("sync", "umt5").status == 0

    assert project.blob("beta/transformer/model.safetensors").is_file()
    assert not project.blob("alpha/transformer/config.json").exists()


def test_sync_of_model_by_any_spelling_gives_the_same_view(project: ProjectBuilder) -> None:
    project.manifest["models"]["alpha"]["aliases"] = ["First-Model"]
    project.write()
    spellings = ("alpha", "ALPHA", "first-model", "alpha@small", "Alpha@SMALL", "alpha@1.0:small")

    said = {wansync("sync", spelling).stdout for spelling in spellings} | {wansync("sync", "--only", "alpha").stdout}

    assert len(said) == 1
    assert views(project) == ["alpha@small/" + next(iter(said)).split("/")[-1].strip()]


def test_sync_of_unknown_model_suggests_one(locked: ProjectBuilder) -> None:
    assert snapshot("""\
--- stderr
error: `models.lock` has no model `alpah`
hint: Did you mean `alpha`?
--- status 2
""") == shown(wansync("sync", "alpah"), locked)


def test_sync_of_unknown_variant_lists_the_known(locked: ProjectBuilder) -> None:
    ran = wansync("sync", "alpha@native")

    assert (ran.status, ran.stdout) == (2, "")
    assert "hint: Known: small\n" in ran.stderr


def test_sync_new_lock_keeps_the_old_view_until_gc(synced: ProjectBuilder) -> None:
    old = (synced.models_root / "models" / "beta@small").resolve()
    weights = old / "transformer" / "model.safetensors"
    before = weights.read_bytes()
    synced.files["beta/transformer/model.safetensors"] = content("trained on", 7000)
    synced.write()
    assert wansync("lock").status == 0

    assert wansync("sync").status == 0
    assert before == weights.read_bytes()
    new = (synced.models_root / "models" / "beta@small").resolve()
    assert (new / "transformer" / "model.safetensors").read_bytes() == content("trained on", 7000)

    assert wansync("gc", "--yes").status == 0
    assert not old.exists()
    assert wansync("sync").stderr == "Nothing to do: 2 views ready\n"


def test_sync_profile_chooses_models_and_variants(project: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    large = {"layout": "diffusers", "precision": "fp32", "slots": {"transformer": "alpha-transformer"}}
    project.manifest["models"]["alpha"]["variants"]["large"] = large
    project.manifest["profiles"] = {"all": ["alpha@small", "beta"], "big": ["alpha@large"]}
    project.write()

    by_default = document("sync", wansync("sync", "--json"))["selection"]
    by_option = document("sync", wansync("sync", "--json", "--profile", "big"))["selection"]
    of_model = document("sync", wansync("sync", "--json", "--profile", "big", "alpha", "beta"))["selection"]
    monkeypatch.setenv("WANSYNC_PROFILE", "big")
    by_variable = document("sync", wansync("sync", "--json"))["selection"]
    explicit = document("sync", wansync("sync", "--json", "alpha@small"))["selection"]

    assert by_default == ["alpha@small", "beta@small"]
    assert by_option == by_variable == ["alpha@large"]
    assert (of_model, explicit) == (["alpha@large", "beta@small"], ["alpha@small"])


def test_sync_of_two_projects_shares_bytes_and_flips_no_view(synced: ProjectBuilder, tmp_path: Path) -> None:
    other = ProjectBuilder(tmp_path / "other", synced.models_root)
    other.files["beta/transformer/model.safetensors"] = content("another project's", 7000)
    other.write()
    mine = document("ensure", wansync("ensure", "alpha", "beta", "--json"))["paths"]

    report = document("sync", wansync("sync", "--project", str(other.directory), "--json"))

    assert report["bytes"]["fetched"] == 7000
    assert report["views"]["alpha@small"] == mine["alpha@small"]
    assert report["views"]["beta@small"] != mine["beta@small"]
    assert document("ensure", wansync("ensure", "alpha", "beta", "--json")) == {
        "format_version": "1.1",
        "paths": mine,
        "noop": False,
        "bytes_fetched": 0,
        "warnings": [],
    }


def test_sync_heals_what_a_user_did_to_a_view(synced: ProjectBuilder) -> None:
    view = (synced.models_root / "models" / "alpha@small").resolve()
    before = synced.snapshot()
    (view / "transformer" / "config.json").unlink()
    target = view / "text_encoder" / "model.safetensors"
    target.chmod(0o644)
    target.write_bytes(b"oops")

    ran = wansync("sync")

    assert (ran.status, before) == (0, synced.snapshot())
    assert wansync("verify").status == 0


def test_sync_in_a_directory_below_finds_the_project(locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(locked.directory / "weights" / "alpha")

    assert wansync("sync", "alpha").status == 0


def test_sync_with_named_manifest_finds_the_project(
    locked: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAN_MODELS_MANIFEST", str(locked.manifest_path))

    assert wansync("sync", "alpha").status == 0

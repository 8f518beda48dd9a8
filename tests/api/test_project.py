"""`Project`: one object for a program that lives long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import wansync
from tests.support.git import begin
from tests.support.project import ProjectBuilder, Recorder
from wansync import Project, ensure
from wansync.errors import (
    LockMissingError,
    LockStaleError,
    NoSpaceError,
    OfflineMissingError,
    PlanStaleError,
    UsageError,
)
from wansync.settings import LinkMode

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.events import Event


def test_package_offers_what_it_promises() -> None:
    assert sorted(wansync.__all__) == [
        "Project",
        "WansyncError",
        "__version__",
        "ensure",
        "status",
        "verify_integrity",
    ]
    assert [name for name in wansync.__all__ if not hasattr(wansync, name)] == []
    with pytest.raises(AttributeError, match="no attribute 'sync'"):
        wansync.sync  # noqa: B018 (asking for it is the test)


def test_project_from_below_finds_its_directory(locked: ProjectBuilder) -> None:
    assert locked.directory == Project(locked.directory / "weights" / "alpha").directory


def test_project_in_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no directory"):
        Project(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"link_mode": "teleport"}, "`teleport` is no link mode"),
        ({"min_free": "much"}, "`much` is no size"),
        ({"jobs": 65}, "`65` is no number of connections"),
        ({"limit_rate": 999}, "`999` is no rate"),
        ({"max_download": -1}, "`-1` is no size"),
        ({"lock_timeout": -1}, "is no number of seconds"),
        ({"lock_timeout": float("nan")}, "is no number of seconds"),
    ],
    ids=str,
)
def test_project_with_choice_that_makes_no_sense_is_refused_at_once(
    locked: ProjectBuilder, choices: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        locked.api(**choices)


def test_project_choices_win_over_the_environment(locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELS_ROOT", str(locked.directory / "wrong"))
    monkeypatch.setenv("WANSYNC_LINK_MODE", "teleport")
    project = locked.api(link_mode="copy")

    path = ensure("alpha", project=project)

    assert path.is_relative_to(locked.models_root)
    assert (path / "transformer" / "config.json").stat().st_nlink == 1


def test_project_reads_its_files_again_for_every_call(project: ProjectBuilder) -> None:
    api = project.api()
    with pytest.raises(LockMissingError):
        api.ensure("alpha")

    api.lock()

    assert sorted(api.ensure("alpha").paths) == ["alpha@small"]
    locked = project.lock_path.read_bytes()
    project.lock_path.unlink()
    with pytest.raises(LockMissingError):
        api.ensure("alpha")
    project.lock_path.write_bytes(locked)
    assert api.ensure("alpha").noop


def test_project_does_everything_that_the_program_does(project: ProjectBuilder) -> None:
    api = project.api()

    assert api.lock().added == ("alpha-transformer", "beta-transformer", "umt5")
    assert api.check_lock().fresh
    assert api.plan().plan.to_fetch == 19040
    assert sorted(api.sync().views) == ["alpha@small", "beta@small"]
    assert api.plan().plan.noop
    assert [str(model.state) for model in api.status().models] == ["COMPLETE", "COMPLETE"]
    assert api.outdated().outdated == ()
    assert api.verify("alpha", "beta").intact
    assert api.plan_gc().plan.noop
    assert api.gc().removed


def test_project_saves_and_takes_listings(project: ProjectBuilder, tmp_path: Path) -> None:
    project.api().lock(save_listings=tmp_path / "listings")
    before = project.lock_path.read_bytes()
    project.lock_path.unlink()
    (project.directory / "weights").rename(tmp_path / "away")

    project.api().lock(listings=tmp_path / "listings")

    assert before == project.lock_path.read_bytes()


def test_project_with_profile_chooses_the_variant(project: ProjectBuilder) -> None:
    large = {"layout": "diffusers", "precision": "fp32", "slots": {".": "umt5"}}
    project.manifest["models"]["alpha"]["variants"]["large"] = large
    project.manifest["profiles"]["big"] = ["alpha@large"]
    project.write()
    project.api().lock()

    assert sorted(project.api(profile="big").ensure("alpha").paths) == ["alpha@large"]
    assert sorted(project.api(profile="big").ensure("alpha@small").paths) == ["alpha@small"]
    assert sorted(project.api().ensure("alpha").paths) == ["alpha@small"]


def test_project_frozen_checks_a_manifest_that_is_there(locked: ProjectBuilder) -> None:
    locked.manifest["models"]["alpha"]["version"] = "2.0"
    locked.write()

    with pytest.raises(LockStaleError, match=r"models\.alpha: changed in the manifest"):
        locked.api(frozen=True).ensure("alpha")
    assert locked.api(frozen=False).ensure("alpha").paths


def test_project_min_free_is_heeded(locked: ProjectBuilder) -> None:
    with pytest.raises(NoSpaceError) as caught:
        locked.api(min_free="100%").sync()

    assert caught.value.facts["needed"] == 19040
    assert not locked.models_root.exists()


def test_project_offline_refuses_what_needs_a_network(locked: ProjectBuilder) -> None:
    """A lock whose source is remote, with its bytes nowhere here."""
    text = locked.lock_path.read_text()
    locked.lock_path.write_text(text.replace('"file:weights/beta"', '"hf:test/beta"'))

    with pytest.raises(OfflineMissingError) as caught:
        locked.api(offline=True).ensure("beta")
    assert caught.value.facts["bytes_needed"] == 7020
    assert locked.api(offline=True).ensure("alpha").paths


def test_project_reporters_get_one_run_id_for_each_call(project: ProjectBuilder) -> None:
    recorder = Recorder()
    api = project.api(reporters=[recorder])

    api.lock()
    lock_runs = {event.run for event in recorder.events}
    recorder.events.clear()
    api.sync()
    sync_runs = {event.run for event in recorder.events}

    assert (len(lock_runs), len(sync_runs), lock_runs & sync_runs) == (1, 1, set())
    assert "" not in lock_runs | sync_runs
    assert {"StageStarted", "FetchStarted", "FetchProgress", "BlobPublished", "ViewReady"} <= set(recorder.names())


def test_project_reporters_all_get_the_same(locked: ProjectBuilder) -> None:
    first, second = Recorder(), Recorder()

    locked.api(reporters=[first, second]).sync()

    assert first.events == second.events
    assert len(first.events) > 0


class _Broken:
    def report(self, event: Event) -> None:
        raise RuntimeError(type(event).__name__)


def test_project_reporter_that_raises_does_not_stop_a_run(locked: ProjectBuilder) -> None:
    recorder = Recorder()

    report = locked.api(reporters=[_Broken(), recorder]).sync()

    assert report.complete
    assert "ViewReady" in recorder.names()


def test_project_tells_nobody_when_there_is_nothing_to_do(locked: ProjectBuilder) -> None:
    locked.api().sync()
    recorder = Recorder()

    locked.api(reporters=[recorder]).ensure("alpha")

    assert recorder.names() == []


@pytest.mark.parametrize("mode", [LinkMode.SYMLINK, LinkMode.COPY])
def test_project_link_mode_is_heeded(locked: ProjectBuilder, mode: LinkMode) -> None:
    report = locked.api(link_mode=str(mode)).sync("alpha")

    assert report.applied is not None
    assert mode is report.applied.link_mode
    file = report.views["alpha@small"] / "transformer" / "config.json"
    assert (mode is LinkMode.SYMLINK) is file.is_symlink()
    assert locked.api().verify("alpha").intact


def test_project_adds_and_removes_models(locked: ProjectBuilder) -> None:
    before = locked.manifest_path.read_bytes(), locked.lock_path.read_bytes()

    added = locked.api().add("file:weights/beta/transformer", id="gamma", type="t2v")
    path = ensure("gamma", project=locked.api())
    removed = locked.api().remove("gamma")

    assert (added.model, added.profile, removed.removal.components) == ("gamma@native", "all", ("gamma-files",))
    assert sorted(file.name for file in path.iterdir()) == ["config.json", "model.safetensors"]
    assert (locked.manifest_path.read_bytes(), locked.lock_path.read_bytes()) == before


def test_project_edits_without_locking_when_told(locked: ProjectBuilder) -> None:
    before = locked.lock_path.read_bytes()

    added = locked.api().add("file:weights/beta/transformer", lock=False, component="transformer")
    removed = locked.api().remove("transformer", lock=False)

    assert (added.locked, removed.locked, locked.lock_path.read_bytes()) == (None, None, before)


def test_config_says_what_was_chosen_and_by_whom(project: ProjectBuilder) -> None:
    (chosen,) = project.api(link_mode="copy").config("link_mode").settings

    assert (chosen.value, str(chosen.origin)) == ("copy", "flag: --link-mode")


def test_project_carries_out_a_plan_that_it_saved(locked: ProjectBuilder) -> None:
    project, path = locked.api(), locked.directory / "plan.json"

    report = project.save_plan(path, "beta")

    assert (report.applyable, report.plan.selection) == (True, ("beta@small",))
    assert sorted(project.sync_plan(path).views) == ["beta@small"]
    assert project.sync_plan(path).noop
    with pytest.raises(PlanStaleError):
        locked.api(link_mode="copy").sync_plan(path)


def test_project_plans_between_commits(locked: ProjectBuilder) -> None:
    begin(locked)

    report = locked.api().plan_between("HEAD")

    assert (report.plan.noop, report.site, report.settled) == (True, None, True)

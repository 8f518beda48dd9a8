"""`wansync doctor`: what is wrong with a store, the worst first, and nothing is changed by looking."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Any

from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import ProjectBuilder, wansync

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.support.hub_project import HubProject

CONFIG = "alpha/transformer/config.json"


def said(*arguments: str) -> list[tuple[str, str, str]]:
    """Return check, level and text of what the doctor found, without what is in order."""
    findings: list[dict[str, Any]] = document("doctor", wansync("doctor", *arguments, "--json"))["findings"]
    return [(f["check"], f["level"], f["text"]) for f in findings if f["level"] != "ok"]


def tree_of(root: Path) -> dict[str, tuple[int, int, int]]:
    paths = [path for path in root.rglob("*") if ".tmp" not in path.parts]
    stats = {path: path.lstat() for path in paths}
    return {str(path): (s.st_ino, s.st_mode, 0 if path.is_dir() else s.st_ctime_ns) for path, s in stats.items()}


def test_healthy_store_has_nothing_wrong(synced: ProjectBuilder) -> None:
    assert snapshot("""\
--- stderr
25 checks of [STORE]: nothing wrong
--- status 0
""") == shown(wansync("doctor"), synced)


def test_doctor_changes_nothing_and_leaves_nothing(synced: ProjectBuilder) -> None:
    before = tree_of(synced.models_root)

    assert wansync("doctor").status == 0

    assert tree_of(synced.models_root) == before
    assert synced.leftovers() == []
    assert wansync("sync").stderr == "Nothing to do: 2 views ready\n"


def test_doctor_without_a_store_says_so_and_makes_none(project: ProjectBuilder) -> None:
    assert snapshot("""\
note: There is no `models.lock` in `[PROJECT]`
  hint: Run `wansync lock` to make it from `models.toml`, and commit it
note: There is no store yet: `[STORE]`
  hint: Run `wansync sync`, which makes it
--- stderr
6 checks of [STORE]: 2 notes
--- status 0
""") == shown(wansync("doctor"), project)
    assert not project.models_root.exists()


def test_problem_comes_first_and_answers_no(synced: ProjectBuilder) -> None:
    (synced.layout.models / "mine").write_text("planted")
    (synced.layout.state / "pins").mkdir()
    (synced.layout.state / "pins" / "0123456789abcdef.json").write_text("torn")

    assert snapshot("""\
problem: The pin `[TREE]` cannot be read, so `wansync gc` will not work
  hint: Run `wansync pin --remove [TREE]`, and pin again what it was for
warning: `models/mine` is no link
  hint: Run `mv [STORE]/models/mine [STORE]/mine.aside`; the sync of its project makes another one
--- stderr
25 checks of [STORE]: 1 problem, 1 warning
--- status 1
""") == shown(wansync("doctor"), synced)


def test_many_findings_of_one_kind_are_cut_short_in_text_alone(synced: ProjectBuilder) -> None:
    for number in range(13):
        (synced.layout.models / f"mine-{number:02}").write_text("planted")

    lines = wansync("doctor").stdout.splitlines()

    assert len([line for line in lines if line.startswith("warning: ")]) == 10
    assert lines[-1] == "and 3 more of links; `wansync doctor --json` has all"
    assert len(said()) == 13


def test_settings_that_contradict_each_other_are_problems(
    synced: ProjectBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANSYNC_ALLOW_LICENSE", "mit, apache-2.0")
    monkeypatch.setenv("WANSYNC_DENY_LICENSE", "mit")
    monkeypatch.setenv("WANSYNC_MAX_SIZE", "1000")
    monkeypatch.setenv("WANSYNC_MIN_FREE", "100%")
    monkeypatch.setenv("WANSYNC_HUB_CACHE", str(synced.models_root / "hub"))

    texts = {text.split(":")[0] for check, level, text in said() if (check, level) == ("settings", "problem")}

    assert "The licence `mit` is both allowed and denied" in texts
    assert "The active profile has 18.6 KiB, and the store may have 1000 B" in texts
    assert "The store and the Hugging Face cache lie in each other" in texts
    assert ("room", "warning") in {(check, level) for check, level, _ in said()}


def test_profile_that_the_lock_has_not_is_a_problem(synced: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANSYNC_PROFILE", "prod")

    assert [(check, level) for check, level, _ in said()] == [("settings", "problem")]


def test_link_mode_that_does_not_work_is_a_problem(synced: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANSYNC_LINK_MODE", "reflink")
    works = wansync("sync").status == 0

    found = [(check, level) for check, level, _ in said()]

    assert found == ([] if works else [("link-mode", "problem")])


def test_file_from_the_future_is_a_warning(synced: ProjectBuilder) -> None:
    (record,) = (synced.layout.state / "roots").iterdir()
    text, now = record.read_text(), round(time.time() * 1000)
    stamp = text.split('"seen_at_ms":')[1].split(",")[0].strip(" }\n")
    record.write_text(text.replace(stamp, str(now + 3_600_000)))

    assert [(check, level) for check, level, _ in said()] == [("clock", "warning")]


def test_project_that_is_gone_is_a_warning_and_its_hint_forgets_it(synced: ProjectBuilder, tmp_path: Path) -> None:
    other = ProjectBuilder(tmp_path / "other", synced.models_root)
    other.manifest["project"]["name"] = "other"
    other.write()
    assert wansync("sync", "--project", str(other.directory)).status == 0
    shutil.rmtree(other.directory)

    (finding,) = [f for f in document("doctor", wansync("doctor", "--json"))["findings"] if f["level"] == "warning"]

    assert finding["check"] == "roots"
    assert finding["text"] == f"The directory of the project `other` is gone: `{other.directory}`"
    assert wansync("roots", "forget", finding["facts"]["id"]).status == 0
    assert said() == []


def test_lock_that_cannot_be_read_is_a_problem(synced: ProjectBuilder) -> None:
    synced.lock_path.write_text("version = ")

    assert [(check, level) for check, level, _ in said()] == [("lock", "problem")]


def test_hub_is_asked_only_when_that_is_wanted(hub_locked: HubProject) -> None:
    assert said() == []
    assert hub_locked.hub.requests == []

    assert wansync("doctor", "--network").status == 0
    assert hub_locked.hub.requests != []


def test_hub_that_does_not_answer_is_a_problem(hub_locked: HubProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("WANSYNC_HTTP_RETRIES", "0")

    ran = wansync("doctor", "--network")

    assert ran.status == 1
    assert ran.stdout.startswith("problem: ")


def test_python_interface_has_the_doctor_too(synced: ProjectBuilder) -> None:
    report = synced.api().doctor()

    assert report.healthy
    assert report.to_dict()["store"] == str(synced.models_root)

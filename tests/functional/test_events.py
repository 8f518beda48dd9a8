"""`--events FILE` and `--progress json`: real streams of every long command, and how they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.functional.output import document
from tests.support.documents import check_document
from tests.support.hub import Faults
from tests.support.project import Ran, Recorder, content, wansync
from wansync import Project

if TYPE_CHECKING:
    from tests.support.hub_project import HubProject
    from tests.support.project import ProjectBuilder

SCRIPT = Path(sys.executable).with_name("wansync")
UMT5 = "shared/text_encoder/model.safetensors"


def parse(text: str) -> list[dict[str, Any]]:
    """Return the lines of a stream, each as the schema describes it, the first and the last as they must be."""
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        check_document("events", line)
    assert (lines[0]["type"], lines[0]["schema"]) == ("version", "1.3")
    assert [line["type"] for line in lines].count("result") == 1
    assert lines[-1]["type"] == "result"
    assert len({line["run"] for line in lines}) == 1
    assert sorted(line["time"] for line in lines) == [line["time"] for line in lines]
    return lines


def followed(*arguments: str) -> tuple[Ran, list[dict[str, Any]]]:
    """Run a command, and return what it printed and its events."""
    ran = wansync(*arguments, "--events", "events.ndjson")
    return ran, parse(Path("events.ndjson").read_text(encoding="ascii"))


def types(lines: list[dict[str, Any]]) -> set[str]:
    return {line["type"] for line in lines}


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        (["lock"], {"ask_started", "list_started", "local_hash_started", "hash_finished", "source_answered"}),
        (["sync"], {"stage_started", "file_started", "fetch_progress", "file_ready", "link_started", "view_ready"}),
        (["ensure", "alpha"], {"stage_started", "blob_published", "link_progress"}),
        (["fetch"], {"stage_started", "file_started", "fetch_progress", "file_ready"}),
        (["verify"], {"verify_started", "hash_started", "hash_finished"}),
        (["outdated"], {"ask_started", "source_answered"}),
        (["gc", "--yes"], {"removal_started", "removal_finished"}),
        (["add", "file:weights/other", "--component", "other", "--kind", "vae"], {"list_started"}),
        (["remove", "beta"], {"run_started"}),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_stream_of_a_command_is_what_the_schema_says(
    project: ProjectBuilder, command: list[str], wanted: set[str]
) -> None:
    if command[0] in {"verify", "gc"}:
        assert wansync("sync").status == 0
    if command[0] in {"ensure", "fetch", "outdated"}:
        assert wansync("lock").status == 0
    if command[0] == "gc":
        project.files[UMT5] = content("another", 900)
        project.write()
        assert wansync("sync").status == 0
    if command[0] == "add":
        project.files["other/model.safetensors"] = content("other", 300)
        project.write()

    ran, lines = followed(*command)

    assert (ran.status, lines[-1]["exit_code"], lines[-1]["error"]) == (0, 0, None)
    assert {lines[0]["command"], lines[-1]["command"]} == {command[0]}
    assert wanted <= types(lines)


def test_dry_run_tells_its_events_too(locked: ProjectBuilder) -> None:
    ran, lines = followed("sync", "--dry-run")

    assert (ran.status, lines[0]["command"], lines[-1]["exit_code"]) == (0, "plan", 0)


def test_stage_says_the_totals_first_and_every_file_after_that(project: ProjectBuilder) -> None:
    assert wansync("lock").status == 0

    _, lines = followed("sync")

    (stage,) = [line for line in lines if line["type"] == "stage_started"]
    ready = [line for line in lines if line["type"] == "file_ready"]
    assert (stage["files"], stage["size"]) == (len(ready), sum(line["size"] for line in ready))
    assert stage["to_fetch"] == stage["size"]
    assert len({(line["digest"], line["path"]) for line in ready}) == 6


def test_stream_ends_with_the_error(locked: ProjectBuilder) -> None:
    (locked.directory / "weights" / UMT5).unlink()

    ran, lines = followed("ensure", "alpha", "--json")

    assert ran.status == lines[-1]["exit_code"] == 11
    assert lines[-1]["error"] == document("error", ran)["error"]
    assert "file_failed" in types(lines)


def test_stream_ends_with_a_negative_answer(synced: ProjectBuilder) -> None:
    synced.blob(UMT5).unlink()

    ran, lines = followed("verify")

    assert (ran.status, lines[-1]["exit_code"], lines[-1]["error"]) == (1, 1, None)


def test_stream_ends_with_a_bug(locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("wansync.cli.commands.sync.op", explode)

    ran, lines = followed("sync")

    assert ran.status == lines[-1]["exit_code"] == 70
    assert lines[-1]["error"]["code"] == "INTERNAL"


def test_stream_ends_with_wrong_usage(locked: ProjectBuilder) -> None:
    ran, lines = followed("lock", "--check", "--upgrade")

    assert ran.status == lines[-1]["exit_code"] == 2
    assert lines[-1]["error"]["code"] == "USAGE"


def test_stream_of_a_hub_tells_of_waiting(hub_locked: HubProject) -> None:
    hub_locked.hub.faults = Faults(server_error=1, only="model-00001")

    ran, lines = followed("sync")

    assert ran.status == 0
    assert "source_waiting" in types(lines)
    assert any(line["type"] == "message" and "trying again in" in line["text"] for line in lines)


def test_events_change_neither_stdout_nor_stderr(project: ProjectBuilder) -> None:
    plain = wansync("lock")
    project.lock_path.unlink()

    assert followed("lock")[0] == plain


def test_file_is_begun_anew_and_not_replaced(locked: ProjectBuilder) -> None:
    """Whoever follows it with `tail -f` goes on."""
    path = Path("events.ndjson")
    path.write_text("old\n" * 10_000)
    before = path.stat().st_ino

    followed("sync")

    assert path.stat().st_ino == before


@pytest.mark.parametrize(
    "name", ["missing/events.ndjson", ".", "a\0b", "-"], ids=["directory", "is one", "nul", "dash"]
)
def test_file_that_cannot_be_written_is_wrong_usage_before_anything_begins(project: ProjectBuilder, name: str) -> None:
    ran = wansync("sync", "--json", "--events", name)

    assert (ran.status, document("error", ran)["error"]["code"]) == (2, "USAGE")
    assert not project.lock_path.exists()
    assert not project.models_root.exists()


def test_full_disk_under_the_events_does_not_stop_the_run(locked: ProjectBuilder) -> None:
    ran = wansync("sync", "--events", "/dev/full")

    assert ran.status == 0
    assert ran.stderr.count("warning: The events cannot be written: No space left on device") == 1


def test_reader_of_events_that_has_gone_does_not_stop_the_run(locked: ProjectBuilder) -> None:
    command = f'"{SCRIPT}" sync --events >(head -1 >/dev/null); echo "status $?"'
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    ran = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=False)

    assert ran.stdout.splitlines()[-1] == "status 0"
    assert "Traceback" not in ran.stderr


def test_variable_names_the_file_too(locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANSYNC_EVENTS", "from-variable.ndjson")

    assert wansync("sync").status == 0
    assert parse(Path("from-variable.ndjson").read_text())[-1]["exit_code"] == 0


@pytest.mark.parametrize("break_it", [False, True])
def test_progress_json_is_the_same_stream_on_stderr_and_nothing_else(locked: ProjectBuilder, *, break_it: bool) -> None:
    if break_it:
        (locked.directory / "weights" / UMT5).unlink()

    ran = wansync("sync", "alpha", "--progress", "json", "--events", "events.ndjson")

    def comparable(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{key: value for key, value in line.items() if key != "time"} for line in lines]

    on_stderr, in_file = parse(ran.stderr), parse(Path("events.ndjson").read_text())
    assert comparable(on_stderr) == comparable(in_file)
    assert on_stderr[-1]["exit_code"] == ran.status == (11 if break_it else 0)


@pytest.mark.parametrize("option", ["--quiet", "-q"])
def test_quiet_still_prints_the_result(locked: ProjectBuilder, option: str) -> None:
    ran = wansync("sync", option)

    assert (ran.status, len(ran.stdout.splitlines())) == (0, 2)


@pytest.mark.parametrize("value", ["fast", ""])
def test_progress_that_there_is_not_is_wrong_usage(
    locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    assert wansync("sync", "--progress", value).status == 2
    monkeypatch.setenv("WANSYNC_PROGRESS", value)
    assert wansync("sync").status == (2 if value else 0)


def test_reporters_of_the_api_get_the_same_facts(project: ProjectBuilder) -> None:
    """What is in the file is what a program hears: `Event.to_dict()` with a time."""
    assert wansync("lock").status == 0
    recorder = Recorder()
    Project(project.directory, models_root=project.models_root, reporters=[recorder]).sync()

    for event in recorder.events:
        check_document("events", {"time": "2026-01-01T00:00:00.000Z", **event.to_dict()})

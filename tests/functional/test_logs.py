"""`--log-format`, `--log-level`, `--log-file`: a run as lines of a log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.project import wansync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub_project import HubProject
    from tests.support.project import ProjectBuilder

CANARY = "canaryOfEveryWayOut0123"


def documents(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_json_on_stderr_has_one_run_id_in_every_line_and_in_every_request(hub_project: HubProject) -> None:
    assert wansync("lock").status == 0
    hub_project.hub.requests.clear()

    ran = wansync("sync", "--log-format", "json", "--log-level", "debug")

    lines = documents(ran.stderr)
    (run,) = {line["run"] for line in lines}
    events = [line["event"] for line in lines]
    assert ran.status == 0
    assert events.count("blob_published") > 3, "large and small files, each in threads of its own"
    assert events[-1] == "run_ended"
    told = {request.headers.get("x-request-id") for request in hub_project.hub.requests}
    assert told == {run}


def test_file_grows_with_each_run_and_stderr_stays_for_people(project: ProjectBuilder, tmp_path: Path) -> None:
    path = tmp_path / "wansync.log"
    first = wansync("sync", "--log-file", str(path))
    second = wansync("sync", "--log-file", str(path))

    lines = path.read_text().splitlines()
    assert (first.status, second.status) == (0, 0)
    assert first.stderr.startswith("Synced ") or "Locked" in first.stderr
    assert len([line for line in lines if "run_ended exit_code=0" in line]) == 2
    assert all(" sync: " in line for line in lines)


def test_level_alone_makes_a_log_of_stderr(project: ProjectBuilder) -> None:
    assert wansync("sync", "--log-level", "warning").stderr == ""


def test_variables_choose_too(project: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANSYNC_LOG_FORMAT", "json")
    monkeypatch.setenv("WANSYNC_RUN_ID", "nightly-7")

    lines = documents(wansync("sync").stderr)

    assert {line["run"].rpartition(".")[0] for line in lines} == {"nightly-7"}


def test_run_id_of_others_changes_nothing_else(project: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wansync("sync").status == 0
    before = wansync("status")
    monkeypatch.setenv("WANSYNC_RUN_ID", "x")

    assert wansync("status") == before


def test_events_and_log_do_not_share_stderr(project: ProjectBuilder) -> None:
    ran = wansync("sync", "--log-format", "json", "--progress", "json")

    assert (ran.status, project.layout.root.exists()) == (2, False)
    assert "--log-file" in ran.stderr


def test_place_that_is_none_ends_the_command_before_any_work(project: ProjectBuilder, tmp_path: Path) -> None:
    ran = wansync("sync", "--log-file", str(tmp_path / "none" / "x.log"))

    assert (ran.status, project.layout.root.exists()) == (2, False)
    assert "`--log-file FILE`" in ran.stderr


def test_failure_is_the_last_line_with_its_code(project: ProjectBuilder) -> None:
    assert wansync("lock").status == 0
    last = documents(wansync("sync", "nobody", "--log-format", "json").stderr)[-1]

    assert (last["level"], last["event"], last["error"], last["exit_code"]) == (
        "error",
        "run_failed",
        "UNKNOWN_MODEL",
        2,
    )


@pytest.mark.parametrize("form", ["human", "json"])
def test_no_sink_shows_a_canary_or_an_escape(
    project: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """The secret stands in everything that a caller, a manifest or a path can bring into a message."""
    assert wansync("lock").status == 0
    monkeypatch.setenv("SOME_SECRET", CANARY)
    monkeypatch.setenv(f"WANSYNC_{CANARY.upper()}", "1")
    log, metrics = tmp_path / "x.log", tmp_path / "x.prom"
    places = ["--log-format", form, "--log-level", "debug", "--metrics-textfile", str(metrics)]
    hostile = f"no\x1b[2J\u202e{CANARY}"
    gone = project.directory / "weights/beta/transformer/model.safetensors"
    gone.unlink()

    to_stderr = [wansync("sync", hostile, *places), wansync("sync", "--frozen", *places)]
    to_file = [wansync("sync", name, *places, "--log-file", str(log)) for name in (hostile, "beta")]

    assert {ran.status for ran in (*to_stderr, *to_file)} <= {2, 3, 11}
    texts = [*(ran.stderr for ran in to_stderr), log.read_text(), metrics.read_text()]
    assert "file_failed" in log.read_text()
    for text in texts:
        assert CANARY not in text
        assert "\x1b" not in text
        assert "\u202e" not in text

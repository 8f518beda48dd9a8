"""What a server says of itself: as lines of a log, each with the id of the request that it is about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("uvicorn", reason="needs the extra `server`")

from tests.support.served import served

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder

CANARY = "canaryOfTheServer0123"


def test_log_of_a_server_names_requests_and_shows_no_secret(
    project: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_TOKEN", CANARY)
    log = tmp_path / "server.log"

    options = ("--log-file", str(log), "--log-format", "json", "--log-level", "debug")
    with served(project.directory, *options) as server:
        assert server.get("/livez", X_Request_ID="mine-7").status == 200
        assert server.get(f"/health/models/{CANARY}%1b%5b2J").status == 400
        assert server.get(f"/{CANARY}", X_Request_ID=CANARY).status == 404
        assert server.end() == 0

    text = log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert len({line["run"] for line in lines}) == 1
    (mine,) = (line for line in lines if line.get("request") == "mine-7")
    assert (mine["event"], mine["path"], mine["status"]) == ("request_answered", "/livez", 200)
    (failed,) = (line for line in lines if line["event"] == "request_failed")
    assert (failed["level"], failed["error"]) == ("warning", "USAGE")
    assert lines[-1]["event"] == "run_ended"
    assert CANARY not in text
    assert "\x1b" not in text

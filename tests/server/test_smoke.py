"""Smoke tests over HTTP: only where they are allowed, only of what is ready, and what is told of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("uvicorn", reason="needs the extra `server`")

from tests.support.project import ProjectBuilder, wansync
from tests.support.served import served

if TYPE_CHECKING:
    from tests.support.served import Answered, Served

LIMIT_SECONDS = 60


def until_known(server: Served, path: str) -> Answered:
    """Ask until a test has ended."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while (answer := server.get(path)).status == 202:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)
    return answer


def test_nothing_is_run_where_nobody_has_allowed_it_or_the_model_is_not_ready(project: ProjectBuilder) -> None:
    with served(project.directory) as server:
        refused = server.get("/health/models/alpha/smoke")
    with served(project.directory, "--allow-smoke") as server:
        lacking = server.get("/health/models/alpha/smoke")
        component = server.get("/health/models/alpha-transformer/smoke")
        wrong = [server.get(f"/health/models/alpha/smoke?max_age={age}") for age in ("soon", "-1", "nan", "inf")]

    assert (refused.status, refused.code) == (403, "POLICY_DENIED")
    assert lacking.status == 503
    assert lacking.document["model"] == "alpha@small"
    assert [lacking.document[name] for name in ("ready", "running", "last")] == [False, None, None]
    assert component.status in {400, 404}
    assert {(answer.status, answer.code) for answer in wrong} == {(400, "USAGE")}
    assert not project.models_root.exists(), "a server changes nothing"


def test_failure_is_told_with_its_code_and_kept_for_its_time(project: ProjectBuilder) -> None:
    """These weights make no model that could run, with or without torch: the real command fails."""
    assert wansync("sync").status == 0
    with served(project.directory, "--allow-smoke") as server:
        first = server.get("/health/models/alpha/smoke", X_Request_ID="mine-1")
        failed = until_known(server, "/health/models/alpha/smoke")
        again = server.get("/health/models/ALPHA/smoke?max_age=3600")
        alive = server.get("/readyz")

    assert (first.status, first.document["running"], first.document["last"]) == (202, "alpha@small", None)
    assert failed.status == again.status == 503
    last = failed.document["last"]
    assert (last["passed"], last["request_id"], last["report"]) == (False, "mine-1", None)
    assert last["error"] not in {None, "INTERNAL"}
    assert again.document["running"] is None
    assert again.document["last"]["age_seconds"] >= last["age_seconds"]
    assert alive.status == 200
    assert str(project.directory.parent) not in failed.text

"""A server says whether a model runs, having run it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("torch", reason="torch is not installed (make wan)")
pytest.importorskip("diffusers", reason="diffusers is not installed (make wan)")
pytest.importorskip("uvicorn", reason="needs the extra `server`")

from tests.support.served import served

if TYPE_CHECKING:
    from wansync import Project

pytestmark = pytest.mark.torch

REPOSITORY = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 110


def test_server_runs_one_model_at_a_time_and_tells_what_came_out(tiny: Project, tiny_store: Path) -> None:
    for model in ("t2v-A14B", "ti2v-5B"):
        tiny.ensure(model)

    with served(REPOSITORY, "--allow-smoke", "--models-root", str(tiny_store)) as server:
        began = server.get("/health/models/t2v-A14B/smoke", X_Request_ID="mine-1")
        other = server.get("/health/models/ti2v-5B/smoke")
        deadline = time.monotonic() + LIMIT_SECONDS
        while (told := server.get("/health/models/t2v-A14B/smoke")).status == 202:
            assert time.monotonic() < deadline, told.text
            time.sleep(0.5)

    assert (began.status, other.status) == (202, 202)
    assert began.document["running"] == other.document["running"] == "t2v-A14B@tiny"
    assert other.document["last"] is None
    assert told.status == 200, told.text
    last = told.document["last"]
    assert (last["passed"], last["request_id"], last["error"]) == (True, "mine-1", None)
    assert last["report"]["experts"] == {"transformer": 2, "transformer_2": 2}
    assert 0 <= last["age_seconds"] < LIMIT_SECONDS

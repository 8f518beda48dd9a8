"""`/metrics` as Prometheus reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("uvicorn", reason="needs the extra `server`")
pytest.importorskip("prometheus_client", reason="needs the extra `server`")

from prometheus_client.parser import text_string_to_metric_families

from tests.support.project import ProjectBuilder, wansync
from tests.support.served import served

if TYPE_CHECKING:
    from pathlib import Path

MODEL = (("model_id", "alpha"), ("variant", "small"))


def figures(text: str) -> dict[tuple[object, ...], float]:
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_tell_the_state_and_cost_one_look(project: ProjectBuilder, tmp_path: Path) -> None:
    assert wansync("sync", "alpha").status == 0

    with served(project.directory) as server:
        assert server.get("/nothing").status == 404
        answers = [server.get("/metrics") for _ in range(20)]

    found = [figures(answer.text) for answer in answers]
    assert answers[0].headers["content-type"].startswith("text/plain")
    assert found[0]["wansync_model_ready", *MODEL] == 1
    assert found[0]["wansync_ready",] == 0
    assert found[0]["wansync_model_bytes_needed", ("model_id", "beta"), ("variant", "small")] > 0
    assert found[0]["wansync_store_bytes",] == sum(
        file.stat().st_size for file in (project.models_root / "blobs").rglob("*") if file.is_file()
    )
    assert found[-1]["wansync_server_requests_total", ("code", "404")] == 1
    assert found[-1]["wansync_server_requests_total", ("code", "200")] == 19
    assert len({figure["wansync_look_seconds",] for figure in found}) < 20, "a look for each who asks"
    assert str(tmp_path) not in answers[0].text

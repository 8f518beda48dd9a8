"""The state of a store as figures."""

from __future__ import annotations

import pytest

pytest.importorskip("prometheus_client", reason="needs the extra `server`")

from prometheus_client.parser import text_string_to_metric_families

from wansync.errors import ErrorCode
from wansync.metrics import State, state_text
from wansync.metrics.labels import LABELS, MOST_VALUES
from wansync.ops.health import HealthReport, ModelHealth
from wansync.ops.status import ModelState, ModelStatus
from wansync.store import LastError, Phase, RunRecord


def model(name: str, variant: str | None = "v", *, ready: bool = True, error: LastError | None = None) -> ModelHealth:
    status = ModelStatus(
        name=f"{name}@{variant}",
        model_id=name,
        variant=variant,
        state=ModelState.COMPLETE if ready else ModelState.PARTIAL,
        path=None,
        size=10,
        bytes_needed=0 if ready else 4,
        missing=() if ready else ("a", "b"),
    )
    return ModelHealth(status=status, last_error=error)


def run(command: str, done: int) -> RunRecord:
    return RunRecord(run="r", command=command, writer="w", phase=Phase.STAGE, models=(), done=done, total=9)


def figures(*models: ModelHealth, runs: tuple[RunRecord, ...] = ()) -> dict[tuple[str, ...], float]:
    health = HealthReport(project="p", models=models, runs=runs)
    text = state_text(State(health=health, stored=7, capacity=100, free=50, most=None, seconds=0.5)).decode()
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            assert set(sample.labels) <= set(LABELS)
            key = (sample.name.removeprefix("wansync_"), *(value for _, value in sorted(sample.labels.items())))
            assert key not in found
            found[key] = sample.value
    return found


def test_state_of_models_and_runs() -> None:
    error = LastError(code=ErrorCode.NO_SPACE, run="r", at=5.0)
    found = figures(model("a"), model("b", ready=False, error=error), runs=(run("sync", 1), run("sync", 2)))

    assert {
        ("ready",): 0,
        ("store_bytes",): 7,
        ("disk_capacity_bytes",): 100,
        ("disk_free_bytes",): 50,
        ("model_ready", "a", "v"): 1,
        ("model_ready", "b", "v"): 0,
        ("model_bytes_needed", "b", "v"): 4,
        ("model_missing_files", "b", "v"): 2,
        ("model_error_timestamp_seconds", "NO_SPACE", "b", "v"): 5,
        ("running", "sync"): 2,
        ("running_bytes_done", "sync"): 3,
        ("running_bytes_planned", "sync"): 18,
    }.items() <= found.items()
    assert ("store_max_bytes",) not in found


def test_hostile_models_and_commands_are_bounded() -> None:
    models = [model(f'm{number}"\n# \x1b[2J', f"v{number}") for number in range(2 * MOST_VALUES)]
    models.append(model("last", ready=False))
    found = figures(*models, runs=tuple(run(f"c{number}\n", 1) for number in range(50)))

    ready = {key: value for key, value in found.items() if key[0] == "model_ready"}
    assert len(ready) == MOST_VALUES + 1
    assert ready["model_ready", "other", "other"] == 0
    assert found["model_bytes", "other", "other"] == 10 * (MOST_VALUES + 1)
    assert not any("\x1b" in label or "\n" in label for key in ready for label in key)
    assert found["running", "other"] == 50
    assert len([key for key in found if key[0] == "running"]) == 1

"""What state a store and its models are in, as of one look."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from wansync.metrics.labels import CODES, COMMANDS, MOST_VALUES, OTHER, Bounded
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wansync.ops.health import HealthReport, ModelHealth


@value_type
class State:
    """What one look found; sizes are bytes.

    Args:
        health: the models that are looked at, and the commands that run.
        stored: all blobs and partials of the store.
        capacity: of its disk.
        free: on its disk.
        most: that the store may have, if there is a limit.
        seconds: that the look took.
    """

    health: HealthReport
    stored: int
    capacity: int
    free: int
    most: int | None
    seconds: float


def state_text(state: State) -> bytes:
    """Return a state in the text format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(state))
    return generate_latest(registry)


class _Families:
    """The families of a state, as the registry asks for them.

    Args:
        state: what they are about.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def describe(self) -> list[GaugeMetricFamily]:
        """Say nothing beforehand."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield them."""
        state = self._state
        yield _one("ready", "1 if every model that is looked at can be used", int(state.health.ready))
        yield _one("store_bytes", "Bytes of all blobs and partials of the store", state.stored)
        if state.most is not None:
            yield _one("store_max_bytes", "The most bytes that the store may have", state.most)
        yield _one("disk_capacity_bytes", "Size of the disk of the store", state.capacity)
        yield _one("disk_free_bytes", "Bytes free on the disk of the store", state.free)
        yield _one("look_seconds", "How long looking at all of this took", state.seconds)
        yield from _of_models(state.health.models)
        yield from _of_runs(state.health)


def _of_models(models: Iterable[ModelHealth]) -> Iterator[GaugeMetricFamily]:
    labels = ["model_id", "variant"]
    ready = _many("model_ready", "1 if a model can be used: every file here, verified and linked", labels)
    size = _many("model_bytes", "Size of a model", labels)
    needed = _many("model_bytes_needed", "Bytes of a model that are still to come", labels)
    missing = _many("model_missing_files", "Files of a model that are not here", labels)
    wrong = _many("model_corrupt_files", "Files of a model that have wrong bytes", labels)
    for name, own in _by_name(models).items():
        ready.add_metric(name, int(all(model.ready for model in own)))
        size.add_metric(name, sum(model.status.size for model in own))
        needed.add_metric(name, sum(model.status.bytes_needed for model in own))
        missing.add_metric(name, sum(len(model.status.missing) for model in own))
        wrong.add_metric(name, sum(len(model.status.corrupt) for model in own))
    yield from (ready, size, needed, missing, wrong)
    yield _last_errors(models)


def _last_errors(models: Iterable[ModelHealth]) -> GaugeMetricFamily:
    text = "When the last run on a model failed, in seconds since the epoch; nothing where it did not"
    family = _many("model_error_timestamp_seconds", text, ["model_id", "variant", "code"])
    codes = Bounded(known=CODES)
    latest: dict[tuple[str, str, str], float] = {}
    for name, own in _by_name(models).items():
        for error in (model.last_error for model in own if model.last_error):
            key = (*name, codes(str(error.code)))
            latest[key] = max(error.at, latest.get(key, 0.0))
    for key, at in latest.items():
        family.add_metric(key, at)
    return family


def _by_name(models: Iterable[ModelHealth]) -> dict[tuple[str, str], list[ModelHealth]]:
    """Return models by their labels; those beyond the bound are one."""
    found: dict[tuple[str, str], list[ModelHealth]] = {}
    clean = Bounded(most=sys.maxsize)
    for model in models:
        status = model.status
        name = clean(status.model_id or status.name), clean(status.variant or "")
        if name not in found and len(found) >= MOST_VALUES:
            name = OTHER, OTHER
        found.setdefault(name, []).append(model)
    return found


def _of_runs(health: HealthReport) -> Iterator[GaugeMetricFamily]:
    running = _many("running", "Commands of any process that work on the store now", ["command"])
    done = _many("running_bytes_done", "Bytes that these have fetched so far", ["command"])
    total = _many("running_bytes_planned", "Bytes that these fetch in all", ["command"])
    commands = Bounded(known=COMMANDS)
    for command in sorted({commands(run.command) for run in health.runs}):
        own = [run for run in health.runs if commands(run.command) == command]
        running.add_metric([command], len(own))
        done.add_metric([command], sum(run.done for run in own))
        total.add_metric([command], sum(run.total for run in own))
    yield from (running, done, total)


def _one(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"wansync_{name}", text, value)


def _many(name: str, text: str, labels: list[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"wansync_{name}", text, labels=labels)

"""The one stream of facts."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from tests.support.project import Recorder
from wansync import events
from wansync.events import BlobPublished, Event, EventStream, FetchProgress, RunFinished, RunStarted

KINDS = [kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Event)]


class Broken:
    """A reporter that fails at every event."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.calls = 0

    def report(self, event: Event) -> None:
        self.calls += 1
        raise self.error


def test_emit_stamps_the_run_on_what_every_reporter_gets() -> None:
    one, two = Recorder(), Recorder()

    EventStream("r1", [one, two]).emit(FetchProgress(digest="7c", path="a", done=3, size=4))

    assert [FetchProgress(run="r1", digest="7c", path="a", done=3, size=4)] == one.events == two.events


def test_emit_overrides_the_run_of_another_stream() -> None:
    recorder = Recorder()

    EventStream("r1", [recorder]).emit(RunStarted(run="stranger", command="sync"))

    assert [RunStarted(run="r1", command="sync")] == recorder.events


def test_emit_leaves_the_event_of_the_caller_alone() -> None:
    event = RunStarted(command="sync")

    EventStream("r1", [Recorder()]).emit(event)

    assert event.run == ""


@pytest.mark.parametrize("error", [ValueError("x"), OSError(28, "No space"), KeyError("x"), StopIteration()])
def test_emit_exception_of_a_reporter_is_dropped_and_the_others_still_hear(error: Exception) -> None:
    broken, recorder = Broken(error), Recorder()
    stream = EventStream("r1", [broken, recorder])

    stream.emit(RunStarted(command="sync"))
    stream.emit(RunFinished(command="sync"))

    assert broken.calls == 2
    assert recorder.names() == ["RunStarted", "RunFinished"]


def test_emit_without_reporters_does_nothing() -> None:
    EventStream("r1").emit(RunStarted(command="sync"))


def test_to_dict_has_the_name_of_the_fact_first() -> None:
    values = BlobPublished(run="r1", digest="7c", path="a", size=3).to_dict()

    assert list(values.items())[:2] == [("type", "blob_published"), ("run", "r1")]
    assert values == {"type": "blob_published", "run": "r1", "digest": "7c", "path": "a", "size": 3}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_fact_is_a_frozen_record(kind: type[Event]) -> None:
    values: dict[str, Any] = {f.name: 0 if "int" in str(f.type) else "x" for f in dataclasses.fields(kind)}
    event = kind(**values)

    with pytest.raises(dataclasses.FrozenInstanceError):
        event.run = "other"  # type: ignore[misc]

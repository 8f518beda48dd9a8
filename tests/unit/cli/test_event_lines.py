from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.documents import check_document, load_schema
from tests.unit.cli.progresses import fetched, hashed
from wansync import events
from wansync.cli.event_lines import EventLines
from wansync.errors import UsageError
from wansync.events import Event, LinkProgress, type_name

RUN = "0123456789ab"


class Sink:
    """Takes lines, until it is full."""

    def __init__(self) -> None:
        self.text = ""
        self.full = False
        self.now = 0.0

    def write(self, text: str) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        self.text += text

    def lines(self) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.text.splitlines()]
        for line in found:
            check_document("events", line)
        return found


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def lines(sink: Sink) -> EventLines:
    return EventLines(sink.write, RUN, "sync", lambda: sink.now)


def stamped(event: Event) -> Event:
    """Return an event as a stream hands it on, with a digest where it has one."""
    values = {name: getattr(event, name) for name in event.__dataclass_fields__}
    return type(event)(**values | {"run": RUN} | ({"digest": "7c" * 32} if "digest" in values else {}))


def test_first_line_is_the_version_and_last_one_the_result(sink: Sink, lines: EventLines) -> None:
    lines.end(13, UsageError("Wrong", hint="Right"))
    lines.end(0, None)

    first, last = sink.lines()
    assert (first["type"], first["schema"], first["command"]) == ("version", "1.3", "sync")
    assert (last["type"], last["exit_code"], last["error"]["code"]) == ("result", 13, "USAGE")
    assert list(last)[:3] == ["type", "time", "run"]


def test_progress_of_each_file_is_told_once_a_second(sink: Sink, lines: EventLines) -> None:
    for tenth in range(25):
        sink.now = tenth / 10
        lines.report(stamped(fetched("a", tenth, 100)))
        lines.report(stamped(fetched("b", tenth, 100)))
        lines.report(stamped(hashed("a", tenth, 100)))
        lines.report(stamped(LinkProgress(name="view", done=tenth)))

    told = [(line["type"], line.get("path", ""), line["done"]) for line in sink.lines()[1:]]
    assert sorted(told) == [
        *[("fetch_progress", path, done) for path in "ab" for done in (0, 10, 20)],
        *[("hash_progress", "a", done) for done in (0, 10, 20)],
        *[("link_progress", "", done) for done in (0, 10, 20)],
    ]


def test_full_disk_is_said_once_and_the_result_is_tried_again(
    sink: Sink, lines: EventLines, capsys: pytest.CaptureFixture[str]
) -> None:
    sink.full = True
    lines.report(LinkProgress(name="a", done=1))
    lines.report(LinkProgress(name="b", done=1))
    sink.full = False
    lines.report(LinkProgress(name="c", done=1))
    lines.end(0, None)

    assert [line["type"] for line in sink.lines()] == ["version", "result"]
    assert capsys.readouterr().err == (
        "warning: The events cannot be written: No space left on device; the command goes on without them\n"
    )


def test_nothing_is_told_after_the_result(sink: Sink, lines: EventLines) -> None:
    lines.end(0, None)
    lines.report(LinkProgress(name="a", done=1))
    lines.say("note", "late")

    assert len(sink.lines()) == 2


def test_schema_has_every_kind_of_event_and_every_fact_of_it() -> None:
    described = load_schema("events")["$defs"]
    kinds = [kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Event)]

    facts = {type_name(kind.__name__): {"type", "time", *kind.__dataclass_fields__} for kind in kinds if kind != Event}

    assert facts == {name: {*described[name]["properties"]} for name in facts}
    assert set(described) - set(facts) == {"time", "run", "digest", "path", "version", "result", "message"}
    assert {choice["$ref"] for choice in load_schema("events")["oneOf"]} == {
        f"#/$defs/{name}" for name in (*facts, "version", "result", "message")
    }

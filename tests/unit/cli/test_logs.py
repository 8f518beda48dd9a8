"""Lines of a log: complete, levelled, and clean whatever is in them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wansync.cli.children import children_told
from wansync.cli.log_choices import LogFormat, LogLevel
from wansync.cli.logs import Logs
from wansync.errors import UsageError
from wansync.events import BlobPublished, FetchProgress, FileFailed, new_run_id

CANARY = "canaryOfTheLogs0123"
OBEYED = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


class Lines:
    """What was written."""

    def __init__(self) -> None:
        self.text = ""

    def __call__(self, text: str) -> None:
        self.text += text

    @property
    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(line, parse_constant=pytest.fail) for line in self.text.splitlines()]


def logs(lines: Lines, form: LogFormat = LogFormat.JSON, level: LogLevel = LogLevel.DEBUG) -> Logs:
    return Logs(lines, "r1", "sync", form, level)


def test_every_line_has_time_level_run_and_command() -> None:
    lines = Lines()
    log = logs(lines)
    log.report(BlobPublished(run="r1", digest="7c", path="a", size=3))
    log.report(FileFailed(run="r1", digest="7c", path="a", error="NOT_FOUND", message="gone"))
    log.report(FetchProgress(run="r1", digest="7c", path="a", done=1, size=3))
    log.say("note", "a note")
    log.say("hint", "a hint")
    log.end(2, UsageError("Wrong", hint="Right", name="x"))
    log.end(0, None)

    found = lines.documents
    assert all({"time", "level", "event", "run", "command"} <= line.keys() for line in found)
    assert {(line["run"], line["command"]) for line in found} == {("r1", "sync")}
    assert [(line["level"], line["event"]) for line in found] == [
        ("debug", "run_begun"),
        ("debug", "blob_published"),
        ("warning", "file_failed"),
        ("info", "a note"),
        ("info", "a hint"),
        ("error", "run_failed"),
    ]
    assert (found[-1]["error"], found[-1]["exit_code"], found[-1]["facts"]) == ("USAGE", 2, {"name": "x"})


@pytest.mark.parametrize(
    ("level", "said"),
    [
        (LogLevel.DEBUG, ["run_begun", "note", "warning", "error", "run_ended"]),
        (LogLevel.INFO, ["note", "warning", "error", "run_ended"]),
        (LogLevel.WARNING, ["warning", "error"]),
        (LogLevel.ERROR, ["error"]),
    ],
)
def test_level_is_the_least_that_is_written(level: LogLevel, said: list[str]) -> None:
    lines = Lines()
    log = logs(lines, level=level)
    for kind in ("note", "warning", "error"):
        log.say(kind, kind)
    log.end(0, None)

    assert [line["event"] for line in lines.documents] == said


@pytest.mark.parametrize("form", LogFormat)
@given(text=st.text(), value=VALUES)
def test_no_line_holds_a_secret_or_what_a_terminal_obeys(form: LogFormat, text: str, value: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOME_TOKEN", CANARY)
        lines = Lines()
        log = logs(lines, form)
        log.say("warning", f"{text}{CANARY}{text}")
        log.request("warning", text, value=[{f"{CANARY}": value}, f"x{CANARY}"], path=f"/{text}?q={CANARY}")

    assert lines.text.count("\n") == 3
    assert CANARY not in lines.text
    assert form is LogFormat.HUMAN or lines.documents
    assert not [character for character in lines.text.replace("\n", "") if unicodedata.category(character) in OBEYED]


def test_key_of_a_value_is_masked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", CANARY)
    lines = Lines()
    logs(lines).request("warning", "x", value={CANARY: 1})

    assert CANARY not in lines.text


def test_run_below_another_carries_its_id() -> None:
    above, _, own = new_run_id({"WANSYNC_RUN_ID": "nightly-7"}).rpartition(".")
    assert (above, len(own)) == ("nightly-7", 12)


@pytest.mark.parametrize("strange", ["", "../x", "a" * 51, "two words", "x\n", ".hidden"])
def test_run_below_a_strange_id_has_its_own_alone(strange: str) -> None:
    assert len(new_run_id({"WANSYNC_RUN_ID": strange})) == 12


def test_children_find_the_id_and_nobody_else_does() -> None:
    ask = [sys.executable, "-c", "import os; print(os.environ['WANSYNC_RUN_ID'])"]
    with children_told("r7"):
        told = subprocess.run(ask, capture_output=True, text=True, check=True).stdout

    assert told == "r7\n"
    assert "WANSYNC_RUN_ID" not in os.environ

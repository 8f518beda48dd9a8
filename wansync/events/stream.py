"""The stream itself: what an event is, who listens, and how every event gets to all of them. No IO."""

from __future__ import annotations

import contextlib
import functools
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Protocol

from wansync.value_types import field_names, value_type

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


@functools.cache
def type_name(class_name: str) -> str:
    """Return the name of a kind of event in JSON: `fetch_progress` for `FetchProgress`."""
    return _WORD.sub("_", class_name).lower()


@value_type
class Event:
    """One fact. `run` is the correlation id of the run that it belongs to, filled in by the stream."""

    run: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return the fact as plain values with its `type` first, as `schemas/events.schema.json` describes it."""
        return {"type": type_name(type(self).__name__), **asdict(self)}


class Reporter(Protocol):
    """Whoever listens to a run. Events come from several threads, one at a time."""

    def report(self, event: Event) -> None:
        """Take note of one fact."""


class EventStream:
    """Stamps every event with the run's id and hands it to all reporters.

    Args:
        run: the correlation id of the run.
        reporters: who listens.
        turn: held while an event is reported, so that threads take turns.
    """

    def __init__(
        self, run: str, reporters: Iterable[Reporter] = (), turn: AbstractContextManager[object] | None = None
    ) -> None:
        self.run = run
        self._turn = turn or contextlib.nullcontext()
        self._reporters = tuple(reporters)

    def joined(self, reporter: Reporter) -> EventStream:
        """Return the stream of the same run to which one more listens."""
        return EventStream(self.run, (*self._reporters, reporter), self._turn)

    def emit(self, event: Event) -> None:
        """Report `event`; an exception in a reporter never reaches the run."""
        if not self._reporters:
            return
        values = {name: getattr(event, name) for name in field_names(type(event))}
        stamped = type(event)(**{**values, "run": self.run})
        with self._turn:
            for reporter in self._reporters:
                with contextlib.suppress(Exception):
                    reporter.report(stamped)

"""Lines of a log: what a command says beside its result, and what happens in it, for those who read it later.

Every line has a time, a level, the run's id and the command. Whatever is in a line is cleaned and masked in one place,
the last one before the line is made: nobody who logs can forget it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import structlog

from wansync.cli.log_choices import LogFormat, LogLevel
from wansync.errors import WansyncError
from wansync.events import (
    Event,
    FetchProgress,
    FileFailed,
    HashProgress,
    LinkProgress,
    RunFinished,
    RunStarted,
    SourceFailed,
    type_name,
)
from wansync.surroundings.servers import secret_values
from wansync.text import mask_secrets, printable
from wansync.version import __version__

_LIMIT = 2000
_UNSAID = (FetchProgress, HashProgress, LinkProgress, RunStarted, RunFinished)
"""Facts that come many times a second and that only a display needs; and those that the log says itself."""
_BAD = (FileFailed, SourceFailed)
_DEPTH = 8


class Logs:
    """A reporter that writes lines, and who is told what is said to a person.

    Args:
        write: takes a line.
        run: the run's id.
        command: its name.
        form: how a line looks.
        level: the least of what is written.
    """

    def __init__(self, write: Callable[[str], None], run: str, command: str, form: LogFormat, level: LogLevel) -> None:
        self._began = time.monotonic()
        self._ended = False
        self._log = structlog.wrap_logger(
            _Lines(write),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
                cleaned,
                _renderer(form),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(level.value),
            run=run,
            command=command,
        )
        self._log.debug("run_begun", tool=f"wansync {__version__}")

    def report(self, event: Event) -> None:
        """Write one fact."""
        if isinstance(event, _UNSAID):
            return
        values = {name: value for name, value in event.to_dict().items() if name not in {"type", "run", "command"}}
        say = self._log.warning if isinstance(event, _BAD) else self._log.debug
        say(type_name(type(event).__name__), **values)

    def say(self, level: str, text: str) -> None:
        """Write a line that a person would read beside the result."""
        said: Mapping[str, Callable[..., Any]] = {"warning": self._log.warning, "error": self._log.error}
        said.get(level, self._log.info)(text, **({"kind": "hint"} if level == "hint" else {}))

    def request(self, level: str, text: str, **facts: object) -> None:
        """Write a line about a request of somebody to us."""
        getattr(self._log, level)(text, **facts)

    def end(self, status: int, error: WansyncError | None) -> None:
        """Write how the command ended; only the first call counts."""
        if self._ended:
            return
        self._ended = True
        facts = {"exit_code": int(status), "seconds": round(time.monotonic() - self._began, 3)}
        if error:
            self._log.error("run_failed", **facts, error=str(error.code), reason=error.reason, facts=error.facts)
        else:
            self._log.info("run_ended", **facts)


class _Lines:
    """What structlog takes for a logger: writes each line that was made.

    Args:
        write: takes a line.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def msg(self, line: str) -> None:
        """Write one line."""
        self._write(f"{line}\n")

    debug = info = warning = error = msg


def cleaned(_logger: object, _method: str, values: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Return the values of a line with no secret in them and nothing that a terminal or a log would obey."""
    secrets = secret_values()
    return {_clean(name, secrets): _cleaned(value, secrets) for name, value in values.items()}


def _cleaned(value: object, secrets: list[str], depth: int = 0) -> object:
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if depth < _DEPTH and isinstance(value, Mapping):
        return {_clean(name, secrets): _cleaned(item, secrets, depth + 1) for name, item in value.items()}
    if depth < _DEPTH and isinstance(value, list | tuple | set | frozenset):
        return [_cleaned(item, secrets, depth + 1) for item in value]
    return _clean(value, secrets)


def _clean(value: object, secrets: list[str]) -> str:
    # Masked first: what is cut or escaped could not be found any more.
    return printable(mask_secrets(str(value), secrets), limit=_LIMIT)


def _renderer(form: LogFormat) -> Callable[..., str]:
    if form is LogFormat.JSON:
        render = structlog.processors.JSONRenderer(sort_keys=False)
        return lambda logger, method, values: str(render(logger, method, _ordered(values)))
    return _human


def _ordered(values: Mapping[str, Any]) -> dict[str, Any]:
    first = ("time", "level", "event", "run", "command")
    return {name: values[name] for name in (*first, *values) if name in values}


def _human(_logger: object, _method: str, values: Mapping[str, Any]) -> str:
    rest = {name: value for name, value in values.items() if name not in {"time", "level", "event", "run", "command"}}
    facts = "".join(f" {name}={_shown(value)}" for name, value in rest.items())
    return f"{values['time']} {values['level']:7} {values['run']} {values['command']}: {values['event']}{facts}"


def _shown(value: object) -> str:
    text = str(value)
    return text if text and not set(text) & set(" \"'=") else repr(value)

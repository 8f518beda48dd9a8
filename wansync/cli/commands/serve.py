"""`wansync serve`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wansync.cli.console import note, warning_line
from wansync.cli.ending import find_ending
from wansync.cli.options import Only, Profile, ProjectDirectory, Quiet, Root, Wanted, names
from wansync.cli.session import Session
from wansync.errors import ExtraMissingError, WansyncError
from wansync.project import Workspace
from wansync.settings import Choices
from wansync.text import printable

if TYPE_CHECKING:
    from wansync.cli.logs import Logs
    from wansync.server import Answered

Host = Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Address to listen at; others may then ask, too.")]
Port = Annotated[
    int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="Port to listen at; 0 is any free one.")
]
Unix = Annotated[Path | None, typer.Option("--unix", metavar="PATH", help="Listen at a unix socket instead.")]
Limit = Annotated[float, typer.Option("--time-limit", metavar="SECONDS", min=0.1, help="How long an answer may take.")]

AllowSmoke = Annotated[
    bool, typer.Option("--allow-smoke", help="Let /health/models/MODEL/smoke run a model on the device, one at a time.")
]

EXAMPLES = {
    "wansync serve": "Tell the state of the active profile at http://127.0.0.1:8642.",
    "wansync serve --profile prod --unix /run/wansync.sock": "At a unix socket.",
}


class Served:
    """What there is to say when a server has ended: nothing."""

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {}


def serve(
    models: Wanted = None,
    only: Only = None,
    host: Host = "127.0.0.1",
    port: Port = 8642,
    unix: Unix = None,
    limit: Limit = 10.0,
    allow_smoke: AllowSmoke = False,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    quiet: Quiet = False,
) -> None:
    """Tell by HTTP what is ready, what is missing and what is happening, until it is told to end.

    It reads, and never syncs. /readyz is 200 when every model is COMPLETE; /openapi.json lists what else can be asked.
    """
    choices: Choices = {"models_root": models_root, "profile": profile}
    session = Session("serve", project, as_json=False, quiet=quiet, choices=choices)
    # There is no answer to keep, and so nothing that is written into the store.
    find_ending().repeatable = False
    wanted = tuple(names(models, only))
    log = _RequestLog(find_ending().logs)

    def op(workspace: Workspace) -> Served:
        try:
            from wansync.server import Asked, Listener, listen, make_app  # noqa: PLC0415 (of the extra `server`)
        except ImportError as error:
            raise ExtraMissingError(
                "Serving needs starlette and uvicorn, which are not installed",
                hint="Install them with `pip install 'wansync[server]'`",
                extra="server",
            ) from error
        smoke = _log_variables() if allow_smoke else None
        asked = Asked(directory=workspace.directory, choices=choices, models=wanted, limit=limit, smoke=smoke)
        # What cannot be told now cannot be served: a wrong name is an error here, and not in every answer.
        asked.gathered()
        said = _silent if quiet else lambda address: note(f"Listening at {address}")
        app = make_app(asked, log.tell, log.answered)
        try:
            listen(app.asgi, Listener(host=host, port=port, path=unix), said, log.troubled)
        finally:
            app.close()
        return Served()

    session.run(op, _nothing)


def _log_variables() -> dict[str, str]:
    """Return what lets a process below write the same log."""
    asked = find_ending().asked
    chosen = {"FORMAT": asked.log_format, "LEVEL": asked.log_level, "FILE": asked.log_file}
    return {f"WANSYNC_LOG_{name}": str(value) for name, value in chosen.items() if value is not None}


class _RequestLog:
    """What the log says about requests; without a log only those that went wrong are said.

    Args:
        logs: the log, if there is one.
    """

    def __init__(self, logs: Logs | None) -> None:
        self._logs = logs

    def tell(self, request: str, path: str, error: Exception) -> None:
        """Say of a request why it could not be answered."""
        code = str(error.code) if isinstance(error, WansyncError) else type(error).__name__
        reason = error.reason if isinstance(error, WansyncError) else str(error)
        if self._logs:
            self._logs.request("warning", "request_failed", request=request, path=path, error=code, reason=reason)
        else:
            warning_line(f"request {request}: {printable(path)}: {code}: {printable(reason)}")

    def troubled(self, error: Exception) -> None:
        """Say what goes wrong where no request has come yet; only now and then, as the server sees to."""
        reason = getattr(error, "strerror", None) or str(error)
        if self._logs:
            self._logs.request("warning", "server_troubled", error=type(error).__name__, reason=reason)
        else:
            warning_line(f"Some connections cannot be taken: {printable(reason)}")

    def answered(self, answer: Answered) -> None:
        """Say that a request was answered, where everything is said."""
        if self._logs:
            self._logs.request("debug", "request_answered", **asdict(answer))


def _silent(_address: str) -> None:
    """Say nothing."""


def _nothing(_report: Served) -> None:
    """Print nothing: all has been said in answers."""

"""The routes: each reads, none changes anything, and none needs a network."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route, Router

from wansync.server.looks import Looks
from wansync.server.openapi import describe
from wansync.server.problems import BadQueryError
from wansync.server.requests import Requests

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from wansync.ops.health import HealthReport
    from wansync.server.asked import Asked

_NO = {"", "0", "false", "no", "off"}
_YES = {"1", "true", "yes", "on"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A document as it is sent, and whether what it tells of is ready."""

    body: bytes
    ready: bool = True

    @classmethod
    def of(cls, values: Mapping[str, object], *, ready: bool = True) -> Told:
        """Return the document of some values."""
        return cls(body=json.dumps(values).encode() + b"\n", ready=ready)


class Answers:
    """The answers to all routes.

    Args:
        asked: what they are about.
    """

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._looks: Looks[Told] = Looks()
        # Apart, so that those who ask for any name that comes to mind never keep the others from their answer.
        self._looks_at_one: Looks[Told] = Looks()

    @property
    def routes(self) -> list[Route]:
        """Every route."""
        return [
            Route("/livez", self.livez),
            Route("/readyz", self.readyz),
            Route("/health/models", self.health_models),
            Route("/health/models/{model:path}", self.health_model),
            Route("/plan", self.plan),
            Route("/runs", self.runs),
            Route("/openapi.json", self.openapi),
        ]

    async def livez(self, _request: Request) -> Response:
        """Say that the process answers, whatever the models are like."""
        return _json(Told.of({"alive": True}))

    async def readyz(self, _request: Request) -> Response:
        """Say whether every model that is served can be used: 200, else 503."""
        told = await self._looks.get("ready", lambda: _readiness(self._asked.health()))
        return _json(told, HTTPStatus.OK if told.ready else HTTPStatus.SERVICE_UNAVAILABLE)

    async def health_models(self, request: Request) -> Response:
        """Tell the health of every model that is served."""
        deep = _flag(request, "deep")
        _flag(request, "dry_run")
        return _json(await self._looks.get(("health", deep), lambda: _health(self._asked.health(deep=deep))))

    async def health_model(self, request: Request) -> Response:
        """Tell the health of one model of the lock."""
        model, deep = request.path_params["model"], _flag(request, "deep")
        _flag(request, "dry_run")
        look = lambda: _health(self._asked.health(model, deep=deep))  # noqa: E731
        return _json(await self._looks_at_one.get((model, deep), look))

    async def plan(self, _request: Request) -> Response:
        """Tell what a sync would do."""
        return _json(await self._looks.get("plan", lambda: Told.of(self._asked.plan())))

    async def runs(self, _request: Request) -> Response:
        """Tell which commands of any process work on the store now, and how far they are."""
        return _json(await self._looks.get("runs", lambda: _runs(self._asked.health())))

    async def openapi(self, _request: Request) -> Response:
        """Describe the routes."""
        return _json(Told.of(describe()))


def make_app(asked: Asked, note: Callable[[str, str, Exception], None]) -> ASGIApp:
    """Return the application.

    Args:
        asked: what it answers about.
        note: told of each request that went wrong: its id, its path, and what was raised.
    """
    answers = Answers(asked)
    return Requests(Router(answers.routes, redirect_slashes=False), asked.limit, note)


def _json(told: Told, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(told.body, status, media_type="application/json")


def _readiness(report: HealthReport) -> Told:
    """Return the document described by `schemas/ready.schema.json`."""
    models = [{"name": model.status.name, "state": str(model.status.state)} for model in report.models]
    return Told.of({"format_version": "1.0", "ready": report.ready, "models": models}, ready=report.ready)


def _health(report: HealthReport) -> Told:
    return Told.of(report.to_dict(), ready=report.ready)


def _runs(report: HealthReport) -> Told:
    """Return the document described by `schemas/runs.schema.json`."""
    return Told.of({"format_version": "1.0", "runs": [run.to_dict() for run in report.runs]})


def _flag(request: Request, name: str) -> bool:
    """Return whether a flag of the query is set.

    Raises:
        BadQueryError: its value is neither yes nor no.
    """
    text = request.query_params.get(name, "").lower()
    if text not in _YES | _NO:
        raise BadQueryError(f"`{name}` is neither true nor false", hint=f"Ask with `?{name}=true`")
    return text in _YES

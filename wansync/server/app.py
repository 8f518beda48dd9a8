"""The routes: each reads, none changes anything, and none needs a network."""

from __future__ import annotations

import json
import math
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route, Router

from wansync.metrics import CONTENT_TYPE, ServedRequests, state_text
from wansync.server.looks import Looks
from wansync.server.openapi import describe
from wansync.server.problems import BadQueryError, NotAllowedError
from wansync.server.requests import Answered, Requests
from wansync.server.smokes import Smokes
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from wansync.ops.health import HealthReport, ModelHealth
    from wansync.server.asked import Asked

MAX_AGE = 3600.0
"""Seconds that a smoke test counts, unless who asks says otherwise."""
_MIN_AGE = 60.0
"""Whoever asks again and again must not keep the device busy."""
_OF_VERDICT = {True: HTTPStatus.OK, False: HTTPStatus.SERVICE_UNAVAILABLE, None: HTTPStatus.ACCEPTED}
_NO = {"", "0", "false", "no", "off"}
_YES = {"1", "true", "yes", "on"}


@value_type
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
        served: what is known of the requests so far.
    """

    def __init__(self, asked: Asked, served: ServedRequests) -> None:
        self._asked = asked
        self._served = served
        self._looks: Looks[Told] = Looks()
        # Apart, so that those who ask for any name that comes to mind never keep the others from their answer.
        self._looks_at_one: Looks[Told] = Looks()
        self._models: Looks[ModelHealth] = Looks()
        self._process = asked.smoke_process() if asked.smoke is not None else None
        self._smokes = Smokes(self._process.run) if self._process else None

    @property
    def routes(self) -> list[Route]:
        """Every route."""
        return [
            Route("/livez", self.livez),
            Route("/readyz", self.readyz),
            Route("/health/models", self.health_models),
            Route("/health/models/{model:path}/smoke", self.smoke),
            Route("/health/models/{model:path}", self.health_model),
            Route("/plan", self.plan),
            Route("/runs", self.runs),
            Route("/metrics", self.metrics),
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

    async def smoke(self, request: Request) -> Response:
        """Tell whether a model ran the last time that it was tried: 200 if it did, 503 if not, 202 if nobody knows.

        The document is described by `schemas/smoke-health.schema.json`.
        """
        if self._smokes is None:
            raise NotAllowedError("No smoke test may be asked for here", hint="Start the server with `--allow-smoke`")
        name, max_age = request.path_params["model"], _seconds(request, "max_age", MAX_AGE)
        model = await self._models.get(name, lambda: self._asked.model(name))
        values: dict[str, object] = {"format_version": "1.0", "model": model.status.name, "ready": model.ready}
        if not model.ready:
            return _json(Told.of({**values, "running": None, "last": None}), HTTPStatus.SERVICE_UNAVAILABLE)
        passed, known = self._smokes.tell(model.status.name, request.scope["request_id"], max_age)
        return _json(Told.of({**values, **known}), _OF_VERDICT[passed])

    def close(self) -> None:
        """Begin nothing more, and end a smoke test that is running."""
        if self._process:
            self._process.stop()

    async def plan(self, _request: Request) -> Response:
        """Tell what a sync would do."""
        return _json(await self._looks.get("plan", lambda: Told.of(self._asked.plan())))

    async def runs(self, _request: Request) -> Response:
        """Tell which commands of any process work on the store now, and how far they are."""
        return _json(await self._looks.get("runs", lambda: _runs(self._asked.health())))

    async def metrics(self, _request: Request) -> Response:
        """Tell the state of the store and its models, and how this server does, for Prometheus."""
        told = await self._looks.get("metrics", lambda: Told(body=state_text(self._asked.state())))
        return Response(told.body + self._served.text(), media_type=CONTENT_TYPE)

    async def openapi(self, _request: Request) -> Response:
        """Describe the routes."""
        return _json(Told.of(describe()))


def _seconds(request: Request, name: str, default: float) -> float:
    """Return a duration of the query, at least the shortest that is allowed.

    Raises:
        BadQueryError: it is no number of seconds.
    """
    text = request.query_params.get(name)
    try:
        seconds = default if text is None else float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise BadQueryError(f"`{name}` is no number of seconds", hint=f"Ask with `?{name}=3600`")
    return max(seconds, _MIN_AGE)


@value_type(kw_only=False)
class Application:
    """What answers requests, and what to call when it has answered the last one."""

    asgi: ASGIApp
    close: Callable[[], None]


def make_app(
    asked: Asked, note: Callable[[str, str, Exception], None], answered: Callable[[Answered], None]
) -> Application:
    """Return the application.

    Args:
        asked: what it answers about.
        note: told of each request that went wrong: its id, its path, and what was raised.
        answered: told of each answer.
    """
    served = ServedRequests()
    answers = Answers(asked, served)

    def count(answer: Answered) -> None:
        served.count(answer.status, answer.seconds)
        answered(answer)

    requests = Requests(Router(answers.routes, redirect_slashes=False), asked.limit, note, count)
    return Application(requests, answers.close)


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

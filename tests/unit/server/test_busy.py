"""Many who ask for one name after another: they are refused, and keep nobody else from an answer."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import TYPE_CHECKING, Any, cast

import pytest

pytest.importorskip("uvicorn", reason="needs the extra `server`")

from wansync.ops.health import HealthReport
from wansync.server.app import make_app
from wansync.server.looks import BusyError, Looks

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from wansync.server import Asked


def test_same_question_is_never_one_too_many() -> None:
    go_on = threading.Event()

    def look() -> str:
        go_on.wait()
        return "found"

    async def ask() -> list[str]:
        looks: Looks[str] = Looks(waiting=2)
        first = [asyncio.create_task(looks.get(question, look)) for question in ("a", "b", "a")]
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await looks.get("c", look)
        go_on.set()
        return [*await asyncio.gather(*first), await looks.get("c", look)]

    assert asyncio.run(ask()) == ["found"] * 4


class Stuck:
    """What is asked about, where a look at one model does not end before the test does."""

    limit = 20.0
    smoke = None

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def health(self, model: str | None = None, *, deep: bool = False) -> HealthReport:
        del deep
        if model:
            self.go_on.wait()
        return HealthReport(project="app", models=())


async def get(app: ASGIApp, path: str) -> tuple[int, dict[bytes, bytes], Any]:
    """Return status, headers and document of an answer."""
    sent: list[Any] = []

    async def receive() -> Any:  # noqa: ANN401 (a message)
        return {"type": "http.request"}

    async def send(message: Any) -> None:  # noqa: ANN401
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    await app(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), json.loads(sent[1]["body"])


def test_readiness_is_told_while_too_many_names_are_asked_for() -> None:
    asked, noted = Stuck(), list[Exception]()
    app = make_app(cast("Asked", asked), lambda _request, _path, error: noted.append(error), lambda _: None).asgi

    async def ask() -> tuple[Any, Any]:
        waiting = [asyncio.create_task(get(app, f"/health/models/x{number}")) for number in range(16)]
        await asyncio.sleep(0)
        refused, ready = await get(app, "/health/models/y"), await get(app, "/readyz")
        asked.go_on.set()
        assert {status for status, _, _ in await asyncio.gather(*waiting)} == {200}
        return refused, ready

    refused, ready = asyncio.run(ask())

    assert (refused[0], refused[1][b"retry-after"], refused[2]["error"]["code"]) == (503, b"1", "BUSY")
    assert ready[0] == 200
    assert [type(error) for error in noted] == [BusyError]

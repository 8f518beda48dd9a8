"""What every request has: an id that is in the answer and in the log, a time limit, and an answer whatever happens."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException

from wansync.errors import ErrorCode, WansyncError
from wansync.server.looks import BusyError
from wansync.server.problems import BUSY, TIMEOUT, of_error, of_refusal, problem
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ID_HEADER = "X-Request-ID"
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""What of a caller's id goes into logs as it is; any other is replaced by one of ours."""


@value_type
class Answered:
    """An answer to a request of this id; `seconds` is how long it took to begin. The path is anybody's words."""

    request: str
    method: str
    path: str
    status: int
    seconds: float


class Requests:
    """Gives each request its id and its time.

    Args:
        app: answers them.
        limit: seconds for each.
        note: told of each that went wrong: its id, its path, and what was raised.
        count: told of each answer.
    """

    def __init__(
        self,
        app: ASGIApp,
        limit: float,
        note: Callable[[str, str, Exception], None],
        count: Callable[[Answered], None],
    ) -> None:
        self._app = app
        self._limit = limit
        self._note = note
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(ID_HEADER, "")
        request = given if _ID.fullmatch(given) else secrets.token_hex(6)
        began = time.monotonic()
        # So that the router raises what it refuses, instead of answering it in its own way.
        scope["app"] = self
        scope["request_id"] = request

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[ID_HEADER] = request
                headers["Cache-Control"] = "no-store"
                self._count(
                    Answered(
                        request=request,
                        method=scope["method"],
                        path=scope["path"],
                        status=message["status"],
                        seconds=time.monotonic() - began,
                    )
                )
            await send(message)

        try:
            async with asyncio.timeout(self._limit):
                await self._app(scope, receive, send_with_id)
        except HTTPException as refusal:
            await of_refusal(refusal, request)(scope, receive, send_with_id)
        except Exception as error:  # noqa: BLE001 (an answer whatever happens; the log says what it was)
            self._note(request, scope["path"], error)
            await _answer(error, request, self._limit)(scope, receive, send_with_id)


def _answer(error: Exception, request: str, limit: float) -> ASGIApp:
    if isinstance(error, WansyncError):
        return of_error(error, request)
    if isinstance(error, BusyError):
        said = "Too many different questions wait for an answer; ask again in a second"
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, BUSY, said, request, {"Retry-After": "1"})
    if isinstance(error, TimeoutError):
        said = f"The answer took longer than {limit:g} seconds; the disk may be busy"
        return problem(HTTPStatus.GATEWAY_TIMEOUT, TIMEOUT, said, request)
    said = f"This is a bug in wansync; the log of the server says more about request {request}"
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, str(ErrorCode.INTERNAL), said, request)

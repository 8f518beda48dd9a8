"""Errors as answers: a status, a code that scripts can rely on, and nothing that says where things are.

The words of an error can hold paths and addresses; whoever may read the log of the server finds them there, under the
request's id.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from wansync.errors import ErrorCode, PolicyDeniedError, UnknownModelError, UsageError, WansyncError
from wansync.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.exceptions import HTTPException

FORMAT_VERSION = "1.0"
TIMEOUT = "TIMEOUT"
"""The code of a request that took too long: no error of a command, so none of `ErrorCode`."""
METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
BUSY = "BUSY"
"""The code of a request that is refused because too many others wait."""


class BadQueryError(UsageError):
    """A query says something that makes no sense."""


class NotAllowedError(PolicyDeniedError):
    """A server was not told that this may be asked of it."""


_ABOUT_THE_REQUEST: Mapping[type[WansyncError], HTTPStatus] = {
    BadQueryError: HTTPStatus.BAD_REQUEST,
    NotAllowedError: HTTPStatus.FORBIDDEN,
    UnknownModelError: HTTPStatus.NOT_FOUND,
}
"""Errors whose words are about what was asked, and so about nothing that the asker does not know."""


def of_refusal(error: HTTPException, request: str) -> JSONResponse:
    """Return the answer for a request that no route takes."""
    status = HTTPStatus(error.status_code)
    code = METHOD_NOT_ALLOWED if status is HTTPStatus.METHOD_NOT_ALLOWED else str(ErrorCode.NOT_FOUND)
    said = f"{status.phrase}: `/openapi.json` lists what can be asked, all of it by GET"
    return problem(status, code, said, request, error.headers)


def problem(
    status: HTTPStatus, code: str, message: str, request: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return an error's answer, as `schemas/problem.schema.json` describes it."""
    error = {"code": code, "message": message, "request_id": request}
    return JSONResponse({"format_version": FORMAT_VERSION, "error": error}, status, dict(headers or {}))


def of_error(error: WansyncError, request: str) -> JSONResponse:
    """Return the answer for an error of an op."""
    status = _ABOUT_THE_REQUEST.get(type(error))
    if status is not None:
        return problem(status, str(error.code), printable(error.reason), request)
    said = f"The state cannot be told: {error.code}; the log of the server says more about request {request}"
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error.code), said, request)

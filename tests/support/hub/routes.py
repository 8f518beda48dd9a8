"""Which part of the hub answers a request, and the faults that come before any answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.support.hub.api import answer_api
from tests.support.hub.files import HOP, OBJECT, RESOLVE, RESOLVE_CACHE, answer_hop, answer_object, answer_resolve
from tests.support.hub.wire import Answer, Refusal, json_answer, redirect

if TYPE_CHECKING:
    from tests.support.hub.hub import Hub
    from tests.support.hub.wire import Request

_MODELS = "/api/models/"


def answer(hub: Hub, request: Request) -> Answer:
    """Return what the hub says to a request. Never raises; a bug of the hub is kept in `hub.failures`."""
    hub.pause(hub.ledger.for_request(request).latency)
    try:
        said = _burst(hub, request) or _route(hub, request)
    except Refusal as refusal:
        return refusal.answer(typed=not hub.faults.no_error_code)
    except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer and the test gets the error
        hub.failures.append(error)
        return json_answer({"error": repr(error)}, 500)
    if hub.ledger.for_request(request).endless_json and request.route.startswith(_MODELS):
        return replace(said, endless=True)
    return said


def _burst(hub: Hub, request: Request) -> Answer | None:
    faults, ledger = hub.ledger.for_request(request), hub.ledger
    if ledger.strike("rate_limit", faults.rate_limit):
        asked = {"RateLimit": f'"api";r=0;t={faults.wait}', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}
        headers = {"Retry-After": faults.retry_after} if faults.retry_after else asked
        return json_answer({"error": "Too many requests"}, 429, headers)
    if ledger.strike("server_error", faults.server_error):
        return json_answer({"error": "Something went wrong"}, faults.server_status)
    if request.route.startswith(_MODELS) and ledger.strike("garbage", faults.garbage):
        return Answer(headers={"Content-Type": "text/html"}, body=b"<html>this is not JSON")
    return None


def _route(hub: Hub, request: Request) -> Answer:
    if match := HOP.fullmatch(request.route):
        return answer_hop(hub, request, match)
    return _route_cdn(hub, request) if request.origin == "cdn" else _route_hub(hub, request)


def _route_cdn(hub: Hub, request: Request) -> Answer:
    if match := OBJECT.fullmatch(request.route):
        return answer_object(hub, request, match)
    if hub.faults.api_elsewhere or hub.faults.next_elsewhere:
        return answer_api(hub, request)
    raise Refusal(404, "", "Not found")


def _route_hub(hub: Hub, request: Request) -> Answer:
    if request.token not in (None, hub.token, hub.stranger):
        raise Refusal(401, "", "Invalid credentials in Authorization header")
    if location := hub.moved(request):
        return redirect(location, 307)
    if match := RESOLVE_CACHE.fullmatch(request.route):
        return answer_resolve(hub, request, match, cached=True)
    if match := RESOLVE.fullmatch(request.route):
        return answer_resolve(hub, request, match)
    if hub.faults.api_elsewhere:
        return redirect(hub.cdn_url + request.path, 307)
    return answer_api(hub, request)

"""Refusals: for a moment, for ever, and with advice when to come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from tests.chaos.lies.lie import BROKEN, DENIED, HEALS, LIMITED, MISSING, REFUSED, Lie, Outcomes
from tests.chaos.stage import MEDIUM
from tests.chaos.where import Where

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chaos.wire import Exchange

_REASON = "Because"
_EXPIRED = Outcomes(small=DENIED, large=DENIED, once=DENIED)
"""What comes out where the URL is one that somebody gave in a variable: there is no other to be had."""
_LOST = Outcomes(small=MISSING, large=MISSING, once=MISSING)
"""What comes out where there is one server, and what it has not, nobody has."""
_TOLD_TWICE = Outcomes(small=DENIED, large=DENIED, once=DENIED)
"""What comes out where S3 refuses the second address too."""
_SLOW_DOWN = Outcomes(small=LIMITED, large=LIMITED)
"""What comes out where 503 is said with the code of too many requests."""
_GONE = MISSING | REFUSED
"""What a signed address does not have, the Hub may have: it depends on how often it is asked for another address."""


def status(code: int, *headers: tuple[str, str]) -> Callable[[Exchange], None]:
    """Return the fault that answers with a status, these headers and a short text."""

    def fault(exchange: Exchange) -> None:
        body = b"" if code in {204, 304} else exchange.refusal(code)
        exchange.answer(f"{code} {_REASON}", headers, body)

    return fault


def come_back(code: int, advice: str, *, once: frozenset[str] = HEALS, small: frozenset[str] | None = None) -> Lie:
    """Return the lie of a refusal that says by `Retry-After` when to come back."""
    name = f"{code}, Retry-After {advice!r:.30}"
    return Lie(name=name, fault=status(code, ("Retry-After", advice)), small=small, once=once)


def in_a_second(exchange: Exchange) -> None:
    """Refuse with 429 until a second from now, as a date."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)
    exchange.answer("429 Too Many Requests", [("Retry-After", date)], exchange.refusal(429))


def in_an_hour(exchange: Exchange) -> None:
    """Refuse with 429 for an hour, as a date."""
    date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    exchange.answer("429 Too Many Requests", [("Retry-After", date)], exchange.refusal(429))


def every_other(exchange: Exchange) -> None:
    """Answer 404 to every other request."""
    if exchange.number % 2:
        exchange.answer("404 Not Found", (), exchange.refusal(404))
    else:
        exchange.honest()


_LIES = (
    Lie(name="204", fault=status(204), small=REFUSED),
    Lie(name="205", fault=status(205), small=REFUSED),
    Lie(name="300 without addresses", fault=status(300), small=REFUSED, once=None),
    Lie(name="304", fault=status(304), small=REFUSED),
    Lie(name="400", fault=status(400), small=REFUSED, large=REFUSED, at={Where.WEB: _EXPIRED}),
    Lie(
        name="401",
        fault=status(401),
        small=DENIED,
        large=DENIED | REFUSED,
        at={Where.WEB: _EXPIRED, Where.BUCKET: Outcomes(large=DENIED)},
    ),
    Lie(name="402", fault=status(402), small=REFUSED, once=None),
    # What a signed address answers that has expired, or a CDN that has too many connections.
    Lie(
        name="403",
        fault=status(403),
        small=DENIED,
        large=DENIED | REFUSED,
        times=2,
        at={Where.WEB: _EXPIRED, Where.BUCKET: _TOLD_TWICE},
    ),
    Lie(
        name="404",
        fault=status(404),
        small=MISSING,
        large=_GONE,
        at={Where.WEB: _LOST, Where.BUCKET: _LOST},
    ),
    Lie(
        name="404 every other time",
        fault=every_other,
        small=None,
        large=HEALS,
        once=None,
        at={Where.WEB: _LOST, Where.BUCKET: Outcomes(large=MISSING)},
    ),
    Lie(name="407", fault=status(407), small=REFUSED, once=None),
    Lie(name="408", fault=status(408), small=BROKEN, times=2),
    Lie(
        name="410",
        fault=status(410),
        small=MISSING,
        large=_GONE,
        at={Where.WEB: _EXPIRED, Where.BUCKET: Outcomes(small=MISSING, large=MISSING)},
    ),
    Lie(name="412", fault=status(412), small=REFUSED),
    Lie(name="416", fault=status(416), small=REFUSED, large=REFUSED),
    Lie(name="416 with a shorter total", fault=status(416, ("Content-Range", "bytes */5")), small=REFUSED),
    Lie(name="421", fault=status(421), small=REFUSED, once=None),
    Lie(name="425", fault=status(425), small=BROKEN, times=2),
    Lie(name="429", fault=status(429), small=LIMITED, times=2),
    Lie(name="451", fault=status(451), small=REFUSED | DENIED | MISSING, once=None),
    Lie(name="500", fault=status(500), small=BROKEN, times=2),
    Lie(name="502", fault=status(502), small=BROKEN, times=2),
    Lie(name="503", fault=status(503), small=BROKEN, large=BROKEN, times=2, at={Where.BUCKET: _SLOW_DOWN}),
    Lie(name="504", fault=status(504), small=BROKEN, times=2),
    Lie(name="507", fault=status(507), small=BROKEN, times=2),
    come_back(429, "1"),
    come_back(429, "-5", small=LIMITED),
    come_back(429, "999999", once=LIMITED, small=LIMITED),
    come_back(429, "9" * 5000, once=HEALS | LIMITED),
    come_back(429, "soon"),
    come_back(429, "Wed, 21 Oct 2015 07:28:00 GMT"),
    come_back(429, "Wed, 99 Foo 99999 99:99:99 GMT"),
    come_back(429, "1.5e308"),
    come_back(503, "1"),
    Lie(name="429 until a date", fault=in_a_second, small=None),
    Lie(name="429 for an hour", fault=in_an_hour, small=LIMITED, once=LIMITED),
    Lie(name="429, RateLimit of a second", fault=status(429, ("RateLimit", '"api";r=0;t=1')), small=None),
    Lie(
        name="429, RateLimit of a day",
        fault=status(429, ("RateLimit", '"api";r=0;t=86400')),
        small=LIMITED,
        once=LIMITED,
    ),
    Lie(name="429, RateLimit of garbage", fault=status(429, ("RateLimit", '";r=0;t=-\x00')), small=LIMITED | REFUSED),
)

LIES = tuple(replace(lie, file=MEDIUM) for lie in _LIES)

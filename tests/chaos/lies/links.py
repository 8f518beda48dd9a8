"""Connections that break, fall silent, or give a byte now and then."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.chaos.lies.lie import BROKEN, HEALS, STALLS, Lie
from tests.chaos.wire import Hangup

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chaos.wire import Exchange

_MIB = 2**20
_DRIP_SECONDS = 0.25


def reset_at_once(exchange: Exchange) -> None:
    """Reset the connection instead of an answer."""
    raise Hangup(reset=True)


def reset_in_head(exchange: Exchange) -> None:
    """Reset the connection within a header."""
    exchange.write(b"HTTP/1.1 206 Partial Content\r\nContent-Le")
    raise Hangup(reset=True)


def reset_in_body(exchange: Exchange) -> None:
    """Reset the connection in the middle of the body."""
    exchange.begin()
    exchange.write(exchange.wanted[: min(6 * _MIB, len(exchange.wanted) // 2)])
    raise Hangup(reset=True)


def close_at_once(exchange: Exchange) -> None:
    """Close the connection instead of an answer."""
    exchange.hang_up()


def close_in_head(exchange: Exchange) -> None:
    """Close the connection within a header."""
    exchange.write(b"HTTP/1.1 206 Partial Content\r\nContent-Le")
    exchange.hang_up()


def half_closed(exchange: Exchange) -> None:
    """Say in the middle of the body that nothing more will be sent, and keep the connection."""
    exchange.begin()
    exchange.write(exchange.wanted[: len(exchange.wanted) // 2])
    exchange.connection.shutdown(socket.SHUT_WR)
    exchange.pause(None)


def closed_after_each(exchange: Exchange) -> None:
    """Close the connection after a good answer, without having said so."""
    exchange.honest()
    exchange.hang_up()


def silent(exchange: Exchange) -> None:
    """Say nothing."""
    exchange.pause(None)


def silent_in_head(exchange: Exchange) -> None:
    """Fall silent within a header."""
    exchange.write(b"HTTP/1.1 206 Partial Content\r\nContent-Le")
    exchange.pause(None)


def silent_in_body(exchange: Exchange) -> None:
    """Fall silent in the middle of the body."""
    exchange.begin()
    exchange.write(exchange.wanted[: min(6 * _MIB, len(exchange.wanted) // 2)])
    exchange.pause(None)


def drip(text: Callable[[Exchange], bytes]) -> Callable[[Exchange], None]:
    """Return the fault that gives one byte now and then of what would be a good answer."""

    def fault(exchange: Exchange) -> None:
        with suppress(OSError):
            for at in range(len(text(exchange))):
                exchange.write(text(exchange)[at : at + 1])
                exchange.pause(_DRIP_SECONDS)

    return fault


def drip_body(exchange: Exchange) -> None:
    """Give the body byte by byte, now and then."""
    exchange.begin()
    with suppress(OSError):
        for at in range(len(exchange.wanted)):
            exchange.write(exchange.wanted[at : at + 1])
            exchange.pause(_DRIP_SECONDS)


def _long_head(_: Exchange) -> bytes:
    return b"HTTP/1.1 206 Partial Content\r\nX-Long: " + b"y" * 10_000


LIES = (
    Lie(name="reset at once", fault=reset_at_once, small=BROKEN, times=2),
    Lie(name="reset in the head", fault=reset_in_head, small=BROKEN),
    Lie(name="reset in the body", fault=reset_in_body, small=BROKEN),
    Lie(name="closed at once", fault=close_at_once, small=BROKEN, times=2),
    Lie(name="closed in the head", fault=close_in_head, small=BROKEN),
    Lie(name="half-closed in the body", fault=half_closed, small=BROKEN),
    Lie(name="closed after each answer", fault=closed_after_each, small=HEALS, large=HEALS),
    Lie(name="silent", fault=silent, small=BROKEN, hurry=STALLS),
    Lie(name="silent in the head", fault=silent_in_head, small=BROKEN, hurry=STALLS),
    Lie(name="silent in the body", fault=silent_in_body, small=BROKEN, hurry=STALLS),
    Lie(name="a byte now and then of the head", fault=drip(_long_head), small=BROKEN, hurry=STALLS),
    Lie(name="a byte now and then of the body", fault=drip_body, small=BROKEN, hurry=STALLS),
)

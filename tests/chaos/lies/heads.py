"""Heads that are no heads, or that never end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.chaos.lies.lie import BROKEN, EITHER, HEALS, REFUSED, STALLS, Lie
from tests.chaos.stage import MEDIUM

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chaos.wire import Exchange

_MEGABYTE = b"y" * 10**6


def raw(data: bytes) -> Callable[[Exchange], None]:
    """Return the fault that sends these bytes, and closes the connection."""

    def fault(exchange: Exchange) -> None:
        exchange.write(data)
        exchange.hang_up()

    return fault


def first_line(line: bytes) -> Callable[[Exchange], None]:
    """Return the fault of a good answer whose first line is another one."""

    def fault(exchange: Exchange) -> None:
        about = exchange.about(Content_Length=str(len(exchange.wanted)))
        head = "".join(f"{name}: {value}\r\n" for name, value in about)
        exchange.write(line + b"\r\n" + head.encode() + b"\r\n")
        exchange.write(exchange.wanted)
        exchange.hang_up()

    return fault


def with_header(line: bytes, count: int = 1) -> Callable[[Exchange], None]:
    """Return the fault of a good answer with a header, or many, that should not be there."""

    def fault(exchange: Exchange) -> None:
        about = exchange.about(Content_Length=str(len(exchange.wanted)))
        head = "".join(f"{name}: {value}\r\n" for name, value in about)
        exchange.write(b"HTTP/1.1 206 Partial Content\r\n" + line * count + head.encode() + b"\r\n")
        exchange.write(exchange.wanted)
        exchange.hang_up()

    return fault


def long_header(exchange: Exchange) -> None:
    """Send a header of 100 MB."""
    exchange.write(b"HTTP/1.1 206 Partial Content\r\nX-Long: ")
    for _ in range(100):
        exchange.write(_MEGABYTE)
    exchange.write(b"\r\n\r\n")
    exchange.hang_up()


def endless_headers(exchange: Exchange) -> None:
    """Send headers for ever."""
    exchange.write(b"HTTP/1.1 206 Partial Content\r\n")
    while True:
        exchange.write(b"X-Header: value\r\n" * 100)


def endless_interim(status: bytes) -> Callable[[Exchange], None]:
    """Return the fault of answers for the time being, for ever."""

    def fault(exchange: Exchange) -> None:
        while True:
            exchange.write(b"HTTP/1.1 " + status + b"\r\n\r\n")
            # Fast enough to fill the memory, and slow enough to leave the processor to the others.
            exchange.pause(0.001)

    return fault


def interim(status: bytes) -> Callable[[Exchange], None]:
    """Return the fault of one answer for the time being before a good one, as is allowed."""

    def fault(exchange: Exchange) -> None:
        exchange.write(b"HTTP/1.1 " + status + b"\r\nX-Early: yes\r\n\r\n")
        exchange.honest()

    return fault


def old_version(exchange: Exchange) -> None:
    """Send the body alone, as HTTP/0.9 does."""
    exchange.write(exchange.wanted)
    exchange.hang_up()


_SETTINGS = b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64"

_LIES = (
    Lie(name="endless headers", fault=endless_headers, small=BROKEN),
    Lie(name="header of 100 MB", fault=long_header, small=BROKEN),
    Lie(name="10,000 headers", fault=with_header(b"X-Many: 1234567890\r\n", 10_000), small=EITHER),
    Lie(name="1,000,000 headers", fault=with_header(b"X-Many: 1234567890\r\n", 1_000_000), small=BROKEN),
    Lie(name="header without a colon", fault=with_header(b"nothing\r\n"), small=EITHER),
    Lie(name="header with a NUL", fault=with_header(b"X-Odd: a\0b\r\n"), small=EITHER),
    Lie(name="header that is folded", fault=with_header(b"X-Odd: a\r\n b\r\n"), small=EITHER),
    Lie(name="header in UTF-16", fault=with_header("X-Odd: ä\r\n".encode("utf-16")), small=EITHER),
    Lie(name="status line of garbage", fault=first_line(b"\x7fELF\x02\x01\x01"), small=BROKEN),
    Lie(name="status of four digits", fault=first_line(b"HTTP/1.1 2066 Partial"), small=BROKEN),
    Lie(name="status that is no number", fault=first_line(b"HTTP/1.1 two Partial"), small=BROKEN),
    Lie(name="status 099", fault=first_line(b"HTTP/1.1 099 Odd"), small=REFUSED),
    Lie(name="status 600", fault=first_line(b"HTTP/1.1 600 Odd"), small=REFUSED),
    Lie(name="reason with escape codes", fault=first_line(b"HTTP/1.1 418 \x1b[31mred\x07"), small=REFUSED, once=None),
    Lie(name="HTTP/7.3", fault=first_line(b"HTTP/7.3 206 Partial Content"), small=EITHER),
    Lie(name="HTTP/0.9", fault=old_version, small=BROKEN),
    Lie(name="HTTP/2", fault=raw(_SETTINGS), small=BROKEN),
    Lie(name="ICY", fault=first_line(b"ICY 200 OK"), small=EITHER),
    Lie(name="empty lines first", fault=raw(b"\r\n" * 5), small=BROKEN),
    Lie(name="endless 100", fault=endless_interim(b"100 Continue"), small=BROKEN, hurry=STALLS),
    Lie(name="endless 103", fault=endless_interim(b"103 Early Hints"), small=BROKEN, hurry=STALLS),
    Lie(name="one 100", fault=interim(b"100 Continue"), small=HEALS, once=HEALS),
    Lie(name="one 103", fault=interim(b"103 Early Hints"), small=HEALS, once=HEALS),
    Lie(name="101", fault=first_line(b"HTTP/1.1 101 Switching Protocols"), small=REFUSED),
)

LIES = tuple(replace(lie, file=MEDIUM) for lie in _LIES)

"""Bodies whose length is a lie, or that are cut in odd ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.chaos.lies.lie import BROKEN, EITHER, HEALS, Lie
from tests.chaos.stage import MEDIUM

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chaos.wire import Exchange

_CHUNK = 2**18
_MIB = 2**20


def length_of(stated: str, name: str = "", small: frozenset[str] = EITHER) -> Lie:
    """Return the lie that a body has another length than it has."""

    def fault(exchange: Exchange) -> None:
        exchange.asked.gives = True
        exchange.head(exchange.status, exchange.about(Content_Length=stated))
        exchange.write(exchange.wanted)
        exchange.hang_up()

    return Lie(name=f"Content-Length {name or stated}", fault=fault, small=small, file=MEDIUM)


def too_short(exchange: Exchange) -> None:
    """Say that the body is half as long as it is."""
    exchange.begin(len(exchange.wanted) // 2)
    exchange.write(exchange.wanted)


def too_long(exchange: Exchange) -> None:
    """Say that the body is longer than it is."""
    exchange.begin(len(exchange.wanted) + 1000)
    exchange.write(exchange.wanted)
    exchange.hang_up()


def two_lengths(exchange: Exchange) -> None:
    """State two lengths, the right one first."""
    exchange.head(exchange.status, (*exchange.about(Content_Length=str(len(exchange.wanted))), ("Content-Length", "9")))
    exchange.write(exchange.wanted)
    exchange.hang_up()


def no_length(exchange: Exchange) -> None:
    """State no length; the connection ends where the body does."""
    exchange.asked.gives = True
    exchange.head(exchange.status, exchange.about(Connection="close"))
    exchange.write(exchange.wanted)
    exchange.hang_up()


def chunked(
    *, end: bytes = b"0\r\n\r\n", size: Callable[[int], bytes] = lambda count: b"%x" % count
) -> Callable[..., None]:
    """Return the fault that sends the body in chunks, with another end or other sizes than are right."""

    def fault(exchange: Exchange) -> None:
        exchange.asked.gives = True
        exchange.head(exchange.status, exchange.about(Transfer_Encoding="chunked"))
        for at in range(0, len(exchange.wanted), _CHUNK):
            piece = exchange.wanted[at : at + _CHUNK]
            exchange.write(b"%b\r\n%b\r\n" % (size(len(piece)), bytes(piece)))
        exchange.write(end)
        if end != b"0\r\n\r\n":
            exchange.hang_up()

    return fault


def chunked_with_length(exchange: Exchange) -> None:
    """State a length, and send chunks."""
    exchange.head(exchange.status, exchange.about(Transfer_Encoding="chunked", Content_Length="9"))
    exchange.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(exchange.wanted), bytes(exchange.wanted)))
    exchange.hang_up()


def chunk_extension(exchange: Exchange) -> None:
    """Begin a chunk whose size is followed by a line that never ends."""
    exchange.head(exchange.status, exchange.about(Transfer_Encoding="chunked"))
    exchange.write(b"5;x=")
    for _ in range(1000):
        exchange.write(b"y" * 100_000)


def trailers(exchange: Exchange) -> None:
    """Send all, and then trailers that never end."""
    exchange.head(exchange.status, exchange.about(Transfer_Encoding="chunked"))
    exchange.write(b"%x\r\n%b\r\n0\r\n" % (len(exchange.wanted), bytes(exchange.wanted)))
    for number in range(1_000_000):
        exchange.write(b"X-%d: y\r\n" % number * 100)


def extra_bytes(exchange: Exchange) -> None:
    """Send more bytes behind the body, on a connection that stays open."""
    exchange.honest()
    exchange.write(b"and more" * 100)


def second_answer(exchange: Exchange) -> None:
    """Send an answer with wrong bytes behind the body, before anybody asks."""
    exchange.honest()
    exchange.answer(exchange.status, exchange.about(), b"?" * len(exchange.wanted))


def cut(exchange: Exchange) -> None:
    """Close the connection in the middle of the body, ten megabytes in at most."""
    exchange.begin()
    exchange.write(exchange.wanted[: min(10 * _MIB, len(exchange.wanted) // 2)])
    exchange.hang_up()


def endless(exchange: Exchange) -> None:
    """Send the body, without a length, and then anything, for ever."""
    exchange.asked.gives = True
    exchange.head(exchange.status, exchange.about())
    exchange.write(exchange.wanted)
    while True:
        exchange.write(b"?" * _CHUNK)


def endless_chunks(exchange: Exchange) -> None:
    """Send chunks for ever, the right ones first."""
    exchange.asked.gives = True
    exchange.head(exchange.status, exchange.about(Transfer_Encoding="chunked"))
    exchange.write(b"%x\r\n%b\r\n" % (len(exchange.wanted), bytes(exchange.wanted)))
    while True:
        exchange.write(b"5\r\n?????\r\n" * 1000)


LIES = (
    Lie(name="Content-Length too short", fault=too_short, small=BROKEN),
    Lie(name="Content-Length too long", fault=too_long, small=EITHER),
    length_of("-5"),
    length_of(str(2**63), "2^63"),
    length_of("1" * 5000, "of 5000 digits"),
    length_of("0x10000"),
    length_of("65 536"),
    length_of("\u00b2", "as a superscript"),
    Lie(name="two Content-Length", fault=two_lengths, small=EITHER, file=MEDIUM),
    Lie(name="no Content-Length", fault=no_length, small=HEALS, large=HEALS),
    Lie(name="chunked", fault=chunked(), small=HEALS, large=HEALS),
    Lie(name="chunks of garbage", fault=chunked(size=lambda _: b"xyz"), small=BROKEN, file=MEDIUM),
    Lie(name="chunk of 2^80", fault=chunked(size=lambda _: b"1" + b"0" * 20), small=EITHER, file=MEDIUM),
    Lie(name="chunk of negative size", fault=chunked(size=lambda _: b"-5"), small=EITHER, file=MEDIUM),
    Lie(
        name="chunk size of a megabyte",
        fault=chunked(size=lambda count: b"0" * _MIB + b"%x" % count),
        small=EITHER,
        file=MEDIUM,
    ),
    Lie(name="chunks without end", fault=chunked(end=b""), small=EITHER, file=MEDIUM),
    Lie(name="chunks with another end", fault=chunked(end=b"?"), small=EITHER, file=MEDIUM),
    Lie(name="chunks and Content-Length", fault=chunked_with_length, small=EITHER, file=MEDIUM),
    Lie(name="endless chunk extension", fault=chunk_extension, small=BROKEN, file=MEDIUM),
    Lie(name="endless trailers", fault=trailers, small=EITHER, file=MEDIUM),
    Lie(name="extra bytes after the body", fault=extra_bytes, small=HEALS, large=HEALS),
    Lie(name="second answer nobody asked for", fault=second_answer, small=HEALS, large=HEALS),
    Lie(name="body cut short", fault=cut, small=BROKEN, large=EITHER, kept=True),
    Lie(name="endless body", fault=endless, small=HEALS, large=HEALS),
    Lie(name="endless chunks", fault=endless_chunks, small=HEALS, large=HEALS),
)

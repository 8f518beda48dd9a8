"""Wrong bytes, and objects that change while they are fetched."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from tests.chaos.lies.lie import EITHER, HEALS, REFUSED, WRONG, Lie
from tests.chaos.stage import SEGMENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chaos.wire import Exchange

_PART = 10 * 2**20


def wrong_at(at: int, *, etag: str = '"first"') -> Callable[[Exchange], None]:
    """Return the fault of one wrong byte in the file, for those who ask for it."""

    def fault(exchange: Exchange) -> None:
        exchange.etag = etag
        exchange.data = _spoilt(exchange.data, at if at < len(exchange.data) else -1)
        exchange.honest()

    return fault


def other_file(exchange: Exchange) -> None:
    """Send another file of the right size."""
    exchange.data = b"?" * len(exchange.data)
    exchange.honest()


def zeros(exchange: Exchange) -> None:
    """Send zeros from the middle of what was asked for, as disks do that lost a block."""
    exchange.begin()
    half = len(exchange.wanted) // 2
    exchange.write(exchange.wanted[:half])
    exchange.write(bytes(len(exchange.wanted) - half))


def page(exchange: Exchange) -> None:
    """Send a web page, as the gates of hotels do."""
    exchange.answer("200 OK", [("Content-Type", "text/html")], b"<html>Please log in</html>" * 20)


def changes_name(exchange: Exchange) -> None:
    """Give the object another ETag, and the same bytes, after each request; the first ones are cut."""
    exchange.etag = f'"{exchange.number}"'
    _cut_first(exchange)


def weak(exchange: Exchange) -> None:
    """Give the object a weak ETag; the first answer is cut."""
    exchange.etag = 'W/"first"'
    _cut_first(exchange)


def nameless(exchange: Exchange) -> None:
    """Give the object no ETag; the first answer is cut."""
    exchange.asked.gives = True
    part = exchange.wanted[: _PART if exchange.number == 1 else None]
    exchange.head(exchange.status, exchange.about(ETag=None, Content_Length=str(len(exchange.wanted))))
    exchange.write(part)
    exchange.hang_up()


def odd_name(exchange: Exchange) -> None:
    """Give the object an ETag that is none; the first answer is cut."""
    exchange.etag = '"' + "\x7f" * 5000
    _cut_first(exchange)


def changes(exchange: Exchange) -> None:
    """Replace the object by another one after the first request, which is cut."""
    if exchange.number > 1:
        exchange.etag = '"second"'
        exchange.data = b"?" * len(exchange.data)
    _cut_first(exchange)


def changes_and_back(exchange: Exchange) -> None:
    """Replace the object by another one for the second request only; the first is cut."""
    if exchange.number == 2:
        exchange.etag = '"second"'
        exchange.data = b"?" * len(exchange.data)
    _cut_first(exchange)


def ignores_if_range(exchange: Exchange) -> None:
    """Answer all that has `If-Range` with the whole file, as servers do that do not take an ETag there."""
    if "if-range" in exchange.asked.headers:
        exchange.ranged = False
        exchange.asked.start, exchange.asked.stop = 0, len(exchange.data)
        exchange.asked.gives = True
        exchange.answer("200 OK", exchange.about(), exchange.data)
    else:
        _cut_first(exchange)


def _cut_first(exchange: Exchange) -> None:
    if exchange.number > 1:
        return exchange.honest()
    exchange.begin()
    exchange.write(exchange.wanted[:_PART])
    return exchange.hang_up()


@functools.lru_cache(maxsize=1)
def _spoilt(data: bytes, at: int) -> bytes:
    # Kept: a copy for each request would count as memory of the sync.
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


LIES = (
    Lie(name="one wrong byte", fault=wrong_at(20_000), small=WRONG, large=WRONG),
    Lie(name="first byte wrong", fault=wrong_at(0), small=WRONG),
    Lie(name="last byte wrong", fault=wrong_at(-1), small=WRONG),
    Lie(name="one segment wrong", fault=wrong_at(SEGMENT + 5), small=None, large=WRONG),
    Lie(name="another file", fault=other_file, small=WRONG, large=WRONG),
    Lie(name="zeros from the middle", fault=zeros, small=WRONG),
    Lie(name="a web page", fault=page, small=REFUSED | WRONG, large=REFUSED | WRONG),
    Lie(name="ETag changes, bytes do not", fault=changes_name, small=None, large=EITHER, once=None),
    Lie(name="weak ETag", fault=weak, small=None, large=HEALS, once=None),
    Lie(name="no ETag", fault=nameless, small=None, large=HEALS, once=None),
    Lie(name="ETag that is none", fault=odd_name, small=None, large=EITHER, once=None),
    Lie(name="object changes midway", fault=changes, small=None, large=REFUSED | WRONG, once=None),
    Lie(name="object changes and comes back", fault=changes_and_back, small=None, large=HEALS, once=None),
    Lie(name="If-Range not understood", fault=ignores_if_range, small=None, large=HEALS, once=None),
)

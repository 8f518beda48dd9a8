"""Answers that are about other bytes than those that were asked for, or that are packed."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

from tests.chaos.lies.lie import EITHER, HEALS, REFUSED, WRONG, Lie
from tests.chaos.stage import MEDIUM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chaos.wire import Exchange

_MIB = 2**20
_STEP = 5 * _MIB


def range_ignored(exchange: Exchange) -> None:
    """Send the whole file with 200."""
    exchange.asked.gives = True
    exchange.answer("200 OK", exchange.about(Content_Range=None), exchange.data)


def range_with_200(exchange: Exchange) -> None:
    """Send the range, and call it 200."""
    exchange.asked.gives = True
    exchange.answer("200 OK", exchange.about(), exchange.wanted)


def starts_late(exchange: Exchange) -> None:
    """Send a range that begins seven bytes after the one that was asked for, and say so."""
    at, size = exchange.start + 7, len(exchange.data)
    about = exchange.about(Content_Range=f"bytes {at}-{exchange.stop - 1}/{size}")
    exchange.answer("206 Partial Content", about, exchange.wanted[7:])


def starts_late_in_silence(exchange: Exchange) -> None:
    """Send bytes that begin seven bytes too late, and say that they are those."""
    exchange.answer("206 Partial Content", exchange.about(), bytes(exchange.wanted[7:]) + b"?" * 7)


def starts_early(exchange: Exchange) -> None:
    """Break off after ten megabytes; then send ranges that begin 100 bytes too early, as some caches do."""
    if exchange.start == 0:
        exchange.begin()
        exchange.write(exchange.wanted[: min(10 * _MIB, len(exchange.wanted) // 2)])
        return exchange.hang_up()
    at = exchange.start - 100
    about = exchange.about(Content_Range=f"bytes {at}-{exchange.stop - 1}/{len(exchange.data)}")
    exchange.answer("206 Partial Content", about, memoryview(exchange.data)[at : exchange.stop])
    return None


def whole_file_as_a_range(exchange: Exchange) -> None:
    """Send all of the file with 206, whatever was asked for."""
    size = len(exchange.data)
    exchange.answer("206 Partial Content", exchange.about(Content_Range=f"bytes 0-{size - 1}/{size}"), exchange.data)


def wrong_total(exchange: Exchange) -> None:
    """Say that the file is longer than it is."""
    total = len(exchange.data) + 5
    stated = f"bytes {exchange.start}-{exchange.stop - 1}/{total}"
    exchange.answer(exchange.status, exchange.about(Content_Range=stated), exchange.wanted)


def unknown_total(exchange: Exchange) -> None:
    """Do not say how long the file is, as is allowed."""
    stated = f"bytes {exchange.start}-{exchange.stop - 1}/*"
    exchange.answer(exchange.status, exchange.about(Content_Range=stated), exchange.wanted)


def ends_late(exchange: Exchange) -> None:
    """Send a hundred bytes more than were asked for, or than there are, and say so."""
    stated = f"bytes {exchange.start}-{exchange.stop + 99}/{len(exchange.data) + 100}"
    exchange.answer(exchange.status, exchange.about(Content_Range=stated), bytes(exchange.wanted) + b"?" * 100)


def ends_early(exchange: Exchange) -> None:
    """Send at most 5 MiB of what was asked for, and say so: servers may."""
    exchange.asked.gives = True
    part = exchange.wanted[:_STEP]
    stated = f"bytes {exchange.start}-{exchange.start + len(part) - 1}/{len(exchange.data)}"
    exchange.answer(exchange.status, exchange.about(Content_Range=stated), part)


def holds_nothing(exchange: Exchange) -> None:
    """Send no byte of the range."""
    exchange.answer(exchange.status, exchange.about())


def multipart(exchange: Exchange) -> None:
    """Send the range as the one part of several."""
    head = f"--cut\r\nContent-Range: bytes {exchange.start}-{exchange.stop - 1}/{len(exchange.data)}\r\n\r\n"
    about = exchange.about(Content_Range=None, Content_Type="multipart/byteranges; boundary=cut")
    exchange.answer("206 Partial Content", about, head.encode() + bytes(exchange.wanted) + b"\r\n--cut--\r\n")


def without_range(exchange: Exchange) -> None:
    """Do not say which bytes they are."""
    exchange.answer("206 Partial Content", exchange.about(Content_Range=None), exchange.wanted)


def range_of(stated: str, small: frozenset[str] = REFUSED) -> Lie:
    """Return the lie of a `Content-Range` that is none."""

    def fault(exchange: Exchange) -> None:
        exchange.answer("206 Partial Content", exchange.about(Content_Range=stated), exchange.wanted)

    return Lie(name=f"range {stated!r:.40}", fault=fault, small=small, file=MEDIUM)


def two_ranges(exchange: Exchange) -> None:
    """State two ranges, the right one first."""
    about = (*exchange.about(), ("Content-Range", f"bytes 9-{exchange.stop}/{len(exchange.data)}"))
    exchange.answer("206 Partial Content", about, exchange.wanted)


def packed(exchange: Exchange) -> None:
    """Compress the bytes, though nobody asked for that."""
    body = gzip.compress(bytes(exchange.wanted), 1)
    exchange.answer(exchange.status, exchange.about(Content_Encoding="gzip"), body)


def packed_by(coding: str) -> Lie:
    """Return the lie that the bytes, sent as they are, were compressed."""

    def fault(exchange: Exchange) -> None:
        exchange.answer(exchange.status, exchange.about(Content_Encoding=coding), exchange.wanted)

    return Lie(name=f"plain bytes said to be {coding}", fault=fault, small=EITHER, file=MEDIUM)


def bomb(exchange: Exchange) -> None:
    """Send a gigabyte of zeros in a megabyte of gzip."""
    exchange.head(exchange.status, exchange.about(Content_Encoding="gzip"))
    for piece in _zeros():
        exchange.write(piece)
    exchange.hang_up()


def _zeros() -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(1024):
        yield packer.compress(bytes(_MIB))
    yield packer.flush()


LIES = (
    Lie(name="200 for a range", fault=range_ignored, small=HEALS, large=HEALS),
    Lie(name="200 with the range", fault=range_with_200, small=HEALS, large=HEALS),
    Lie(name="range starts late", fault=starts_late, large=REFUSED),
    Lie(name="range starts late and hides it", fault=starts_late_in_silence, small=WRONG),
    Lie(name="range starts early", fault=starts_early, small=None, large=EITHER, kept=True),
    Lie(name="206 of the whole file", fault=whole_file_as_a_range, small=HEALS, large=EITHER),
    Lie(name="wrong total", fault=wrong_total, small=EITHER),
    Lie(name="unknown total", fault=unknown_total, small=HEALS, large=HEALS),
    Lie(name="range ends late", fault=ends_late, small=EITHER),
    Lie(name="range ends early", fault=ends_early, small=None, large=HEALS),
    Lie(name="range of nothing", fault=holds_nothing),
    Lie(name="multipart/byteranges", fault=multipart),
    Lie(name="206 without Content-Range", fault=without_range),
    range_of("bytes"),
    range_of("items 0-65535/65536"),
    range_of("bytes 0-99999999999999999999999/99999999999999999999999", EITHER),
    range_of("bytes 5-2/65536"),
    range_of("bytes */65536"),
    Lie(name="two Content-Range", fault=two_ranges, small=EITHER),
    Lie(name="gzip", fault=packed, small=EITHER),
    packed_by("gzip"),
    packed_by("br"),
    Lie(name="gzip bomb", fault=bomb, small=REFUSED | WRONG),
)

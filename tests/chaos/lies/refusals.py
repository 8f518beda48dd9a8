"""What S3 says instead of an object: refused signatures, buckets that are elsewhere, and XML that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.chaos import bucket
from tests.chaos.lies.lie import BROKEN, DENIED, HEALS, LIMITED, MISSING, REFUSED, STALLS, WRONG, Lie
from tests.chaos.stage import MEDIUM, Hurry
from tests.chaos.where import Where

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chaos.wire import Exchange

_BUCKETS = frozenset({Where.BUCKET, Where.BUCKET_MIRROR})
_PATIENT = Hurry()
_DEEP = 20_000
_LONG = 10 * 2**20
_BOMB = b"".join(
    [
        b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a0 "aaaaaaaaaaaaaaaa">',
        *(b'<!ENTITY a%d "%b">' % (n, b"&a%d;" % (n - 1) * 16) for n in range(1, 9)),
        b"]><Error><Code>&a8;</Code></Error>",
    ]
)


def says(status: int, code: str, *headers: tuple[str, str]) -> Callable[[Exchange], None]:
    """Return the fault of a refusal with a code of S3."""
    return body(status, bucket.refusal(status, code), *headers)


def body(status: int, text: bytes, *headers: tuple[str, str]) -> Callable[[Exchange], None]:
    """Return the fault of a refusal with a text."""
    return lambda exchange: exchange.answer(f"{status} Because", (("Content-Type", "application/xml"), *headers), text)


def echo(exchange: Exchange) -> None:
    """Refuse, and say what was signed and how, as S3 does."""
    text = f"<Error><Code>SignatureDoesNotMatch</Code><Message>{exchange.asked.target.replace('&', '&amp;')}</Message>"
    text += f"<SignatureProvided>{exchange.asked.headers.get('authorization', '')}</SignatureProvided></Error>"
    exchange.answer("403 Forbidden", [("Content-Type", "application/xml")], text.encode())


def _refused(code: str, status: int, expected: frozenset[str], once: frozenset[str] | None = None) -> Lie:
    fault = says(status, code)
    return Lie(name=f"S3: {code}", fault=fault, small=expected, once=once, file=MEDIUM, told_at=_BUCKETS)


def _odd(
    name: str, fault: Callable[[Exchange], None], expected: frozenset[str] = DENIED, hurry: Hurry = _PATIENT
) -> Lie:
    return Lie(name=f"S3: {name}", fault=fault, small=expected, once=None, file=MEDIUM, told_at=_BUCKETS, hurry=hurry)


def endless(exchange: Exchange) -> None:
    """Refuse with an explanation that never comes to its point."""
    exchange.head("403 Forbidden", [("Content-Type", "application/xml")])
    exchange.write(b"<Error>")
    while True:
        exchange.write(b" " * 2**16)


def endless_chunks(exchange: Exchange) -> None:
    """Do so in chunks."""
    exchange.head("403 Forbidden", [("Transfer-Encoding", "chunked")])
    while True:
        exchange.write(b"5\r\n<a/> \r\n" * 1000)


def drips(exchange: Exchange) -> None:
    """Refuse, and say why a byte now and then."""
    text = bucket.refusal(403)
    exchange.head("403 Forbidden", [("Content-Length", str(len(text)))])
    for byte in text:
        exchange.write(bytes([byte]))
        exchange.pause(0.3)


def never_comes(exchange: Exchange) -> None:
    """Refuse, and say nothing of what was said to follow."""
    exchange.head("403 Forbidden", [("Content-Length", "200")])
    exchange.pause(None)


def breaks_off(exchange: Exchange) -> None:
    """Refuse, and end the connection behind the code of an explanation that goes on."""
    exchange.head("403 Forbidden", [("Content-Length", "2000")])
    exchange.write(b"<Error><Code>NoSuchBucket</Code>")
    exchange.hang_up()


def smuggles(exchange: Exchange) -> None:
    """Refuse, and send an answer with wrong bytes behind it."""
    exchange.answer("403 Forbidden", (), bucket.refusal(403))
    exchange.answer(exchange.status, exchange.about(), b"?" * len(exchange.wanted))


LIES = (
    _refused("SignatureDoesNotMatch", 403, DENIED, DENIED),
    _refused("InvalidAccessKeyId", 403, DENIED),
    _refused("RequestTimeTooSkewed", 403, DENIED, HEALS),
    _refused("ExpiredToken", 400, DENIED, HEALS),
    _refused("AuthorizationHeaderMalformed", 400, REFUSED),
    _refused("NoSuchBucket", 404, MISSING),
    _refused("NoSuchVersion", 404, MISSING),
    _refused("InvalidObjectState", 403, REFUSED),
    _refused("PermanentRedirect", 301, REFUSED),
    _refused("TemporaryRedirect", 307, REFUSED),
    _refused("SlowDown", 503, LIMITED, HEALS),
    _refused("InternalError", 500, BROKEN, HEALS),
    _odd(
        "PermanentRedirect to a region", says(301, "PermanentRedirect", ("x-amz-bucket-region", "no-such-1")), REFUSED
    ),
    _odd("an error with 200", says(200, "InternalError"), REFUSED | WRONG),
    _odd("echo of what was signed", echo),
    _odd("garbage for XML", body(403, b"\x00\xff<Error" * 100)),
    _odd("no XML at all", body(403, b"")),
    _odd("XML that grows", body(403, _BOMB)),
    _odd("XML of many levels", body(403, b"<a>" * _DEEP)),
    _odd("a code without end", body(403, b"<Error><Code>" + b"X" * 10_000 + b"</Code></Error>")),
    _odd("another charset", body(403, bucket.refusal(403, "NoSuchBucket").decode().encode("utf-16"))),
    _odd("10 MiB before the code", body(403, b"<Error>" + b" " * _LONG + b"<Code>NoSuchBucket</Code></Error>")),
    _odd("an explanation without end", endless),
    _odd("an explanation of chunks without end", endless_chunks),
    _odd("an explanation that drips", drips, hurry=STALLS),
    _odd("an explanation that never comes", never_comes, hurry=STALLS),
    _odd("an explanation that breaks off", breaks_off),
    _odd("another answer behind the explanation", smuggles),
    _odd("a code of escapes", body(403, b"<Error><Code>\x1b]0;x\x07&#x202e;</Code></Error>")),
)

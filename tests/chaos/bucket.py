"""What the liar says where it plays a server of S3: the few answers that locking needs, and refusals in XML."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.chaos.wire import Asked, Exchange

BUCKET = "bucket"
"""The bucket, and so the first part of all paths, since a server that somebody names is asked by path."""
PREFIX = "place"
_CODES = {
    301: "PermanentRedirect",
    400: "InvalidRequest",
    401: "AccessDenied",
    403: "AccessDenied",
    404: "NoSuchKey",
    408: "RequestTimeout",
    412: "PreconditionFailed",
    416: "InvalidRange",
    429: "SlowDown",
    500: "InternalError",
    503: "SlowDown",
}
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def refusal(status: int, code: str | None = None) -> bytes:
    """Return the body with which S3 refuses, which says why."""
    said = code or _CODES.get(status, "Because")
    return f"{_XML}<Error><Code>{said}</Code><Message>no</Message><RequestId>1</RequestId></Error>".encode()


def is_signed(asked: Asked) -> bool:
    """Return whether a request says by its address, or by a header, who asks."""
    by_header = asked.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 ")
    return by_header or "X-Amz-Signature=" in asked.target


def is_list(asked: Asked) -> bool:
    """Return whether a request is for the objects of the bucket."""
    parts = urlsplit(asked.target)
    return parts.path.strip("/") == BUCKET and "list-type=2" in parts.query


def listed(asked: Asked, files: Mapping[str, bytes]) -> bytes:
    """Return the page of all objects below the prefix that was asked for."""
    prefix = parse_qs(urlsplit(asked.target).query).get("prefix", [""])[0]
    keys = {f"{PREFIX}/{name}": len(data) for name, data in files.items()}
    found = [
        f"<Contents><Key>{key}</Key><Size>{size}</Size></Contents>"
        for key, size in sorted(keys.items())
        if key.startswith(prefix)
    ]
    page = f"<IsTruncated>false</IsTruncated><KeyCount>{len(found)}</KeyCount>{''.join(found)}"
    return f"{_XML}<ListBucketResult>{page}</ListBucketResult>".encode()


def about(exchange: Exchange) -> None:
    """Answer the question what an object is, with the digest that S3 keeps of it."""
    digest = base64.b64encode(hashlib.sha256(exchange.data).digest()).decode()
    kept = (("x-amz-checksum-sha256", digest), ("x-amz-checksum-type", "FULL_OBJECT"))
    exchange.answer("200 OK", (*exchange.about(), *kept), exchange.data)

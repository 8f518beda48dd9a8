"""Signed addresses of objects: version 4 of Amazon's signature, in the query of a GET. No IO.

botocore signs too, but loading it takes longer than fetching 100 MB from a server nearby; a test holds the two equal.
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

from __future__ import annotations

import hmac
from dataclasses import field
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

SIGNED_SECONDS = 3600
"""How long a signed address is good for; credentials that end sooner end it too."""
_ALGORITHM = "AWS4-HMAC-SHA256"
_SERVICE = "s3"
_UNRESERVED = "-_.~"
_PORTS = {"http": 80, "https": 443}


@value_type
class Keys:
    """What requests are signed with.

    Args:
        access: the id of the access key, which every request names.
        secret: the key itself, which is never sent.
        token: of a session, where the keys are for one.
        region: what the signature is good for.
    """

    access: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    region: str


def object_url(endpoint: str, bucket: str, key: str) -> str:
    """Return the address of an object at a server that has no name for each bucket, without a query.

    Args:
        endpoint: the base URL of the server: scheme, host, and a port and a path where it has them.
        bucket: its name.
        key: of the object, as the bucket lists it.
    """
    return f"{endpoint.rstrip('/')}/{bucket}/{quote(key, safe='/' + _UNRESERVED)}"


def query_of(parameters: Mapping[str, str]) -> str:
    """Return a query in the form that is signed, but for its order."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in parameters.items())


def presigned(url: str, parameters: Mapping[str, str], keys: Keys, *, now: datetime, seconds: int) -> str:
    """Return an address from which anybody can get an object for so many seconds.

    Args:
        url: of the object, without a query.
        parameters: the query of the request itself, such as `versionId`.
        keys: what to sign with.
        now: the time, in UTC.
        seconds: at most a week.
    """
    moment = now.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{keys.region}/{_SERVICE}/aws4_request"
    signed = {
        **parameters,
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"{keys.access}/{scope}",
        "X-Amz-Date": moment,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": "host",
        **({"X-Amz-Security-Token": keys.token} if keys.token else {}),
    }
    parts = urlsplit(url)
    canonical = query_of(dict(sorted(signed.items(), key=lambda pair: (_quoted(pair[0]), _quoted(pair[1])))))
    request = f"GET\n{parts.path}\n{canonical}\nhost:{_host(url)}\n\nhost\nUNSIGNED-PAYLOAD"
    digest = sha256(request.encode()).hexdigest()
    key = _signing_key(keys.secret, moment[:8], keys.region)
    signature = hmac.digest(key, f"{_ALGORITHM}\n{moment}\n{scope}\n{digest}".encode(), "sha256").hex()
    return f"{url}?{query_of(signed)}&X-Amz-Signature={signature}"


def _quoted(text: str) -> str:
    return quote(text, safe=_UNRESERVED)


def _host(url: str) -> str:
    """Return what the header `Host` says in a request for a URL."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if parts.port in {None, _PORTS.get(parts.scheme)} else f"{host}:{parts.port}"


@lru_cache(maxsize=8)
def _signing_key(secret: str, date: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, _SERVICE, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key

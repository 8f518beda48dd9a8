"""Our own HTTP/1.1 client for large bodies: the standard library's protocol, our own connections, proxies and limits.

It follows no redirect, knows no token and raises its own `HttpFailure`: what an answer means, its callers say.
"""

from wansync.sources.http.answer import Answer
from wansync.sources.http.client import HttpClient, Times
from wansync.sources.http.failures import (
    BadAddressError,
    BrokenOffError,
    HttpFailure,
    InsideError,
    MisconfiguredError,
    NoTlsError,
    ProxyRefusedError,
    TooSlowError,
    UnreachableError,
    UntrustedError,
)
from wansync.sources.http.secret import SecretUrl
from wansync.sources.http.underway import UnderWay

__all__ = [
    "Answer",
    "BadAddressError",
    "BrokenOffError",
    "HttpClient",
    "HttpFailure",
    "InsideError",
    "MisconfiguredError",
    "NoTlsError",
    "ProxyRefusedError",
    "SecretUrl",
    "Times",
    "TooSlowError",
    "UnderWay",
    "UnreachableError",
    "UntrustedError",
]

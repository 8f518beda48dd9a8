"""A server of S3 that a request got no answer from, in the error codes of this project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync import errors
from wansync.sources.http import (
    BadAddressError,
    BrokenOffError,
    MisconfiguredError,
    ProxyRefusedError,
    TooSlowError,
    UntrustedError,
)
from wansync.text import printable

if TYPE_CHECKING:
    from wansync.errors import WansyncError
    from wansync.sources.http import HttpFailure
    from wansync.sources.s3.refusals import Asked

_AGAIN = "Check the network, the proxy and AWS_ENDPOINT_URL_S3, then run the same command again; it goes on where this "
_AGAIN += "stopped"


def translate_failure(failure: HttpFailure, asked: Asked) -> WansyncError:
    """Return the error of this project for one of our HTTP client; what waiting may cure is a `NetworkFailError`."""
    if isinstance(failure, MisconfiguredError):
        return errors.UsageError(str(failure), hint="Correct the variable, or unset it")
    if isinstance(failure, UntrustedError):
        return untrusted(asked, str(failure))
    if isinstance(failure, ProxyRefusedError):
        return no_proxy(asked, str(failure))
    if isinstance(failure, BadAddressError):
        return errors.SourceFailError(
            f"`{asked.source}` leads to an address that is none when asked for {asked.what}",
            hint="Check the server that `s3_endpoint` or AWS_ENDPOINT_URL_S3 names",
            source=asked.source,
        )
    broken = f"broke off the connection while giving {asked.what}"
    said = {TooSlowError: "did not answer in time", BrokenOffError: broken}
    return unconnected(asked, said.get(type(failure), f"could not be reached: {failure}"))


def untrusted(asked: Asked, why: str) -> WansyncError:
    """Return the error for a server that cannot prove who it is."""
    return errors.SourceFailError(
        f"`{asked.source}` has a certificate that is not trusted: {why}",
        hint="Name your network's certificates in AWS_CA_BUNDLE or SSL_CERT_FILE, or check the clock",
        source=asked.source,
    )


def no_proxy(asked: Asked, why: str) -> WansyncError:
    """Return the error for a proxy that lets nothing through."""
    return errors.SourceFailError(
        f"`{asked.source}` cannot be reached: {printable(why)}",
        hint="Check HTTPS_PROXY with the credentials in it, and NO_PROXY",
        source=asked.source,
    )


def unconnected(asked: Asked, what: str) -> WansyncError:
    """Return the error for what may come right when it is tried again."""
    return errors.NetworkFailError(f"`{asked.source}` {what}", hint=_AGAIN, source=asked.source)

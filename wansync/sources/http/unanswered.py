"""A request that got no answer, in the error codes of this project."""

from __future__ import annotations

from wansync import errors
from wansync.sources.http.failures import (
    BadAddressError,
    BrokenOffError,
    HttpFailure,
    MisconfiguredError,
    NoTlsError,
    ProxyRefusedError,
    TooSlowError,
    UntrustedError,
)
from wansync.value_types import value_type


@value_type
class Unanswered:
    """Whom a request was for, and what helps where it got no answer.

    Args:
        source: the source for people.
        untrusted: what helps where its certificate is not trusted.
        proxy: what helps where the proxy refuses us.
        address: what helps where an address is none.
        plain: what helps where the server speaks no TLS.
        again: what helps where waiting may.
    """

    source: str
    untrusted: str
    proxy: str
    address: str
    again: str
    plain: str | None = None

    def error(self, failure: HttpFailure, what: str) -> errors.WansyncError:
        """Return the error of a request for `what`; what waiting may cure is a `NetworkFailError`."""
        if isinstance(failure, MisconfiguredError):
            return errors.UsageError(str(failure), hint="Correct the variable, or unset it")
        if isinstance(failure, UntrustedError):
            return self._final(f"has a certificate that is not trusted: {failure}", self.untrusted)
        if isinstance(failure, NoTlsError) and self.plain:
            return self._final(f"could not be reached: {failure}", self.plain)
        if isinstance(failure, ProxyRefusedError):
            return self._final(f"cannot be reached: {failure}", self.proxy)
        if isinstance(failure, BadAddressError):
            return self._final(f"leads to an address that is none when asked for {what}", self.address)
        said = {
            TooSlowError: "did not answer in time",
            BrokenOffError: f"broke off the connection while giving {what}",
        }
        words = said.get(type(failure), f"could not be reached: {failure}")
        return errors.NetworkFailError(f"`{self.source}` {words}", hint=self.again, source=self.source)

    def _final(self, what: str, hint: str) -> errors.WansyncError:
        return errors.SourceFailError(f"`{self.source}` {what}", hint=hint, source=self.source)

"""What can go wrong with one request. The messages name hosts at most: no URL, no header, no foreign text."""

from __future__ import annotations

from wansync.text import printable


class HttpFailure(Exception):  # noqa: N818 (the base of what is named below)
    """A request that got no answer, or not all of it."""


class TooSlowError(HttpFailure):
    """Nothing came for too long, or the head of an answer took too long as a whole."""


class BrokenOffError(HttpFailure):
    """The connection ended, was reset or aborted in the middle, or spoke something that is not HTTP/1.1."""


class UnreachableError(HttpFailure):
    """There was no connection: no such name, refused, no route, or a TLS handshake that was cut."""


class NoTlsError(UnreachableError):
    """What answers does not speak TLS, as where a server of plain HTTP is asked by `https`."""


class UntrustedError(HttpFailure):
    """The server's certificate is not to be trusted; asking again does not help."""


class InsideError(HttpFailure):
    """A name stands for addresses that are further inside than this request may go."""


class ProxyRefusedError(HttpFailure):
    """The proxy does not connect us, and asking again does not help."""


class BadAddressError(HttpFailure):
    """A URL leads nowhere."""


class MisconfiguredError(HttpFailure):
    """A variable names no proxy or no certificates that this client can use."""


def words(error: OSError) -> str:
    """Return the operating system's own words for an error, or its name."""
    # A certificate's or TLS library's text is foreign; `strerror` of a socket is not.
    return printable(error.strerror) if error.strerror and error.errno else type(error).__name__

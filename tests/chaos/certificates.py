"""A certificate authority that the test makes, and servers' ends of TLS that are right or not."""

from __future__ import annotations

import os
import ssl
import warnings
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import trustme

from tests.chaos.wire import Hangup, end

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    Secure = Callable[[socket.socket], socket.socket]

CA_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""A host may have set them, and then a test would pass for the wrong reason."""
_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Certificates:
    """Two authorities, one of which is trusted.

    Args:
        trusted, stranger: the authorities.
        file: the certificate of the trusted one.
    """

    trusted: trustme.CA
    stranger: trustme.CA
    file: Path

    @classmethod
    def make(cls, folder: Path) -> Certificates:
        """Make both."""
        trusted = trustme.CA()
        file = folder / "ca.pem"
        trusted.cert_pem.write_to_path(file)
        return cls(trusted, trustme.CA(), file)

    def right(self) -> Secure:
        """Return the end of TLS that a client must accept."""
        return _secure(self.trusted.issue_cert(_HOST))

    def expired(self) -> Secure:
        """Return one whose certificate has expired."""
        yesterday = datetime.now(UTC) - timedelta(days=1)
        return _secure(self.trusted.issue_cert(_HOST, not_before=yesterday - timedelta(days=9), not_after=yesterday))

    def not_yet(self) -> Secure:
        """Return one whose certificate is valid from tomorrow on."""
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        return _secure(self.trusted.issue_cert(_HOST, not_before=tomorrow, not_after=tomorrow + timedelta(days=9)))

    def wrong_host(self) -> Secure:
        """Return one whose certificate is for another host."""
        return _secure(self.trusted.issue_cert("hub.example"))

    def untrusted(self) -> Secure:
        """Return one whose certificate is from somebody else."""
        return _secure(self.stranger.issue_cert(_HOST))

    def old(self) -> Secure:
        """Return one that speaks no version of TLS that is still safe."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return _secure(self.trusted.issue_cert(_HOST), newest=ssl.TLSVersion.TLSv1_1)


def _secure(certificate: trustme.LeafCert, newest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED) -> Secure:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if newest is not ssl.TLSVersion.MAXIMUM_SUPPORTED:
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.options &= ~(ssl.OP_NO_TLSv1 | ssl.OP_NO_TLSv1_1)
        context.maximum_version = newest

    def secure(connection: socket.socket) -> socket.socket:
        try:
            connection.getpeername()  # of a client that is gone Python 3.11 would lose the socket, without closing it
            return context.wrap_socket(connection, server_side=True)
        except (OSError, ValueError) as error:
            raise ConnectionError(str(error)) from None  # the client does not like us: that is what is tested

    return secure


def plain(connection: socket.socket) -> socket.socket:
    """Speak HTTP without TLS."""
    return connection


def cut_in_handshake(connection: socket.socket) -> socket.socket:
    """Read the client's hello, and close the connection."""
    connection.recv(100)
    end(connection, reset=False)
    raise ConnectionError


def reset_in_handshake(connection: socket.socket) -> socket.socket:
    """Read the client's hello, and reset the connection."""
    connection.recv(100)
    end(connection, reset=True)
    raise ConnectionError


def silent_in_handshake(connection: socket.socket) -> socket.socket:
    """Read the client's hello, and say nothing until the client leaves."""
    while connection.recv(1000):
        pass
    raise ConnectionError


def garbage_in_handshake(connection: socket.socket) -> socket.socket:
    """Answer the client's hello with anything."""
    connection.recv(100)
    connection.sendall(b"\x16\x03\x03\x40\x00" + b"?" * 0x4000)
    raise ConnectionError


def first(count: int, bad: Secure, good: Secure) -> Secure:
    """Return the end of TLS that is bad for the first connections."""
    seen: list[int] = []

    def secure(connection: socket.socket) -> socket.socket:
        seen.append(1)
        return (bad if len(seen) <= count else good)(connection)

    return secure


def tear(connection: socket.socket) -> None:
    """Send bytes below TLS that belong to no record, and close without a farewell."""
    with suppress(OSError):
        os.write(connection.fileno(), b"\x17\x03\x03\x00\x20" + b"?" * 32)
    raise Hangup

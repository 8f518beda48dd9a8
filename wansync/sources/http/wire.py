"""A connection as bytes: a socket with timeouts, a deadline, and an end that another thread can make.

`http.client` speaks through it as through a socket.
"""

from __future__ import annotations

import contextlib
import io
import select
import socket
import ssl
import time
from typing import TYPE_CHECKING, Any

from wansync.sources.http.failures import (
    BrokenOffError,
    HttpFailure,
    InsideError,
    NoTlsError,
    TooSlowError,
    UnreachableError,
    UntrustedError,
    words,
)
from wansync.sources.origins import Depth, depth_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD_BUFFER = 8192
"""Heads are read through a buffer of this size; larger reads of a body go past it, without a copy."""
_LEAST_SECONDS = 0.001
_NOT_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST"}
"""What OpenSSL calls an answer that is no TLS."""


class _Socket(socket.socket):
    """A socket that complains to nobody when it is forgotten: idle ones live until their run does not."""

    def __del__(self) -> None:
        self.close()


class QuietTls(ssl.SSLSocket):
    """The same under TLS."""

    def __del__(self) -> None:
        self.close()


class Wire:
    """One connection.

    Args:
        host: where it leads, without brackets.
        port: of the host.
        patience: seconds that one read or write may wait.

    Attributes:
        deadline: when all that is asked for now must be here; `None` is never.
        muted: whether reads find the end, so that what is buffered can be looked at without waiting.
        aborted: whether another thread has ended this.
        depth: how far inside the address is that this is connected to.
    """

    def __init__(self, host: str, port: int, patience: float) -> None:
        self.host, self.port = host, port
        self.patience = patience
        self.deadline: float | None = None
        self.aborted = False
        self.depth = Depth.OUTSIDE
        self.muted = False
        self._failure: HttpFailure | None = None
        self._socket: Any = None

    def dial(self, seconds: float, reach: Depth = Depth.LINK) -> None:
        """Connect within so many seconds, whatever number of addresses the host has.

        The name is looked up once, and each address is judged before it is connected to.

        Args:
            seconds: for all of them together.
            reach: how far inside an address may be.

        Raises:
            InsideError: all addresses of the host are further inside.
            UnreachableError, TooSlowError, BrokenOffError: there is no connection.
        """
        until = time.monotonic() + seconds
        failure = OSError("no address")
        found = self._addresses()
        allowed = [place for place in found if depth_of(str(place[4][0])) <= reach]
        if found and not allowed:
            raise InsideError("it leads inside")
        for family, kind, protocol, _, address in allowed:
            self.depth = depth_of(str(address[0]))
            try:
                self._connect(_Socket(family, kind, protocol), address, until - time.monotonic())
            except OSError as error:
                failure = error
            else:
                return
        if isinstance(failure, TimeoutError):
            raise TooSlowError("connecting took too long") from None
        raise UnreachableError(words(failure)) from None

    def _addresses(self) -> list[Any]:
        try:
            return list(socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM))
        except OSError as error:
            raise UnreachableError(words(error)) from None
        except UnicodeError:
            raise UnreachableError("a name that is none") from None

    def _connect(self, made: socket.socket, address: Any, seconds: float) -> None:  # noqa: ANN401 (of any family)
        # Known before it connects, so that an abort reaches it.
        self._socket = made
        try:
            # At least a moment: 0 would mean not to wait at all, and fail in another way.
            made.settimeout(max(seconds, _LEAST_SECONDS))
            made.connect(address)
            self._check_aborted()
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.settimeout(self.patience)
        except BaseException:
            made.close()
            raise

    def encrypt(self, context: ssl.SSLContext, host: str) -> None:
        """Begin TLS and check that the other side is `host`.

        Raises:
            UntrustedError: it has no certificate for it that we trust.
            UnreachableError, TooSlowError, BrokenOffError: the handshake failed.
        """
        plain = self._socket
        try:
            # An end without a goodbye is an error: where a body has no length it is the only sign of a cut.
            self._socket = context.wrap_socket(plain, server_hostname=host, suppress_ragged_eofs=False)
        except ssl.SSLCertVerificationError as error:
            raise UntrustedError(_distrust(error)) from None
        except TimeoutError:
            raise TooSlowError("the TLS handshake took too long") from None
        except (OSError, ValueError) as error:
            self._check_aborted()
            if isinstance(error, ssl.SSLError) and error.reason in _NOT_TLS:
                raise NoTlsError("no TLS connection: what answers does not speak TLS") from None
            reason = words(error) if isinstance(error, OSError) else "bad name"
            raise UnreachableError(f"no TLS connection: {reason}") from None

    def recv_into(self, view: memoryview | bytearray) -> int:
        """Read what is there into a buffer, at least a byte; 0 at the end.

        Raises:
            TooSlowError, BrokenOffError: nothing comes.
        """
        with self._failures():
            self._hurry()
            count: int = self._socket.recv_into(view)
        # After an abort the end is no proper one, and under TLS what was read is not to be trusted.
        self._check_aborted()
        return count

    def fill(self, view: memoryview, seconds: float) -> int:
        """Read into a buffer until it is full, or nothing more comes for a while; 0 at the end.

        Args:
            view: the buffer.
            seconds: how long to go on at most after the first bytes.

        Raises:
            TooSlowError, BrokenOffError: nothing comes; what came before a failure is returned first.
        """
        if self._failure is not None:
            raise self._failure
        got = self.recv_into(view)
        if not 0 < got < len(view):
            return got
        got += self._fill_rest(view[got:], seconds)
        self._check_aborted()
        return got

    def _fill_rest(self, view: memoryview, seconds: float) -> int:
        """Read into a buffer as long as something comes. A tight loop: under TLS a read gives 16 KiB at most."""
        receive, size, got = self._socket.recv_into, len(view), 0
        until = time.monotonic() + seconds
        self._socket.settimeout(seconds)
        try:
            while got < size and (count := receive(view[got:])):
                got += count
                if time.monotonic() >= until:
                    break
        except TimeoutError:
            pass
        except (OSError, ValueError) as error:
            self._failure = BrokenOffError(words(error) if isinstance(error, OSError) else "closed")
        finally:
            self._socket.settimeout(self.patience)
        return got

    def sendall(self, data: bytes) -> None:
        """Write; raises as `recv_into`."""
        with self._failures():
            self._hurry()
            self._socket.sendall(data)

    def _hurry(self) -> None:
        """Let the next wait end with the deadline."""
        if self.deadline is not None:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(min(self.patience, left))

    def relax(self) -> None:
        """Forget the deadline."""
        self.deadline = None
        with self._failures():
            self._socket.settimeout(self.patience)

    def makefile(self, mode: str = "rb", *_: object) -> io.BufferedReader:
        """Return a reader; closing it closes nothing else."""
        del mode
        return io.BufferedReader(_Reading(self), _HEAD_BUFFER)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing has come since the last answer: no end, no stray bytes."""
        try:
            if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
                return False
            if hasattr(select, "poll"):
                poll = select.poll()
                poll.register(self._socket, select.POLLIN)
                return not poll.poll(0)
            return not select.select([self._socket], [], [], 0)[0]
        except (OSError, ValueError):
            return False

    def close(self) -> None:
        """Do nothing: `http.client` closes what it may still read from; see `hang_up`."""

    def hang_up(self) -> None:
        """End the connection. Raises nothing."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()

    def abort(self) -> None:
        """End the connection from another thread, whose peer waits in a read; raises nothing."""
        self.aborted = True
        if self._socket is not None:
            # Not the method of a TLS socket: it would go on reading, without decrypting.
            with contextlib.suppress(OSError, ValueError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _check_aborted(self) -> None:
        if self.aborted:
            raise BrokenOffError("aborted")

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            self._check_aborted()
            raise TooSlowError("nothing came for too long") from None
        except (OSError, ValueError) as error:
            self._check_aborted()
            reason = words(error) if isinstance(error, OSError) else "closed"
            raise BrokenOffError(reason) from None


class _Reading(io.RawIOBase):
    """What a buffered reader reads from."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 (any buffer)
        if self._wire.muted:
            return 0
        count = self._wire.recv_into(buffer)
        if not count and self._wire.deadline is not None:
            # `http.client` would take the lines so far for the whole head.
            raise BrokenOffError("it ended in the head of an answer")
        return count


def _distrust(error: ssl.SSLCertVerificationError) -> str:
    """Return OpenSSL's reason; of the certificate itself nothing is shown."""
    reasons = {10: "it has expired", 18: "it is signed by itself", 19: "its authority is not trusted"}
    names = {62: "it is for another host", 64: "it is for another address"}
    return {**reasons, **names, 20: "its authority is not trusted"}.get(error.verify_code, "it cannot be verified")

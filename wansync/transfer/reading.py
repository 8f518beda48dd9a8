"""Reading a body: counted, held to the rate, given up when next to nothing comes, ended when the run stops.

A source's own time limit begins anew with every byte, so that a server that sends one a second would go on for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import ChecksumFailError, NetworkFailError
from wansync.manifest import Scheme
from wansync.sources import BadAnswerError

if TYPE_CHECKING:
    from wansync.plan import Origin
    from wansync.sources import Body
    from wansync.transfer.means import Means

PIECE = 2**16
"""Bytes that one read asks for at first; when they come fast, the next asks for more."""
MAX_PIECE = 2**20
LEAST = 2**16
"""Bytes that must come within the time limit: 2 KiB a second are no transfer; 10 GB would take two months."""
_QUICK_SECONDS = 0.05


def require_size(body: Body, size: int, origin: Origin) -> None:
    """Refuse a body of another file than the locked one before a byte of it is taken: an error page, say.

    Raises:
        BadAnswerError: the source says that it has another size.
        ChecksumFailError: a mirror does; asking it again is not worth the time.
    """
    if body.size in {None, size}:
        return
    source = str(origin.source)
    if origin.source.scheme is Scheme.MIRROR:
        raise ChecksumFailError(
            f"`{source}` has {body.size} bytes where {size} are locked",
            hint="Run `wansync mirror check` to see what else is wrong there, and push the file again",
            source=source,
            found_bytes=body.size,
            locked=size,
        )
    raise BadAnswerError(
        f"`{origin.path}` from `{source}` has {body.size} bytes where {size} are locked",
        hint=hint_of_change(origin, "Look what the source gives; a proxy in between may answer for it"),
        source=source,
        path=str(origin.path),
        found=body.size,
        locked=size,
    )


_OF_CHANGES = {
    Scheme.FILE: "If the change is meant, run `wansync lock`; if not, restore the file",
    Scheme.HTTPS: "If the change is meant, state the new `sha256`, or run `wansync lock --upgrade --hash-payloads`; if "
    "not, tell the owner of the server",
    Scheme.S3: "If the change is meant, run `wansync lock --upgrade`; if not, tell the owner of the bucket",
    Scheme.MIRROR: "Run `wansync mirror check --full` to see what else is wrong there, and push the file again",
}
"""What helps where a place has no revisions, so that its files can change under the lock."""


def hint_of_change(origin: Origin, otherwise: str) -> str:
    """Return what helps where a file is not the locked one: it was changed, unless the lock has a version of it."""
    return otherwise if origin.version else _OF_CHANGES.get(origin.source.scheme, otherwise)


class Reading:
    """One body being read.

    Args:
        body: what is read.
        means: what all requests of the run share.
        piece: how many bytes to ask for at first; what a body before this one came to.
        remote: whether they come over a network.

    Attributes:
        piece: how many the next read asks for.
    """

    def __init__(self, body: Body, means: Means, piece: int = PIECE, *, remote: bool = True) -> None:
        self._body = body
        self._means = means
        self.piece = piece
        self._remote = remote
        self._waited = 0.0
        self._came = 0

    def readinto(self, view: memoryview) -> int:
        """Put the next bytes at the start of `view`; return how many, at least one.

        Raises:
            NetworkFailError: the connection broke, next to nothing came, or the source ended too early.
            WansyncError: whatever else the source says.
            StopRequested: the run stops.
        """
        means = self._means
        means.stop.check()
        self._give_up_if_stalled()
        most = min(self.piece, means.limiter.piece) if means.limiter.limits else self.piece
        begun = means.clock()
        count = self._body.readinto(view[:most])
        if not count:
            raise _ended()
        self._note(count, means.clock() - begun)
        means.gauge.add(count, remote=self._remote)
        means.limiter.take(count)
        return count

    def _note(self, count: int, seconds: float) -> None:
        """Ask for more next time if this came fast."""
        quick = count == self.piece and seconds < _QUICK_SECONDS
        self.piece = min(self.piece * 2, MAX_PIECE) if quick else max(self.piece // 2, PIECE)
        # Only the time of reads: waiting for the rate or for the disk is not the server's.
        self._waited += seconds
        self._came += count

    def _give_up_if_stalled(self) -> None:
        # Before a read and not after it, so that what it gave is kept.
        if self._waited >= self._means.patience.stalled:
            if self._came < LEAST:
                raise _stalled(self._came, self._waited)
            self._waited, self._came = 0.0, 0


def _ended() -> NetworkFailError:
    return NetworkFailError(
        "The source ended a file too early", hint="Run the same command again; it goes on where this stopped"
    )


def _stalled(count: int, seconds: float) -> NetworkFailError:
    return NetworkFailError(
        f"The source sent {count} bytes in {seconds:.0f} seconds",
        hint="Run the same command again; it goes on where this stopped",
        received=count,
        seconds=round(seconds),
    )

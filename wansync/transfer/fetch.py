"""One file from its origins: the first that gives the right bytes wins.

A partial is continued whatever source it came from: its identity is its digest. Wrong bytes get one clean attempt; then
the source is asked last for the rest of the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wansync.digest import Digest
from wansync.errors import (
    AuthFailError,
    ChecksumFailError,
    GatedRepoError,
    NotFoundError,
    SourceFailError,
    WansyncError,
)
from wansync.events import FetchRestarted, SourceFailed
from wansync.manifest import Scheme
from wansync.store import WrongBytesError
from wansync.transfer.reading import hint_of_change
from wansync.transfer.told import attempt_told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wansync.manifest import SourceRef
    from wansync.plan import Origin, Places, StageItem
    from wansync.sources import Source
    from wansync.transfer.failures import FailureMemory
    from wansync.transfer.means import Means

_ATTEMPTS = 2
_ONCE = {Scheme.FILE, Scheme.MIRROR}


class Receiver(Protocol):
    """What fills the ingest of one file."""

    @property
    def received(self) -> int:
        """The bytes that have come from sources."""

    def receive(self, origin: Origin, source: Source) -> None:
        """Bring all that is missing from one source."""

    def restart(self) -> int:
        """Drop all bytes, for a clean attempt; return how many were dropped."""

    def commit(self) -> None:
        """Verify and publish."""


class Fetch:
    """The attempts for one file.

    Args:
        item: the file and its origins.
        receiver: what fills its ingest.
        held: the bytes that a partial held already.
        means: what all requests of the run share.
        failures: which origins just failed.
    """

    def __init__(self, item: StageItem, receiver: Receiver, held: int, means: Means, failures: FailureMemory) -> None:
        self._item = item
        self._receiver = receiver
        self._held = held
        self._means = means
        self._failures = failures

    def run(self, open_source: Callable[[SourceRef], Source]) -> None:
        """Make the blob present.

        Raises:
            WansyncError: no place could give it; the error that says most.
            OSError: the store's file system fails.
            StopRequested: the run stops.
        """
        if not self._item.size and self._item.digest == Digest.of(b""):
            # A mirror need not have it, and nobody has anything to say about it.
            self._receiver.commit()
            return
        errors: dict[Origin, WansyncError] = {}
        places = self._means.places
        origins = self._means.quarantine.sorted(places.of(self._item))
        for origin in origins:
            error = self._try(origin, open_source, last=origin is origins[-1])
            if error is None:
                return
            errors[origin] = error
        raise _verdict(self._item, errors, places)

    def _try(self, origin: Origin, open_source: Callable[[SourceRef], Source], *, last: bool) -> WansyncError | None:
        """Return why the blob is still not there after asking one origin, if it is not."""
        if error := self._failures.recall(origin):
            return error
        # A directory gives the same bytes again, and beside a mirror there are other places; only what a partial held
        # before them may be to blame.
        attempts = 1 if origin.source.scheme in _ONCE and not self._held else _ATTEMPTS
        for attempt in range(1, attempts + 1):
            try:
                with attempt_told(self._means.events, self._item, origin, self._receiver):
                    self._receiver.receive(origin, open_source(origin.source))
                    self._receiver.commit()
            except WrongBytesError as wrong:
                error = _wrong_bytes(self._item, origin, wrong.found)
                self._restart(again=attempt < attempts or not last)
            except WansyncError as failure:
                error = failure
                break
            else:
                return None
        assert error is not None  # noqa: S101 (every way here has set it)
        self._note(origin, error)
        return error

    def _restart(self, *, again: bool) -> None:
        dropped, self._held = self._receiver.restart(), 0
        if again:
            item = self._item
            self._means.events.emit(FetchRestarted(digest=str(item.digest), path=str(item.path), dropped=dropped))

    def _note(self, origin: Origin, error: WansyncError) -> None:
        source = origin.source
        if isinstance(error, ChecksumFailError) and source.scheme is not Scheme.FILE:
            self._means.quarantine.add(source)
        self._failures.remember(origin, error)
        # A mirror need not have all there is.
        if not (isinstance(error, NotFoundError) and source.scheme is Scheme.MIRROR):
            self._means.events.emit(SourceFailed(source=str(source), error=str(error.code), message=error.reason))


def _wrong_bytes(item: StageItem, origin: Origin, found: str) -> ChecksumFailError:
    hint = "Run the command again or use a mirror; if it stays, tell the owner of the source"
    return ChecksumFailError(
        f"`{origin.path}` from `{origin.source}` has other bytes than the locked ones",
        hint=hint_of_change(origin, hint),
        source=str(origin.source),
        path=str(origin.path),
        expected=str(item.digest),
        # Of a local file this would tell whoever wrote the lock what the file holds.
        **({} if origin.source.scheme is Scheme.FILE else {"found": found}),
    )


def _verdict(item: StageItem, errors: Mapping[Origin, WansyncError], places: Places) -> WansyncError:
    """Return why a file could not be had, given what each place that was asked answered.

    What a source of the lock says counts for more than what mirrors say, which need not have the file.
    """
    own = [error for origin, error in errors.items() if origin.source.scheme is not Scheme.MIRROR]
    worst = _worst(own or list(errors.values())) if errors else None
    if own or (worst and not isinstance(worst, NotFoundError)):
        assert worst  # noqa: S101 (there are errors)
        return worst
    asked = places.asked
    where = f"on {', '.join(f'`{name}`' for name in asked)}" if asked else "anywhere, since there is no mirror to ask"
    return NotFoundError(
        f"`{item.path}` is not {where}, and its source may not be asked",
        hint="Run `wansync mirror push` on a machine that has it, or let its source be asked: WANSYNC_ORIGIN=on",
        path=str(item.path),
        digest=str(item.digest),
        mirrors=list(asked),
    )


def _worst(errors: list[WansyncError]) -> WansyncError:
    """Return the error that says most: wrong bytes, then a refusal, then unreachable, then missing."""
    order = (ChecksumFailError, GatedRepoError, AuthFailError, SourceFailError, NotFoundError, WansyncError)
    return min(errors, key=lambda error: next(rank for rank, kind in enumerate(order) if isinstance(error, kind)))

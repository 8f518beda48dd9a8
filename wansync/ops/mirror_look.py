"""What a mirror has of a file: by what it says, or by reading it all."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from wansync.digest import Digest, Revision
from wansync.errors import NetworkFailError, NotFoundError, SourceFailError, WansyncError
from wansync.events import HashMeter
from wansync.listing import SourceFile
from wansync.mirrors import Found, open_objects
from wansync.plan import mirror_ref, path_on
from wansync.settings.mirrors import MirrorKind
from wansync.sources import Span
from wansync.sources.retry import wait_or_raise
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wansync.mirrors import Objects
    from wansync.paths import RelativePath
    from wansync.plan import Origin
    from wansync.project import Workspace
    from wansync.settings.mirrors import Mirror

_CHUNK = 2**20


class State(StrEnum):
    """What there is of a file on a mirror."""

    PRESENT = "present"
    MISSING = "missing"
    WRONG_SIZE = "wrong_size"
    WRONG_BYTES = "wrong_bytes"
    UNREACHABLE = "unreachable"


class Known(Protocol):
    """A file as the lock names it."""

    @property
    def path(self) -> RelativePath:
        """Its name for people."""

    @property
    def digest(self) -> Digest:
        """What it is."""

    @property
    def size(self) -> int:
        """In bytes."""


@value_type
class Seen:
    """What there is of a file: `found` is the size in bytes where it is another one, `error` says why nobody knows."""

    state: State
    found: int | None = None
    error: WansyncError | None = None


class MirrorEye:
    """Looks at the files of one mirror; for all threads.

    Args:
        workspace: where the run stands.
        mirror: which.
        objects: those of a mirror that is looked after, which say more than its bytes do.
        full: whether to read everything.
    """

    def __init__(self, workspace: Workspace, mirror: Mirror, objects: Objects | None = None, *, full: bool) -> None:
        self._workspace = workspace
        self._mirror = mirror
        self._objects = objects
        if objects is None and mirror.kind is MirrorKind.S3:
            self._objects = open_objects(mirror, workspace.access)
        self._source = workspace.open_source(mirror_ref(mirror))
        self._full = full

    def look(self, file: Known, origins: Sequence[Origin] = ()) -> Seen:
        """Return what there is of a file; `origins` are the places that the lock names, for addresses by path."""
        path = next((path for one in origins or (None,) if (path := path_on(self._mirror, file.digest, one))), None)
        if path is None:
            return Seen(state=State.MISSING)
        try:
            return self._look(file, path, origins)
        except NotFoundError:
            return Seen(state=State.MISSING)
        except WansyncError as error:
            return Seen(state=State.UNREACHABLE, error=error)

    def _look(self, file: Known, path: RelativePath, origins: Sequence[Origin]) -> Seen:
        revision = origins[0].revision if origins else Revision.of_tree(file.digest)
        place = SourceFile(path, revision)
        said = self._objects.look(path) if self._objects else self._ask(place)
        if said is None:
            return Seen(state=State.MISSING)
        if said.size not in {file.size, None}:
            return Seen(state=State.WRONG_SIZE, found=said.size)
        if said.size is None and said.digest is None and not self._full:
            return Seen(state=State.UNREACHABLE, error=self._says_nothing(place))
        if said.digest not in {file.digest, None} or (self._full and self._hash(file, place) != file.digest):
            return Seen(state=State.WRONG_BYTES)
        return Seen(state=State.PRESENT)

    def _ask(self, place: SourceFile) -> Found:
        with self._source.body(place, Span(0, 1)) as body:
            return Found(size=body.size)

    def _says_nothing(self, place: SourceFile) -> WansyncError:
        """Return the error for an answer that may as well be a page that says that nothing is there."""
        return SourceFailError(
            f"`{self._source.display}` does not say how large `{place.path}` is",
            hint="Read all of it: `wansync mirror check --full`",
            source=self._source.display,
        )

    def _hash(self, file: Known, place: SourceFile) -> Digest:
        """Return the digest of all bytes, over as many connections as break."""
        hasher, done, failures = hashlib.sha256(), 0, 0
        meter = HashMeter(self._workspace.events, digest=str(file.digest), path=str(file.path), size=file.size)
        buffer = memoryview(bytearray(_CHUNK))
        while done < file.size:
            try:
                with self._source.body(place, Span(done, file.size)) as body:
                    skip = done - body.start
                    while done < file.size and (count := body.readinto(buffer[: skip or file.size - done])):
                        if skip:
                            skip -= count
                            continue
                        hasher.update(buffer[:count])
                        done, failures = done + count, 0
                        meter.advance(count)
            except NetworkFailError as error:
                failures += 1
                wait_or_raise(error, failures, self._source.display, self._workspace.events, self._workspace.patience)
        found = Digest(hasher.hexdigest())
        meter.finish(intact=found == file.digest)
        return found

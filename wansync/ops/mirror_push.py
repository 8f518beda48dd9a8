"""`wansync mirror push`: bring what a lock names from the store to a mirror, and the lock with it.

The lock comes first, so that nobody who prunes the mirror meanwhile takes what is on its way, or what is there
already, for garbage; see `mirror_announce.py`.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Self

from wansync.digest import Digest
from wansync.errors import ChecksumFailError, NotFoundError, WansyncError
from wansync.events import FileFailed, FileReady, HashMeter, PushStarted
from wansync.inventory import BlobState
from wansync.mirrors import open_objects
from wansync.ops.gather import gather
from wansync.ops.mirror_announce import announce
from wansync.ops.mirror_look import MirrorEye, State
from wansync.ops.mirrors import choose_writable
from wansync.plan import path_on
from wansync.sources.parallel import in_parallel
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wansync.mirrors import Objects
    from wansync.ops.gather import Gathered
    from wansync.paths import RelativePath
    from wansync.project import Workspace
    from wansync.settings.mirrors import Mirror

FORMAT_VERSION = "1.0"
_CANNOT = {BlobState.MISSING: "is not in the store", BlobState.CORRUPT: "is damaged in the store"}


@value_type
class NamedFile:
    """A file of a selection: its name for people, and what it is."""

    path: RelativePath
    digest: Digest
    size: int


@value_type
class PushFailure:
    """A file that could not be brought to the mirror."""

    file: NamedFile
    error: WansyncError

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {"path": str(self.file.path), "sha256": str(self.file.digest), "error": self.error.to_dict()}


@value_type
class PushReport:
    """What a push did; sizes are in bytes.

    Args:
        mirror: where to.
        lock: the digest of the lock that was pushed.
        pushed: what was brought there.
        already: what was there.
        failures: what is not there although the lock names it.
    """

    mirror: Mirror
    lock: Digest
    pushed: tuple[NamedFile, ...]
    already: tuple[NamedFile, ...]
    failures: tuple[PushFailure, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the mirror has all that was selected."""
        return not self.failures

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/mirror-push.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "mirror": self.mirror.name,
            "url": self.mirror.url,
            "lock": {"sha256": str(self.lock)},
            "complete": self.complete,
            "pushed": _amount(self.pushed),
            "already": _amount(self.already),
            "failures": [failure.to_dict() for failure in self.failures],
        }


def push(workspace: Workspace, wanted: Sequence[str] = (), to: str | None = None, *, full: bool = False) -> PushReport:
    """Bring a selection to a mirror; nothing wanted means the active profile.

    What is there with the right size stays. Every file is hashed while it is read; one that fails does not stop the
    others.

    Args:
        workspace: where the run stands.
        wanted: what to bring.
        to: the name of the mirror; the only one that can be written when it is not given.
        full: read what is there, and replace what is wrong.

    Raises:
        UsageError: there is no such mirror, or it cannot be written.
        LockTimeoutError: somebody prunes it, and does not get on.
        WansyncError: the lock cannot be used, or nothing could be brought.
    """
    mirror = choose_writable(workspace, to, "--to")
    gathered = gather(workspace, wanted)
    objects = open_objects(mirror, workspace.access)
    with gathered.store.guard():
        report = _push(gathered, mirror, objects, full=full)
    if report.failures and not (report.pushed or report.already):
        raise report.failures[0].error
    return report


def _push(gathered: Gathered, mirror: Mirror, objects: Objects, *, full: bool) -> PushReport:
    workspace, lock = gathered.workspace, Digest.of(gathered.lock_data)
    files = files_of(gathered)
    announce(gathered, mirror, objects)
    workspace.events.emit(PushStarted(mirror=mirror.name, files=len(files), size=sum(file.size for file in files)))
    hand = _Hand(gathered, mirror, objects, full=full)
    results: dict[NamedFile, bool | Exception] = {}
    with hand:
        for file, result in in_parallel({file: partial(hand.bring, file) for file in files}, objects.width):
            if isinstance(result, Exception) and not isinstance(result, WansyncError):
                raise result
            results[file] = result
    return PushReport(
        mirror=mirror,
        lock=lock,
        pushed=tuple(file for file in files if results[file] is True),
        already=tuple(file for file in files if results[file] is False),
        failures=tuple(
            PushFailure(file=file, error=error) for file in files if isinstance(error := results[file], WansyncError)
        ),
    )


class _Hand:
    """Brings files. Whoever leaves the block early, as on Ctrl-C, has those that are under way stop."""

    def __init__(self, gathered: Gathered, mirror: Mirror, objects: Objects, *, full: bool) -> None:
        self._gathered = gathered
        self._mirror = mirror
        self._objects = objects
        self._eye = MirrorEye(gathered.workspace, mirror, objects, full=full)
        self._stopped = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *about: object) -> None:
        self._stopped.set()

    def bring(self, file: NamedFile) -> bool:
        """Make a file present on the mirror; return whether it had to be brought.

        Raises:
            WansyncError: it cannot be.
        """
        events, digest, path = self._gathered.workspace.events, str(file.digest), str(file.path)
        try:
            brought = self._bring(file)
        except WansyncError as error:
            events.emit(FileFailed(digest=digest, path=path, error=str(error.code), message=error.reason))
            raise
        events.emit(FileReady(digest=digest, path=path, size=file.size))
        return brought

    def _bring(self, file: NamedFile) -> bool:
        path = path_on(self._mirror, file.digest)
        assert path  # noqa: S101 (a mirror that is written has the plain layout)
        found = self._eye.look(file)
        if found.state is State.PRESENT:
            return False
        if found.state is State.UNREACHABLE:
            assert found.error  # noqa: S101 (it says why)
            raise found.error
        self._require_here(file)
        if found.state is not State.MISSING:
            self._objects.remove(path)
        meter = HashMeter(self._gathered.workspace.events, digest=str(file.digest), path=str(file.path), size=file.size)

        def advance(count: int) -> None:
            if self._stopped.is_set():
                raise _StoppedError
            meter.advance(count)

        self._objects.put(path, self._gathered.store.layout.blob(file.digest), file.digest, advance)
        meter.finish(intact=True)
        return True

    def _require_here(self, file: NamedFile) -> None:
        state = self._gathered.store.blobs.state(file.digest, file.size)
        if state in _CANNOT:
            kind = ChecksumFailError if state is BlobState.CORRUPT else NotFoundError
            raise kind(
                f"`{file.path}` {_CANNOT[state]}, so it cannot be pushed",
                hint="Run `wansync fetch`, then push again",
                path=str(file.path),
                digest=str(file.digest),
            )


class _StoppedError(Exception):
    """The run has ended; whoever still brings something stops."""


def files_of(gathered: Gathered) -> list[NamedFile]:
    """Return every file of a selection once; those without a byte are nowhere, since they are everywhere."""
    found: dict[Digest, NamedFile] = {}
    for component in gathered.selection.components:
        for file in component.files:
            if file.size:
                found.setdefault(file.digest, NamedFile(path=file.path, digest=file.digest, size=file.size))
    return list(found.values())


def _amount(files: Sequence[NamedFile]) -> dict[str, int]:
    return {"files": len(files), "bytes": sum(file.size for file in files)}

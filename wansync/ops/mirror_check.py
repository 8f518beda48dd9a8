"""`wansync mirror check`: whether mirrors have what a lock names. Changes nothing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from wansync.events import VerifyStarted
from wansync.ops.gather import gather
from wansync.ops.mirror_look import MirrorEye, Seen, State
from wansync.ops.mirror_push import NamedFile, files_of
from wansync.ops.mirrors import choose_readable
from wansync.plan import origins_of
from wansync.sources.parallel import in_parallel
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wansync.ops.gather import Gathered
    from wansync.project import Workspace
    from wansync.settings.mirrors import Mirror

FORMAT_VERSION = "1.0"
_WIDTH = 8
_READ_AT_ONCE = 2


@value_type
class SeenFile:
    """A file, and what a mirror has of it."""

    file: NamedFile
    seen: Seen

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "path": str(self.file.path),
            "sha256": str(self.file.digest),
            "size": self.file.size,
            "state": str(self.seen.state),
            "found": self.seen.found,
            "error": self.seen.error.to_dict() if self.seen.error else None,
        }


@value_type
class CheckedMirror:
    """What one mirror has of a selection."""

    mirror: Mirror
    files: tuple[SeenFile, ...]

    @property
    def problems(self) -> tuple[SeenFile, ...]:
        """The files that are not there as they should be."""
        return tuple(found for found in self.files if found.seen.state is not State.PRESENT)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        present = [found.file.size for found in self.files if found.seen.state is State.PRESENT]
        return {
            "mirror": self.mirror.name,
            "url": self.mirror.url,
            "complete": not self.problems,
            "present": {"files": len(present), "bytes": sum(present)},
            "problems": [found.to_dict() for found in self.problems],
        }


@value_type
class MirrorCheck:
    """What mirrors have of a selection; `full` says that every byte was read."""

    mirrors: tuple[CheckedMirror, ...]
    full: bool

    @property
    def complete(self) -> bool:
        """Whether every one has all of it."""
        return not any(checked.problems for checked in self.mirrors)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/mirror-check.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "complete": self.complete,
            "full": self.full,
            "mirrors": [checked.to_dict() for checked in self.mirrors],
        }


def check_mirrors(
    workspace: Workspace, wanted: Sequence[str] = (), on: str | None = None, *, full: bool = False
) -> MirrorCheck:
    """Look whether mirrors have a selection; nothing wanted means the active profile.

    Args:
        workspace: where the run stands.
        wanted: what to look for.
        on: the name of one mirror; all that are used when it is not given.
        full: read every byte, and hash it. Else size counts, and the digest where the mirror states one.

    Raises:
        UsageError: there is no such mirror.
        WansyncError: the lock cannot be used.
    """
    mirrors = choose_readable(workspace, on)
    gathered = gather(workspace, wanted)
    return MirrorCheck(mirrors=tuple(_check(gathered, mirror, full=full) for mirror in mirrors), full=full)


def _check(gathered: Gathered, mirror: Mirror, *, full: bool) -> CheckedMirror:
    files, origins = files_of(gathered), origins_of(gathered.selection)
    eye = MirrorEye(gathered.workspace, mirror, full=full)
    if full:
        gathered.workspace.events.emit(VerifyStarted(files=len(files), size=sum(file.size for file in files)))
    calls = {file: partial(eye.look, file, origins[file.digest]) for file in files}
    seen: dict[NamedFile, Seen] = {}
    for file, result in in_parallel(calls, _READ_AT_ONCE if full else _WIDTH):
        if isinstance(result, Exception):
            raise result
        seen[file] = result
    return CheckedMirror(mirror=mirror, files=tuple(SeenFile(file=file, seen=seen[file]) for file in files))

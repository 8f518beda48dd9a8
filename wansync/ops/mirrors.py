"""What the verbs about mirrors have in common, and `wansync mirror list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import UsageError
from wansync.settings.mirrors import LOCKS, ORIGIN_PRIORITY, MirrorKind
from wansync.text import printable, suggest
from wansync.value_types import value_type

if TYPE_CHECKING:
    from wansync.digest import Digest
    from wansync.project import Workspace
    from wansync.settings.mirrors import Mirror

FORMAT_VERSION = "1.0"
LOCK_SUFFIX = ".lock"
CLAIM_SUFFIX = ".from"
_HOW = "Add a table `[mirrors.NAME]` with `url` to your `config.toml` (`wansync config path`); docs/how-to/mirrors.md"
_WRITE = 'Give a directory or bucket `mode = "write"` or `mode = "readwrite"`'
_BEHIND = "Push to the directory or bucket behind that address, as a mirror of its own"


@value_type
class MirrorList:
    """The mirrors of a run, in the order in which they are asked.

    Args:
        mirrors: all of them, also those that are not used.
        origin: whether the sources that the lock names are asked too, at `ORIGIN_PRIORITY`.
        offline: whether mirrors behind a network are left out.
    """

    mirrors: tuple[Mirror, ...]
    origin: bool
    offline: bool

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/mirror-list.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "origin": self.origin,
            "origin_priority": ORIGIN_PRIORITY,
            "offline": self.offline,
            "mirrors": [{**mirror.to_dict(), "given_by": mirror.given} for mirror in self.mirrors],
        }


def list_mirrors(workspace: Workspace) -> MirrorList:
    """Return the mirrors that flags, environment and files name. Asks none of them."""
    settings = workspace.settings
    return MirrorList(mirrors=settings.mirrors, origin=settings.origin, offline=settings.offline)


def choose_writable(workspace: Workspace, name: str | None, option: str) -> Mirror:
    """Return the mirror of a name that files can be pushed to; without a name the only one there is.

    Args:
        workspace: where the run stands.
        name: of the mirror.
        option: by which a user names one.

    Raises:
        UsageError: there is none, there are several, or that one cannot be written.
    """
    if name is not None:
        mirror = _named(workspace, name)
        if not mirror.writes:
            hint = _BEHIND if mirror.kind is MirrorKind.HTTP else _WRITE
            raise UsageError(f"Mirror `{mirror.name}` is not one to write to", hint=hint)
        return mirror
    found = [mirror for mirror in workspace.settings.mirrors if mirror.writes]
    if not found:
        raise UsageError("There is no mirror to write to", hint=_WRITE if workspace.settings.mirrors else _HOW)
    if len(found) > 1:
        names = ", ".join(f"`{option} {mirror.name}`" for mirror in found)
        raise UsageError("There are several mirrors, and none is named", hint=f"Name one: {names}")
    return found[0]


def choose_readable(workspace: Workspace, name: str | None) -> tuple[Mirror, ...]:
    """Return the mirror of a name, or all that are used.

    Raises:
        UsageError: there is none of the name, or none at all.
    """
    if name is not None:
        return (_named(workspace, name),)
    found = tuple(mirror for mirror in workspace.settings.mirrors if mirror.enabled)
    if not found:
        raise UsageError("There is no mirror", hint=_HOW)
    return found


def lock_name(digest: Digest) -> str:
    """Return where a mirror keeps the lock of a digest."""
    return f"{LOCKS}/{digest.hex}{LOCK_SUFFIX}"


def claim_name(digest: Digest, project: str) -> str:
    """Return where a mirror keeps that a lock was pushed for a project of this id."""
    return f"{LOCKS}/{digest.hex}.{project}{CLAIM_SUFFIX}"


def _named(workspace: Workspace, name: str) -> Mirror:
    mirrors = {mirror.name: mirror for mirror in workspace.settings.mirrors}
    if name not in mirrors:
        hint = suggest(name, mirrors) if mirrors else _HOW
        raise UsageError(f"There is no mirror `{printable(name)}`", hint=hint)
    if not mirrors[name].enabled:
        raise UsageError(f"Mirror `{name}` is switched off", hint="Remove `enabled = false` from it")
    return mirrors[name]

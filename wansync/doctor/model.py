"""What the doctor looks at, and what it says: a subject, findings, and checks that make findings of the subject."""

from __future__ import annotations

import os
import shlex
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from wansync.doctor.owners import Owners
    from wansync.doctor.seen import SeenView
    from wansync.doctor.seen_blobs import SeenBlob
    from wansync.lockfile import Lockfile
    from wansync.settings import Settings
    from wansync.store import Store


class Level(StrEnum):
    """How bad a finding is; only a problem makes the store unhealthy."""

    OK = "ok"
    """A check found nothing."""
    NOTE = "note"
    """Worth knowing; nothing needs to be done."""
    WARNING = "warning"
    """Everything works, but something will not for long, or only for some."""
    PROBLEM = "problem"
    """A program, a sync or a garbage collection meets wrong bytes, or fails."""


@value_type
class Finding:
    """What a check found.

    Args:
        check: its name.
        level: how bad it is.
        text: one sentence.
        facts: the values in it, for programs; paths are absolute, sizes in bytes.
        hint: the one action that helps, where one is needed.
    """

    check: str
    level: Level
    text: str
    facts: Mapping[str, object] = field(default_factory=dict)
    hint: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "check": self.check,
            "level": str(self.level),
            "text": self.text,
            "facts": dict(self.facts),
            "hint": self.hint,
        }


@value_type
class Subject:
    """What is examined.

    Args:
        store: the store, whatever stands at its place.
        settings: the choices of this run.
        lock: the lock of the project that the doctor was called in; `None` where it has none that can be read.
        views: every view that stands, as far as it can be looked at.
        blobs: every blob likewise.
        owners: who names what.
        now: seconds since the epoch.
    """

    store: Store
    settings: Settings
    lock: Lockfile | None
    views: tuple[SeenView, ...]
    blobs: tuple[SeenBlob, ...]
    owners: Owners
    now: float

    @property
    def root(self) -> Path:
        """The directory of the store."""
        return self.store.layout.root

    def name(self, path: Path) -> str:
        """Return a path below the store as it is shown."""
        return shown(path.relative_to(self.root)) if path != self.root else shown(path)

    def set_aside(self, path: Path) -> str:
        """Return the command that moves what nobody expected out of the way, to a free name; it removes nothing."""
        folder = self.root.parent if path == self.root else self.root
        names = (f"{path.name}.aside{number}" for number in ("", *range(2, 1000)))
        target = next(folder / name for name in names if self.store.fs.fingerprint(folder / name) is None)
        return f"`mv {quoted(path)} {quoted(target)}`"


@value_type(kw_only=False)
class Check:
    """One question about a subject.

    Args:
        name: what it is about.
        look: yields what is wrong.
        healthy: what to say when that is nothing.
        needs_store: whether there is anything to ask where no store of this layout is.
    """

    name: str
    look: Callable[[Subject], Iterable[Finding]]
    healthy: str
    needs_store: bool = True


def shown(path: Path | str) -> str:
    """Return a path as text that every document can hold: its name need not be Unicode."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def quoted(path: Path | str) -> str:
    """Return a path as a word of a shell's command."""
    return shlex.quote(shown(path))


def may(path: Path, wanted: int) -> bool:
    """Return whether this user has the rights of `wanted`, of `os.access`, to what stands at a path."""
    return os.access(path, wanted, effective_ids=os.access in os.supports_effective_ids)


def give_back(path: Path, *, writable: bool = True) -> str:
    """Return the hint that lets this user into the folder at a path, or into the one above it that is closed."""
    closed = (folder for folder in reversed(path.parents) if _is_folder(folder) and not may(folder, os.X_OK))
    folder = next(closed, path if _is_folder(path) else path.parent)
    owner = folder.stat().st_uid
    if hasattr(os, "geteuid") and owner != os.geteuid():
        return f"Ask its owner (user {owner}) to share it with this user"
    return f"Run `chmod {'u+rwx' if writable else 'u+rx'} {quoted(folder)}`"


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 (`Path.is_dir` raises below a closed folder)

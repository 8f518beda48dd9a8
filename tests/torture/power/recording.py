"""What a recorded run is: values only, made in the child that ran it and explored by its parent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = 0
"""The inode of the directory that holds project, store and cache; it is there before and after."""
_CLASSES = (
    (re.compile(r"[0-9a-f]{64}"), "DIGEST"),
    (re.compile(r"(?<=/)[0-9a-f]{2}(?=/|$)"), "XX"),
    (re.compile(r"(?<=/)[0-9a-f]{16}(?=[./]|$)"), "ID"),
    (re.compile(r"[^/]+\.(partial|record|part|journal|adopted|link|tmp)(?=/|$)"), r"STAGED.\1"),
    (re.compile(r"(?<=views/)[^/]+"), "MODEL"),
    (re.compile(r"(?<=STAGED.partial)/.+"), "/INNER"),
    (re.compile(r"(?<=MODEL/ID)/.+"), "/INNER"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """One version of an inode: its kind (`file`, `link`, `directory`), its bytes or target, and what `stat` says.

    Compared by identity: a version is made once.
    """

    kind: str
    data: bytes = b""
    mode: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Op:
    """One change that a run asked for.

    Args:
        kind: `names` (entries of directories change, all in one step), `body` (an inode gets a new version), `sync`
            (an inode is made durable), `ack` (a verb has returned).
        site: which functions asked, the outer one first.
        path: where, relative to the place of the recording; digests and random parts as they are.
        entries: of `names`: (directory, name, inode or none).
        inode: of `body` and `sync`.
        body: of `body`, and of an inode that `names` brings into being.
        facts: of `ack`: what must be there from now on, path -> digest of what it leads to, or none.
    """

    kind: str
    site: str = ""
    path: str = ""
    entries: tuple[tuple[int, str, int | None], ...] = ()
    inode: int = -1
    body: Body | None = None
    facts: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def group(self) -> str:
        """Where in the code this is, and about what kind of path: what a mutant removes."""
        return f"{self.site} [{path_class(self.path)}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One run.

    Args:
        tree: directory -> name -> inode, before it.
        bodies: of every inode before it; all durable.
        device: of the store, as `stat` says.
        locks: every lock that projects of this run had.
        damaged: inodes that were wrong before it began.
        exempt: names of views that were.
        roots: names of the roots that stood when it began.
        unsynced: inodes whose bytes nobody had made durable when it began.
        versions: of each file of a project: the bytes that a cut may leave (none: not there).
    """

    name: str
    ops: tuple[Op, ...]
    tree: Mapping[int, Mapping[str, int]]
    bodies: Mapping[int, Body]
    device: int
    locks: tuple[bytes, ...]
    damaged: frozenset[int]
    exempt: frozenset[str]
    roots: frozenset[str]
    unsynced: frozenset[int]
    versions: Mapping[str, frozenset[bytes | None]]


def path_class(path: str) -> str:
    """Return a path with what differs from run to run replaced by its kind."""
    for pattern, name in _CLASSES:
        path = pattern.sub(name, path)
    return path

"""What a disk holds for sure, what is still on its way to it, and one state that a power cut may make of both.

The rules, weaker than any file system in use, so that what holds here holds on all of them:

* The bytes of a file are durable only after its fsync. Before that it may have any earlier version, be empty, short, or
  have its size and zeros in place of bytes; but where nothing was written since, it has what was durable.
* What `stat` says (mode, times) is durable after fsync of the file, and may be older than its bytes.
* A name (create, link, rename, unlink, mkdir, symlink) is durable only after fsync of its directory. A rename is one
  step, and durable when either directory is; of those on their way any subset survives ("any"), or any prefix in the
  order of the program ("journal").
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.torture.power.recording import ROOT, Body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.torture.power.recording import Op, Recording

Entries = dict[tuple[int, str], int | None]
_MAX_LINKS = 10
_OLDER = 2
"""So many older versions of a file's times and mode are tried."""


@dataclass(slots=True)
class Disk:
    """The disk while a recorded run goes on."""

    tree: dict[int, dict[str, int]]
    bodies: dict[int, Body]
    pending: list[Entries] = field(default_factory=list)
    versions: dict[int, list[Body]] = field(default_factory=dict)
    newest: dict[int, Body] = field(default_factory=dict)

    @classmethod
    def before(cls, recording: Recording) -> Disk:
        """Return the disk as it was before the run."""
        tree = {folder: dict(names) for folder, names in recording.tree.items()}
        disk = cls(tree=tree, bodies=dict(recording.bodies), newest=dict(recording.bodies))
        for inode in recording.unsynced:
            disk.versions[inode] = [disk.bodies[inode]]
            disk.bodies[inode] = _with(disk.bodies[inode], b"")
        return disk

    def apply(self, op: Op) -> None:
        """Do what the run asked for."""
        if op.kind == "names":
            if op.body is not None:
                self._be_born(op.inode, op.body)
            self.pending.append({(folder, name): inode for folder, name, inode in op.entries})
        elif op.kind == "body" and op.body is not None:
            self.versions.setdefault(op.inode, []).append(op.body)
            self.newest[op.inode] = op.body
        elif op.kind == "sync":
            self._sync(op.inode)

    def candidates(self, inode: int) -> list[Body]:
        """Return what an inode may be after a cut, the newest version first."""
        later = self.versions.get(inode, [])
        return list(_candidates(self.bodies[inode], tuple(later))) if later else [self.bodies[inode]]

    def _be_born(self, inode: int, body: Body) -> None:
        self.bodies[inode] = self.newest[inode] = body
        if body.kind == "directory":
            self.tree[inode] = {}

    def _sync(self, inode: int) -> None:
        if self.versions.pop(inode, None):
            self.bodies[inode] = self.newest[inode]
        waiting: list[Entries] = []
        for change in self.pending:
            if any(folder == inode for folder, _ in change):
                self._make_durable(change, waiting)
            else:
                waiting.append(change)
        self.pending = [change for change in waiting if change]

    def _make_durable(self, change: Entries, waiting: list[Entries]) -> None:
        for (folder, name), inode in change.items():
            for earlier in waiting:
                earlier.pop((folder, name), None)
            if inode is None:
                self.tree[folder].pop(name, None)
            else:
                self.tree[folder][name] = inode


@functools.lru_cache(maxsize=4096)
def _candidates(durable: Body, later: tuple[Body, ...]) -> tuple[Body, ...]:
    newest = later[-1]
    found = [newest]
    if newest.data != durable.data:
        size, kept = len(newest.data), len(durable.data)
        old = durable.data[:size]
        half = max(kept, size // 2) if kept < size else size // 2
        wrong = (old + bytes(size - len(old)), old, newest.data[:half], newest.data[:half] + bytes(size - half), b"")
        stay = _Untouched(durable, later)
        found += [_with(newest, data) for data in dict.fromkeys(map(stay.over, wrong)) if data != newest.data]
    found += [_with(older, newest.data) for older in later[-1 - _OLDER : -1] if older.mode != newest.mode]
    return (*found, durable)


class _Untouched:
    """The durable bytes of a file that no later version has changed or cut off."""

    def __init__(self, durable: Body, later: tuple[Body, ...]) -> None:
        count = min(len(durable.data), *(len(body.data) for body in later))
        first = int.from_bytes(durable.data[:count])
        changed = 0
        for body in later:
            changed |= first ^ int.from_bytes(body.data[:count])
        kept = changed.to_bytes(count).translate(bytes([255]) + bytes(255))
        self._count = len(kept.rstrip(b"\0"))
        self._kept = int.from_bytes(kept[: self._count])
        self._data = int.from_bytes(durable.data[: self._count]) & self._kept

    def over(self, data: bytes) -> bytes:
        """Return bytes that a cut might leave if these were not to stay, with these in their places."""
        count = self._count
        begin = int.from_bytes(data[:count].ljust(count, b"\0")) & ~self._kept | self._data
        return begin.to_bytes(count) + data[count:]


def _with(body: Body, data: bytes) -> Body:
    return Body(body.kind, data, body.mode, body.mtime_ns, body.ctime_ns)


class State:
    """One state after a cut: which changes of names survived, and which version of each inode.

    Args:
        disk: what was durable then, and stays unchanged while this is in use.
    """

    __slots__ = ("_bodies", "_disk", "_names")

    def __init__(self, disk: Disk, survivors: list[Entries], bodies: Mapping[int, Body]) -> None:
        self._disk = disk
        self._bodies = bodies
        names: dict[int, dict[str, int | None]] = {}
        for change in survivors:
            for (folder, name), inode in change.items():
                names.setdefault(folder, {})[name] = inode
        self._names = names

    def body(self, inode: int) -> Body:
        """Return the version of an inode."""
        return self._bodies.get(inode) or self._disk.bodies[inode]

    def child(self, folder: int, name: str) -> int | None:
        """Return the inode behind a name."""
        changed = self._names.get(folder)
        if changed is not None and name in changed:
            return changed[name]
        return self._disk.tree.get(folder, {}).get(name)

    def names(self, folder: int) -> tuple[str, ...]:
        """Return the names in a directory, sorted."""
        found = {**self._disk.tree.get(folder, {}), **self._names.get(folder, {})}
        return tuple(sorted(name for name, inode in found.items() if inode is not None))

    def find(self, path: str, *, follow: bool) -> int | None:
        """Return the inode at a path relative to the place of the recording; `follow` also a link at its end."""
        return self._walk(ROOT, (), _parts(path), follow, _MAX_LINKS)

    def _walk(self, at: int, above: tuple[int, ...], parts: tuple[str, ...], follow: bool, left: int) -> int | None:  # noqa: FBT001
        for number, part in enumerate(parts):
            if part == "..":
                if not above:
                    return None
                at, above = above[-1], above[:-1]
                continue
            inode = self.child(at, part)
            if inode is None:
                return None
            body = self.body(inode)
            rest = parts[number + 1 :]
            if body.kind == "link" and (rest or follow):
                return self._walk(at, above, _parts(body.data.decode()) + rest, follow, left - 1) if left else None
            at, above = inode, (*above, at)
        return at


@functools.lru_cache(maxsize=65536)
def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part not in ("", "."))

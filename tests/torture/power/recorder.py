"""Record what a run asks of the file system: every call that changes something below one directory.

It stands in for the functions of `os`, so that it sees what `FileSystem` does and also what would go past it. Only for
a forked child, which ends afterwards.
"""

from __future__ import annotations

import os
import resource
import stat
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.torture.power.recording import ROOT, Body, Op

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_SEAM = {"fsops.py", "fsblocks.py", "fslooks.py", "systems.py", "folders.py", "blocks.py"}
"""What is asked for through these is named after who asked."""
_IGNORED = ".locks"
_HOLDER = ".holder.json"
"""Locks, and who holds them, are worth nothing after a power cut, and they are by far the most calls."""
_FILES = 65_536


class Recorder:
    """Records from `start` on.

    Args:
        place: the directory below which calls are recorded, and nothing else.
    """

    def __init__(self, place: Path) -> None:
        self.place = place
        self.ops: list[Op] = []
        self.tree: dict[int, dict[str, int]] = {}
        self.bodies: dict[int, Body] = {}
        self._last: dict[int, Body] = {}
        self._held: list[int] = []
        self._root = place.stat().st_ino
        self._real: dict[str, Callable[..., Any]] = {"open": os.open}
        self._turn = threading.RLock()

    def start(self) -> None:
        """Take the disk as it is for durable, and record from now on."""
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(_FILES, limit) if limit > 0 else _FILES, limit))
        for folder in [self.place, *self.place.rglob("*")]:
            if folder.is_dir() and not folder.is_symlink():
                children = {child.name: self._begin(child) for child in folder.iterdir()}
                self.tree[self._id(folder.stat())] = {n: i for n, i in children.items() if n != _IGNORED}
        self._last = dict(self.bodies)
        for name in ("open", "write", "ftruncate", "fsync", "link", "symlink", "mkdir", "rmdir", "chmod", "pwrite"):
            self._patch(name, name)
        for name, method in (("rename", "rename"), ("replace", "rename"), ("unlink", "unlink"), ("remove", "unlink")):
            self._patch(name, method)
        for name, method in (("fdatasync", "fsync"), ("posix_fallocate", "pwrite")):
            self._patch(name, method)

    def acknowledge(self, facts: dict[str, str | None]) -> None:
        """Record that a verb has returned, and what must be there from now on."""
        self.ops.append(Op(kind="ack", facts=facts))

    def _patch(self, name: str, method: str) -> None:
        self._real[name] = getattr(os, name)
        call = getattr(self, f"_on_{method}")(self._real[name])

        def in_turn(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            # What several threads ask for is recorded in the order in which it was done.
            with self._turn:
                return call(*args, **kwargs)

        setattr(os, name, in_turn)

    def _begin(self, path: Path) -> int:
        inode = self._hold(path)
        self.bodies[inode] = _body_at(path)
        return inode

    def _id(self, found: os.stat_result) -> int:
        return ROOT if found.st_ino == self._root else found.st_ino

    def _entry(self, path: Any) -> tuple[int, str, str] | None:  # noqa: ANN401 (whatever `os` takes)
        """Return directory, name and relative path, or `None` where nothing is recorded."""
        if isinstance(path, int):
            return None
        whole = Path(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100 (links are not followed)
        if not whole.is_relative_to(self.place) or _IGNORED in whole.parts or _HOLDER in whole.name:
            return None
        return self._id(os.stat(whole.parent)), whole.name, whole.relative_to(self.place).as_posix()  # noqa: PTH116

    def _hold(self, path: Any) -> int:  # noqa: ANN401
        """Keep an inode from being used again, so that its number means one file; return its number."""
        descriptor = self._real["open"](path, os.O_PATH | os.O_NOFOLLOW)
        self._held.append(descriptor)
        return os.fstat(descriptor).st_ino

    def _add(self, kind: str, path: str, **more: Any) -> None:  # noqa: ANN401
        self.ops.append(Op(kind=kind, site=_site(sys._getframe(2)), path=path, **more))

    def _note(self, path: Any, relative: str, inode: int | None = None) -> None:  # noqa: ANN401
        """Record the version that a file has now, if it is another one."""
        inode = inode or os.lstat(path).st_ino
        new, old = _body_at(path), self._last.get(inode)
        if new.kind == "file" and (old is None or _values(new) != _values(old)):
            self._last[inode] = new
            self.ops.append(Op(kind="body", site=_site(sys._getframe(2)), path=relative, inode=inode, body=new))

    def _on_open(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:  # noqa: ANN401
            there = os.path.lexists(path) if flags & os.O_CREAT else True
            descriptor = real(path, flags, *args, **kwargs)
            if not there and (entry := self._entry(path)):
                inode = self._hold(path)
                self._last[inode] = _body_at(path)
                self._add("names", entry[2], entries=((*entry[:2], inode),), inode=inode, body=self._last[inode])
            return descriptor

        return call

    def _by_descriptor(self, descriptor: int) -> tuple[str, str] | None:
        path = os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115
        entry = self._entry(path) if path != str(self.place) else (0, "", "")
        return (path, entry[2]) if entry else None

    def _on_write(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(descriptor: int, data: Any) -> int:  # noqa: ANN401
            done = real(descriptor, data)
            if stat.S_ISREG(os.fstat(descriptor).st_mode) and (found := self._by_descriptor(descriptor)):
                self._note(*found)
            return done

        return call

    def _on_pwrite(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(descriptor: int, *args: Any) -> Any:  # noqa: ANN401
            done = real(descriptor, *args)
            if found := self._by_descriptor(descriptor):
                self._note(*found)
            return done

        return call

    def _on_ftruncate(self, real: Callable[..., None]) -> Callable[..., None]:
        def call(descriptor: int, size: int) -> None:
            real(descriptor, size)
            if found := self._by_descriptor(descriptor):
                self._note(*found)

        return call

    def _on_fsync(self, real: Callable[..., None]) -> Callable[..., None]:
        def call(descriptor: int) -> None:
            found, status = self._by_descriptor(descriptor), os.fstat(descriptor)
            if found and stat.S_ISREG(status.st_mode):
                # What a buffered writer wrote went past `os.write`.
                self._note(*found)
            if found:
                self._add("sync", found[1], inode=self._id(status))

        return call

    def _on_link(self, real: Callable[..., None]) -> Callable[..., None]:
        def call(source: Any, target: Any, **kwargs: Any) -> None:  # noqa: ANN401
            real(source, target, **kwargs)
            if entry := self._entry(target):
                inode = os.lstat(target).st_ino
                self._add("names", entry[2], entries=((*entry[:2], inode),))
                self._note(target, entry[2])

        return call

    def _on_symlink(self, real: Callable[..., None]) -> Callable[..., None]:
        return self._on_make(real, 1)

    def _on_mkdir(self, real: Callable[..., None]) -> Callable[..., None]:
        return self._on_make(real, 0)

    def _on_make(self, real: Callable[..., None], position: int) -> Callable[..., None]:
        def call(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401
            real(*args, **kwargs)
            if entry := self._entry(args[position]):
                inode = self._hold(args[position])
                body = _body_at(args[position])
                self._add("names", entry[2], entries=((*entry[:2], inode),), inode=inode, body=body)

        return call

    def _on_rmdir(self, real: Callable[..., None]) -> Callable[..., None]:
        return self._on_unlink(real)

    def _on_unlink(self, real: Callable[..., None]) -> Callable[..., None]:
        def call(path: Any, **kwargs: Any) -> None:  # noqa: ANN401
            entry = self._entry(path)
            real(path, **kwargs)
            if entry:
                self._add("names", entry[2], entries=((*entry[:2], None),))

        return call

    def _on_chmod(self, real: Callable[..., None]) -> Callable[..., None]:
        def call(path: Any, mode: int, **kwargs: Any) -> None:  # noqa: ANN401
            real(path, mode, **kwargs)
            if entry := self._entry(path):
                self._note(path, entry[2])

        return call

    def _on_rename(self, real: Callable[..., None]) -> Callable[..., None]:
        def call(source: Any, target: Any, **kwargs: Any) -> None:  # noqa: ANN401
            old, new = self._entry(source), self._entry(target)
            inode = os.lstat(source).st_ino
            # Two names of one inode: the system does nothing.
            idle = os.path.lexists(target) and os.lstat(target).st_ino == inode
            real(source, target, **kwargs)
            changes = ((old, None), (new, inode))
            entries = tuple((*entry[:2], value) for entry, value in changes if entry)
            if entries and not idle:
                self._add("names", (new or old or ("", "", ""))[2], entries=entries)
                if new:
                    self._note(target, new[2], inode)

        return call


def _body_at(path: Any) -> Body:  # noqa: ANN401
    found = os.lstat(path)
    if stat.S_ISDIR(found.st_mode):
        return Body("directory")
    if stat.S_ISLNK(found.st_mode):
        return Body("link", os.fsencode(os.readlink(path)))  # noqa: PTH115
    return Body("file", Path(path).read_bytes(), stat.S_IMODE(found.st_mode), found.st_mtime_ns, found.st_ctime_ns)


def _values(body: Body) -> tuple[bytes, int, int, int]:
    return body.data, body.mode, body.mtime_ns, body.ctime_ns


def _frames(frame: FrameType | None) -> Iterator[str]:
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if "wansync" in file.parts[-3:-1] and file.name not in _SEAM:
            yield f"{file.stem}.{frame.f_code.co_qualname.replace('<locals>.', '')}"
        frame = frame.f_back


def _site(frame: FrameType | None) -> str:
    """Return the two innermost functions of the program that asked, the outer one first."""
    names = list(dict.fromkeys(_frames(frame)))[:2]
    return " > ".join(reversed(names))

"""Files on this machine whose size is that of a file wanted: one walk, which reads no file and changes nothing.

Symbolic links to files are followed, since caches and stores are made of them; links to directories are not. What
cannot be read is told, and the walk goes on. Nothing that is found is trusted: whoever takes a file hashes it.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from wansync.inventory import FoundFile, PassedOver
from wansync.sources.ownership import RECORDS, Ownership, is_store
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

_UNFINISHED = ".incomplete"
"""How the name of a file ends that Hugging Face's client still writes."""
_MAX_TOLD = 100
"""A tree of which everything is forbidden must not fill the memory, or a report."""
_Inode: TypeAlias = tuple[int, int]


@value_type
class Walked:
    """What a walk found.

    Args:
        files: those that may be wanted, each inode once, in the order of their paths.
        looked_at: how many names of files were seen.
        passed_over: what was not looked at, the first hundred.
        passed_over_count: how much that was.
    """

    files: tuple[FoundFile, ...] = ()
    looked_at: int = 0
    passed_over: tuple[PassedOver, ...] = ()
    passed_over_count: int = 0


def walk_for(paths: Iterable[Path], sizes: Container[int], store: Path) -> Walked:
    """Return the files in and below some paths that have one of the sizes.

    Args:
        paths: files and directories; one that is a link is followed. One that is not there has nothing.
        sizes: in bytes.
        store: a directory that is left out, with whatever leads into it.
    """
    given = {Path(os.path.realpath(path)): os.path.islink(path) for path in paths}  # noqa: PTH114
    walk = _Walk(given, sizes, Path(os.path.realpath(store)))
    walk.run()
    files = sorted(walk.found.values(), key=lambda file: file.path)
    return Walked(
        files=tuple(files),
        looked_at=walk.looked_at,
        passed_over=tuple(walk.passed_over),
        passed_over_count=walk.passed_over_count,
    )


class _Walk:
    def __init__(self, roots: Mapping[Path, bool], sizes: Container[int], store: Path) -> None:
        self._roots = roots  # and whether it was named by a link to it
        self._sizes = sizes
        self._store = store
        self._ownership = Ownership()
        self._seen: set[_Inode] = set()
        self.found: dict[_Inode, FoundFile] = {}
        self.looked_at = 0
        self.passed_over: list[PassedOver] = []
        self.passed_over_count = 0

    def run(self) -> None:
        waiting: list[Path] = []
        for root, linked in self._roots.items():
            try:
                status = root.stat()
            except OSError as error:
                self._pass_over(root, error)
                continue
            if stat.S_ISDIR(status.st_mode):
                waiting.append(root)
            else:
                self.looked_at += 1
                self._take(root, status, linked=linked)
        while waiting:
            folder = waiting.pop()
            if self._is_new(folder):
                waiting.extend(self._look_into(folder))

    def _is_new(self, folder: Path) -> bool:
        """Return whether a directory is to be looked into, which no other path has led to, as bind mounts can."""
        try:
            status = folder.lstat()
        except OSError as error:
            self._pass_over(folder, error)
            return False
        inode = status.st_dev, status.st_ino
        if inode in self._seen or folder.is_relative_to(self._store):
            return False
        self._seen.add(inode)
        return True

    def _look_into(self, folder: Path) -> list[Path]:
        """Take note of the files in a directory and return the directories in it."""
        if is_store(folder):
            # The rest are links to its blobs, and partials.
            return [folder / "blobs" / "sha256"]
        folders: list[Path] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if not entry.is_dir(follow_symlinks=False):
                        self._look_at(entry)
                    elif not (found := folder / entry.name).match("/".join(RECORDS)):
                        folders.append(found)
        except OSError as error:
            self._pass_over(folder, error)
        return folders

    def _look_at(self, entry: os.DirEntry[str]) -> None:
        self.looked_at += 1
        if entry.name.endswith(_UNFINISHED):
            return
        path, linked = Path(entry.path), entry.is_symlink()
        try:
            status = entry.stat()
        except FileNotFoundError:
            return  # gone meanwhile, or a link that leads nowhere
        except OSError as error:
            self._pass_over(path, error)
            return
        if stat.S_ISDIR(status.st_mode):
            real = Path(os.path.realpath(path))
            if not any(real.is_relative_to(root) for root in self._roots):
                self._pass_over(path, "a link to a directory, which is not followed")
            return
        self._take(path, status, linked=linked)

    def _take(self, path: Path, status: os.stat_result, *, linked: bool) -> None:
        if not stat.S_ISREG(status.st_mode) or status.st_size not in self._sizes:
            return
        real = Path(os.path.realpath(path)) if linked else path
        if real.is_relative_to(self._store):
            return
        inode = status.st_dev, status.st_ino
        claims = frozenset(filter(None, (self._ownership.claim(path), self._ownership.claim(real))))
        owner = self._ownership.owner(real.parent)
        known = self.found.get(inode)
        if known is None:
            self.found[inode] = FoundFile(
                path=real, size=status.st_size, device=status.st_dev, claims=claims, owner=owner, linked=linked
            )
        else:
            self.found[inode] = replace(
                # The same one of several names whatever the order of the walk.
                known,
                path=min(known.path, real),
                claims=known.claims | claims,
                owner=known.owner or owner,
                linked=known.linked or linked,
            )

    def _pass_over(self, path: Path, why: OSError | str) -> None:
        self.passed_over_count += 1
        if len(self.passed_over) < _MAX_TOLD:
            self.passed_over.append(PassedOver(path=path, reason=why if isinstance(why, str) else _reason(why)))


def _reason(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "a link that leads to itself"
    return error.strerror or type(error).__name__

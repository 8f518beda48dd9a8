"""The store's own readers on a state that is in no file system, and what they said remembered as long as it holds."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wansync.store.fingerprint import Fingerprint
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from tests.torture.power.disk import State

Key = tuple[str, str, bool]


class Image(FileSystem):
    """A file system that can only be read; what it holds is changed by setting `state`.

    Args:
        place: the directory that the state is of; nothing else is there.
        device: of every file.
    """

    def __init__(self, place: Path, device: int) -> None:
        self.state: State
        self.seen: list[tuple[Key, Hashable]] = []
        self._place = f"{place}/"
        self._device = device

    def observe(self, key: Key) -> Any:  # noqa: ANN401 (what there is to see at a path)
        """Return what a look at the state shows: an inode and its version, or the names in a directory."""
        kind, path, follow = key
        inode = self.state.find(path, follow=follow)
        if inode is None:
            return None
        return self.state.names(inode) if kind == "names" else (inode, self.state.body(inode))

    def _look(self, kind: str, path: Path, *, follow: bool = False) -> Any:  # noqa: ANN401
        text = str(path)
        key = (kind, text.removeprefix(self._place), follow) if text.startswith(self._place) else (kind, "\0", False)
        found = self.observe(key)
        self.seen.append((key, found))
        return found

    def _kind(self, path: Path) -> str | None:
        found = self._look("at", path)
        return found[1].kind if found else None

    def fingerprint(self, path: Path, *, follow: bool = False) -> Fingerprint | None:
        found = self._look("at", path, follow=follow)
        if not found:
            return None
        inode, body = found
        times = {"mtime_ns": body.mtime_ns, "ctime_ns": body.ctime_ns}
        return Fingerprint(dev=self._device, ino=inode, size=len(body.data), **times)

    def is_file(self, path: Path) -> bool:
        return self._kind(path) == "file"

    def is_directory(self, path: Path) -> bool:
        return self._kind(path) == "directory"

    def list_directory(self, path: Path) -> list[str]:
        return list(self._look("names", path) or ()) if self.is_directory(path) else []

    def read_bytes(self, path: Path, limit: int) -> bytes | None:
        found = self._look("at", path)
        return found[1].data if found and found[1].kind == "file" and len(found[1].data) <= limit else None

    def read_link(self, path: Path) -> Path | None:
        found = self._look("at", path)
        if not found or found[1].kind != "link":
            return None
        return Path(posixpath.normpath(f"{path.parent}/{found[1].data.decode()}"))

    def followed(self, path: Path) -> tuple[int, Any] | None:
        """Return inode and version of what a path leads to."""
        found: tuple[int, Any] | None = self._look("at", path, follow=True)
        return found


class Remembered:
    """A check, which is a function of what it looks at: looked at the same, it says the same without being asked.

    Args:
        check: returns what is wrong, an empty text where nothing is.
    """

    __slots__ = ("_check", "_image", "_tree")

    def __init__(self, image: Image, check: Callable[[], str]) -> None:
        self._image = image
        self._check = check
        self._tree: dict[Key, Any] = {}

    def __call__(self) -> str:
        node, observe = self._tree, self._image.observe
        while node:
            ((key, branches),) = node.items()
            found = branches.get(observe(key), self)
            if found is self:
                break
            if isinstance(found, str):
                return found
            node = found
        return self._ask()

    def _ask(self) -> str:
        self._image.seen = []
        said = self._check()
        seen = dict.fromkeys(self._image.seen)
        node = self._tree
        for number, (key, found) in enumerate(seen):
            branches = node.setdefault(key, {})
            node = branches.setdefault(found, said if number == len(seen) - 1 else {})
        return said

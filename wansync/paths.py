"""Portable relative paths, and which of them a component takes. No IO.

The rules are the same on every operating system (a lock is written on one and read on another); the filters of
git, libgit2 and jgit are the anchor.
"""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from typing import TYPE_CHECKING, Self

from wansync.errors import PathUnsafeError
from wansync.text import printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from wansync.digest import Digest

_MAX_NAME_BYTES = 255
_MAX_PATH_BYTES = 1024
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\..*)?", re.IGNORECASE)
_SHORT_ALIAS = re.compile(r".*~[0-9]+(\..*)?")
_PLAIN = re.compile(r"[A-Za-z0-9._+-]{0,200}[A-Za-z0-9_+-]")
"""Names that break no rule but perhaps the one of device names: nearly all there are."""
_FORBIDDEN = frozenset('\\:*?"<>|')
# Code points that HFS+ ignores, and bidirectional controls: two names that look the same must not both exist.
_INVISIBLE = frozenset("\u061c\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_INVISIBLE_RANGE = range(0x206A, 0x2070)


@value_type(kw_only=False, order=True)
class RelativePath:
    """A POSIX path below some root that no operating system can read as leaving it.

    Raises:
        PathUnsafeError: `text` is absolute, has `..`, or a part is no portable name.
    """

    text: str

    def __post_init__(self) -> None:
        problem = _path_problem(self.text)
        if problem:
            raise PathUnsafeError(
                f"Unsafe path `{printable(self.text)}`: {problem}",
                hint="Rename the file at its source, or leave it out with `include` or `exclude`",
                path=printable(self.text),
            )

    @property
    def parts(self) -> tuple[str, ...]:
        """The names between the slashes."""
        return tuple(self.text.split("/"))

    @property
    def name(self) -> str:
        """The last part."""
        return self.text.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """What stands before the last slash; empty where there is none."""
        return self.text.rpartition("/")[0]

    def __truediv__(self, other: RelativePath) -> RelativePath:
        return RelativePath(f"{self.text}/{other.text}")

    def under(self, root: Path) -> Path:
        """Return the path on disk below `root`."""
        return root.joinpath(*self.parts)

    def below(self, folder: RelativePath | None) -> RelativePath | None:
        """Return this path relative to `folder` (`None` is the root), or `None` when it lies elsewhere."""
        if folder is None:
            return self
        prefix = folder.text + "/"
        return RelativePath(self.text[len(prefix) :]) if self.text.startswith(prefix) else None

    def __str__(self) -> str:
        return self.text


def _path_problem(text: str) -> str | None:
    if not text:
        return "it is empty"
    if len(text.encode("utf-8", "surrogatepass")) > _MAX_PATH_BYTES:
        return f"it is longer than {_MAX_PATH_BYTES} bytes"
    return next((problem for part in text.split("/") if (problem := name_problem(part))), None)


def name_problem(name: str) -> str | None:
    """Return why `name` is no portable file name, or `None` when it is one."""
    if _PLAIN.fullmatch(name) and not _RESERVED.fullmatch(name):
        return None
    if name in {"", ".", ".."}:
        return f"a part is {name!r}"
    return next((problem for problem, broken in _NAME_RULES if broken(name)), None)


_NAME_RULES: tuple[tuple[str, Callable[[str], object]], ...] = (
    (
        'it has a control character or one of \\ : * ? " < > |',
        lambda name: any(c in _FORBIDDEN or unicodedata.category(c) in {"Cc", "Cs"} for c in name),
    ),
    (
        "it has an invisible or bidirectional character",
        lambda name: any(c in _INVISIBLE or ord(c) in _INVISIBLE_RANGE for c in name),
    ),
    ("a part ends in a dot or a space", lambda name: name[-1] in ". "),
    ("a part is a device name on Windows", _RESERVED.fullmatch),
    ("a part looks like a short alias on Windows", _SHORT_ALIAS.fullmatch),
    (f"a part is longer than {_MAX_NAME_BYTES} bytes", lambda name: len(name.encode()) > _MAX_NAME_BYTES),
)


def collision(paths: Iterable[RelativePath]) -> tuple[RelativePath, RelativePath] | None:
    """Return two paths that cannot exist side by side on every system, or `None`.

    Two paths collide when they are equal under NFC and casefold, when one is a directory of the other, or when they
    stand in directories that are equal in this way but spelled differently.
    """
    seen: dict[str, RelativePath] = {}
    folders: dict[str, tuple[str, RelativePath]] = {}
    for path in sorted(paths):
        key = _key(path.text)
        parents = dict(_new_parents(path.text, folders))
        spelled_otherwise = (folders[p][1] for p, text in parents.items() if p in folders and folders[p][0] != text)
        clash = seen.get(key) or folders.get(key, (None, None))[1]
        clash = clash or next((seen[p] for p in parents if p in seen), None) or next(spelled_otherwise, None)
        if clash:
            return clash, path
        seen[key] = path
        folders.update((parent, (text, path)) for parent, text in parents.items())
    return None


def _key(text: str) -> str:
    """Return the form in which file systems that fold case compare names."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text).casefold()


def _new_parents(text: str, folders: Mapping[str, tuple[str, RelativePath]]) -> Iterator[tuple[str, str]]:
    """Yield key and text of the directories of a path, up to one that is known in this spelling with all above it."""
    while text := text.rpartition("/")[0]:
        key = _key(text)
        if key in folders and folders[key][0] == text:
            return
        yield key, text


@value_type(order=True)
class StatedFile:
    """A file as a manifest states it, for a source that cannot say what it has: size in bytes, digest."""

    path: RelativePath
    size: int | None = None
    digest: Digest | None = None


@value_type
class PathFilter:
    """Which files of a source a component takes: huggingface_hub's `allow_patterns` and `ignore_patterns`.

    Patterns are relative to `subfolder`; `*` crosses `/`; a pattern that ends in `/` means all below it. Where files
    are `stated`, with paths relative to it too, it is these and no others.
    """

    subfolder: RelativePath | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    stated: tuple[StatedFile, ...] = ()

    def takes(self, text: str) -> bool:
        """Return whether the filter takes the file at a POSIX path, which need not be a portable one."""
        prefix = f"{self.subfolder}/" if self.subfolder else ""
        inner = text.removeprefix(prefix)
        if not text.startswith(prefix) or (self.include and not _matches(inner, self.include)):
            return False
        if self.stated and not any(file.path.text == inner for file in self.stated):
            return False
        return not _matches(inner, self.exclude)

    def strip(self, path: RelativePath) -> RelativePath | None:
        """Return `path` relative to the subfolder when the filter takes it, else `None`."""
        return path.below(self.subfolder) if self.takes(path.text) else None

    @classmethod
    def everything(cls) -> Self:
        """Return the filter that takes every file."""
        return cls()


def _matches(text: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(text, p + "*" if p.endswith("/") else p) for p in patterns)

"""The user's Hugging Face cache: which of its files should have a digest. Only looks, and never trusts what it finds.

A cache has a folder for each repository (`models--org--name`), with files named by their digest in `blobs/`, links to
them in `snapshots/<commit>/`, and listings in `trees/`. Newer clients keep what came by Xet once for all repositories,
in `blobs/<2 digits>/<Xet hash>`. Without symbolic links the snapshots hold the files themselves. Entries may vanish at
any time, and its locks are not taken: whoever takes a file hashes it.
"""

from __future__ import annotations

import os
import re
import stat
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from wansync.documents import DocumentError, Table, parse_json
from wansync.manifest import Scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from wansync.digest import Digest, Revision
    from wansync.manifest import SourceRef
    from wansync.paths import RelativePath

_REPOSITORY = re.compile(r"[\w.-]+(/[\w.-]+)?", re.ASCII)
_FOLDER = re.compile(r"(models|datasets|spaces|kernels)--.+")
_XET_HASH = re.compile(r"[0-9a-f]{64}")
_TREE_VERSION = 1
_MAX_TREE_BYTES = 64 * 2**20


class Place(Protocol):
    """Where a file comes from: the source, the revision, and the path from the source's root."""

    @property
    def source(self) -> SourceRef:
        """The source."""

    @property
    def revision(self) -> Revision:
        """The revision that the lock pins."""

    @property
    def path(self) -> RelativePath:
        """The path from the source's root."""


class HubCache:
    """A Hugging Face cache as it is during one run.

    Args:
        root: its directory, which need not exist; `None` is a cache without files.
    """

    def __init__(self, root: Path | None) -> None:
        self._root = root
        self._trees: dict[Path, Mapping[str, str]] = {}

    def find(self, digest: Digest, size: int, places: Iterable[Place]) -> Iterator[Path]:
        """Yield the files that should have a digest, the likeliest first and each once; hashes nothing.

        Each is a regular file of `size` bytes inside of the cache, with no link in its path.

        Args:
            digest: of the file wanted.
            size: of the file wanted, in bytes.
            places: where the file comes from; those that are not on the Hub do not help.
        """
        # Asked once: a project may have many files, and most machines no cache.
        if self._root is None or not self._is_there:
            return
        seen: set[Path] = set()
        for path in self._candidates(self._root, digest, places):
            file = self._regular_file(path, size)
            if file and file not in seen:
                seen.add(file)
                yield file

    def _candidates(self, root: Path, digest: Digest, places: Iterable[Place]) -> Iterator[Path]:
        on_hub = [(root / name, place) for place in places if (name := _folder_name(place.source))]
        for folder, place in on_hub:
            yield folder / "blobs" / digest.hex
            yield place.path.under(folder / "snapshots" / place.revision.text)
        for folder, place in on_hub:
            if xet_hash := self._tree(folder / "trees" / f"{place.revision}.json").get(place.path.text):
                yield root / "blobs" / xet_hash[:2] / xet_hash
        # Last, since it costs a look into every repository.
        yield from self._blobs.get(digest.hex, ())

    @cached_property
    def _is_there(self) -> bool:
        return os.path.isdir(self._root or "")  # noqa: PTH112 (`Path.is_dir` raises below a closed folder)

    @cached_property
    def _real_root(self) -> str:
        return os.path.realpath(self._root or "")

    @cached_property
    def _blobs(self) -> Mapping[str, Sequence[Path]]:
        """The blobs of all repositories by name, listed once: a project may have many files."""
        found: dict[str, list[Path]] = {}
        for repository in _entries(self._root or Path()):
            for blob in _entries(repository / "blobs") if _FOLDER.fullmatch(repository.name) else ():
                found.setdefault(blob.name, []).append(blob)
        return found

    def _regular_file(self, path: Path, size: int | None = None) -> Path | None:
        """Return where a path really leads, or `None` unless that is a regular file of this size in the cache."""
        try:
            path.lstat()  # most candidates are not there, and this is cheaper than following every part of the path
            file = Path(os.path.realpath(path, strict=True))
            status = file.lstat()
        except OSError:
            return None
        inside = file.is_relative_to(self._real_root) and stat.S_ISREG(status.st_mode)
        return file if inside and size in {None, status.st_size} else None

    def _tree(self, path: Path) -> Mapping[str, str]:
        """Return what a cached listing says of Xet hashes by path; nothing when it is absent or makes no sense."""
        if path not in self._trees:
            file = self._regular_file(path)
            try:
                self._trees[path] = _parse_tree(file) if file else {}
            except (OSError, DocumentError):
                self._trees[path] = {}
        return self._trees[path]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _folder_name(source: SourceRef) -> str | None:
    """Return the name of a model repository's folder, or `None` when the source can have none."""
    if source.scheme is not Scheme.HUB or not _REPOSITORY.fullmatch(source.location):
        return None
    return "models--" + source.location.replace("/", "--")


def _parse_tree(file: Path) -> dict[str, str]:
    with file.open("rb") as stream:
        table = Table(parse_json(stream.read(_MAX_TREE_BYTES + 1), limit=_MAX_TREE_BYTES))
    if table.integer("format_version") != _TREE_VERSION:
        return {}
    hashes = {path: entry.optional_string("xet_hash") for path, entry in table.table("files").items()}
    return {path: hash_ for path, hash_ in hashes.items() if hash_ and _XET_HASH.fullmatch(hash_)}

"""Whose a file on this machine is, and which digest its name says that it has. Only looks; trusts nothing.

A Hugging Face cache names large files by their SHA-256 in `models--org--name/blobs/`, and shares some between
repositories in `blobs/<2 digits>/`, by another hash. A download into a directory of the user's choice is plain files,
with a record of each in `.cache/huggingface/download/`. A store names its blobs in `blobs/sha256/<2 digits>/`.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, TypeVar

from wansync.digest import Digest
from wansync.inventory import Owner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_V = TypeVar("_V")
RECORDS = (".cache", "huggingface", "download")
"""Where below a directory Hugging Face's client keeps the records of its downloads into it, and what is unfinished."""
_REPOSITORY = re.compile(r"(models|datasets|spaces|kernels)--.+")
_SHARED = ".huggingface-shared-blobs"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MAX_RECORD_BYTES = 4096


def is_store(folder: Path) -> bool:
    """Return whether a directory looks like a store."""
    # Not the methods of paths: these raise where somebody may not look.
    return os.path.isfile(folder / "VERSION") and os.path.isdir(folder / "blobs" / "sha256")  # noqa: PTH112, PTH113


class Ownership:
    """Answers for one walk; what is asked of a directory is looked up once."""

    def __init__(self) -> None:
        self._owners: dict[Path, Owner | None] = {}
        self._tops: dict[Path, Path | None] = {}

    def owner(self, folder: Path) -> Owner:
        """Return who finds the files of a directory by their place."""
        return _inherited(folder, self._owners, _owner_of) or Owner.NOBODY

    def claim(self, path: Path) -> Digest | None:
        """Return the digest that the name of a file, or the record of its download, says that it has."""
        folder = path.parent
        if _SHA256.fullmatch(path.name):
            in_repository = folder.name == "blobs" and _REPOSITORY.fullmatch(folder.parent.name)
            in_store = folder.name == path.name[:2] and folder.parent.name == "sha256"
            return Digest(path.name) if in_repository or in_store else None
        top = _inherited(folder, self._tops, _downloaded_into)
        return _recorded(top.joinpath(*RECORDS, f"{path.relative_to(top)}.metadata")) if top else None


def _inherited(folder: Path, known: dict[Path, _V | None], look: Callable[[Path], _V | None]) -> _V | None:
    """Return what is found of a directory, else of the nearest one above it, and keep it for those between."""
    found: _V | None = None
    passed: list[Path] = []
    for place in (folder, *folder.parents):
        found = known[place] if place in known else look(place)
        passed.append(place)
        if found is not None or place in known:
            break
    known.update(dict.fromkeys(passed, found))
    return found


def _owner_of(folder: Path) -> Owner | None:
    if _REPOSITORY.fullmatch(folder.name) or os.path.lexists(folder / _SHARED):
        return Owner.HUB_CACHE
    return Owner.STORE if is_store(folder) else None


def _downloaded_into(folder: Path) -> Path | None:
    """Return the directory if Hugging Face's client has downloaded into it."""
    return folder if os.path.isdir(folder.joinpath(*RECORDS)) else None  # noqa: PTH112 (as above)


def _recorded(record: Path) -> Digest | None:
    """Return what the record of a download says of its file, if there is one: a line of the commit, one of the etag."""
    try:
        # O_NONBLOCK: what stands there may be anything.
        descriptor = os.open(record, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return None
    try:
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        lines = os.read(descriptor, _MAX_RECORD_BYTES).decode("utf-8", "replace").splitlines() if regular else []
    except OSError:
        return None
    finally:
        os.close(descriptor)
    etag = lines[1].strip() if len(lines) > 1 else ""
    return Digest(etag) if _SHA256.fullmatch(etag) else None

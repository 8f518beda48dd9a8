"""Whose a file on this machine is, and which digest its name says that it has. Only looks; trusts nothing.

A Hugging Face cache names large files by their SHA-256 in `models--org--name/blobs/`, and shares some between
repositories in `blobs/<2 digits>/`, by another hash. A download into a directory of the user's choice is plain files,
with a record of each in `.cache/huggingface/download/`. A store names its blobs in `blobs/sha256/<2 digits>/`.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.inventory import Owner

if TYPE_CHECKING:
    from pathlib import Path

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
        self._owners: dict[Path, Owner] = {}
        self._tops: dict[Path, Path | None] = {}

    def owner(self, folder: Path) -> Owner:
        """Return who finds the files of a directory by their place."""
        if folder not in self._owners:
            self._owners[folder] = self._find_owner(folder)
        return self._owners[folder]

    def claim(self, path: Path) -> Digest | None:
        """Return the digest that the name of a file, or the record of its download, says that it has."""
        folder = path.parent
        if _SHA256.fullmatch(path.name):
            in_repository = folder.name == "blobs" and _REPOSITORY.fullmatch(folder.parent.name)
            in_store = folder.name == path.name[:2] and folder.parent.name == "sha256"
            return Digest(path.name) if in_repository or in_store else None
        top = self._top(folder)
        return _recorded(top.joinpath(*RECORDS, f"{path.relative_to(top)}.metadata")) if top else None

    def _find_owner(self, folder: Path) -> Owner:
        if _REPOSITORY.fullmatch(folder.name) or os.path.lexists(folder / _SHARED):
            return Owner.HUB_CACHE
        if is_store(folder):
            return Owner.STORE
        return Owner.NOBODY if folder == folder.parent else self.owner(folder.parent)

    def _top(self, folder: Path) -> Path | None:
        """Return the nearest directory that the client has downloaded into."""
        if folder not in self._tops:
            here = os.path.isdir(folder.joinpath(*RECORDS))  # noqa: PTH112
            self._tops[folder] = folder if here else None if folder == folder.parent else self._top(folder.parent)
        return self._tops[folder]


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

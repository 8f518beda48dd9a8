"""Files that the Hub lists by git SHA-1 alone: fetched at once, proven, and kept, so that no byte moves twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.digest import Digest, git_blob_id
from wansync.errors import ChecksumFailError, InvalidListingError
from wansync.formats.index import MAX_INDEX_BYTES
from wansync.sources.parallel import in_parallel
from wansync.text import format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wansync.paths import RelativePath
    from wansync.sources.access import ProvenFiles
    from wansync.sources.huggingface.answers import TreeFile

_WIDTH = 8
"""As many connections as huggingface_hub's own default of workers."""
MAX_SMALL_BYTES = MAX_INDEX_BYTES
"""The Hub stores files from 10 MiB on by LFS; index files may be larger and are read all the same."""
MAX_TOTAL_BYTES = 256 * 2**20
"""What the small files of one listing have together: all are in memory at once."""


class SmallFiles:
    """The small files of one source.

    Args:
        proven: what earlier runs fetched and proved; without it everything is fetched.
    """

    def __init__(self, proven: ProvenFiles | None) -> None:
        self._proven = proven

    def fetch(
        self, files: Mapping[RelativePath, TreeFile], body: Callable[[RelativePath], Callable[[int], bytes]]
    ) -> dict[RelativePath, bytes]:
        """Return the bytes of every file.

        Args:
            files: what the tree says of them.
            body: returns what fetches a file, given the bytes that it can have at most.

        Raises:
            ChecksumFailError: bytes are not those that the tree names.
            InvalidListingError: a file, or all of them together, are too large to be read while locking.
            WansyncError: a file could not be fetched.
        """
        _check_sizes(files.values())
        found = {path: data for path, file in files.items() if (data := self._recall(file)) is not None}
        calls = {path: _call(file, body(path)) for path, file in files.items() if path not in found}
        for path, fetched in in_parallel(calls, _WIDTH):
            if isinstance(fetched, Exception):
                raise fetched
            _prove(path, files[path], fetched)
            self._keep(files[path], fetched)
            found[path] = fetched
        return found

    def _recall(self, file: TreeFile) -> bytes | None:
        data = self._proven.recall(file.oid, file.digest) if self._proven else None
        return data if data is not None and _is(file, data) else None

    def _keep(self, file: TreeFile, data: bytes) -> None:
        if self._proven:
            self._proven.keep(file.oid, data)


def _check_sizes(files: Iterable[TreeFile]) -> None:
    total = 0
    for file in files:
        total += file.size
        if file.size > MAX_SMALL_BYTES:
            raise InvalidListingError(
                f"`{file.path}` has {format_bytes(file.size)}, too much to be read while locking",
                hint="Leave it out with `exclude`, or let its owner store it by LFS",
                path=file.path,
            )
    if total > MAX_TOTAL_BYTES:
        raise InvalidListingError(
            f"The files that are not stored by LFS have {format_bytes(total)}, too much to be read while locking",
            hint="Leave some out with `exclude`, or let their owner store them by LFS",
            bytes=total,
        )


def _call(file: TreeFile, body: Callable[[int], bytes]) -> Callable[[], bytes]:
    return lambda: body(file.size)


def _prove(path: RelativePath, file: TreeFile, data: bytes) -> None:
    if not _is(file, data):
        raise ChecksumFailError(
            f"`{path}` does not have the bytes that its tree names",
            hint="Run the command again; if it stays, tell the owner of the source",
            path=str(path),
            expected=str(file.digest or file.oid),
        )


def _is(file: TreeFile, data: bytes) -> bool:
    if file.digest is not None:
        return Digest.of(data) == file.digest
    # SHA-1 is what the Hub offers, and the commit is made of it.
    return len(data) == file.size and git_blob_id(data) == file.oid

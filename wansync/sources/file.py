"""`file:` sources: a directory on this machine. Read it first when you write another source."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.documents import DocumentError
from wansync.errors import InvalidListingError, SourceFailError
from wansync.formats.index import INDEX_SUFFIX, MAX_INDEX_BYTES, parse_weight_map
from wansync.listing import ListedFile, Listing
from wansync.paths import RelativePath, collision
from wansync.sources.base import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wansync.digest import Revision
    from wansync.manifest import SourceRef
    from wansync.paths import PathFilter

_CHUNK = 2**20


class FileSource(Source):
    """The files below a directory. It has no revisions: content is named by its tree digest.

    Symbolic links to files are followed, since caches and stores are made of them; links to directories are not,
    since they can form a circle.

    Args:
        ref: the source; its location is a path, relative or absolute.
        base: what a relative location is relative to.
    """

    def __init__(self, ref: SourceRef, base: Path) -> None:
        super().__init__(ref)
        self._root = base / ref.location

    def _resolve(self, ref: str | None) -> Revision | None:
        if ref is not None:
            raise SourceFailError(
                f"`{self.display}` has no revisions, so it cannot give `{ref}`",
                hint="Remove `revision` from the component; the lock pins the content itself",
                source=self.display,
            )
        return None

    def _list(self, ref: str | None, revision: Revision | None, filters: Sequence[PathFilter]) -> Listing:
        paths = sorted(path for path in self._walk() if any(f.strip(path) is not None for f in filters))
        if clash := collision(paths):
            raise InvalidListingError(
                f"`{clash[0]}` and `{clash[1]}` in `{self.display}` cannot exist side by side on every system",
                hint="Rename one of them, or leave it out with `exclude`",
                source=self.display,
            )
        return Listing(
            source=self.ref,
            ref=ref,
            revision=revision,
            files=tuple(self._hashed(path) for path in paths),
            weight_maps={path: self._weight_map(path) for path in paths if path.name.endswith(INDEX_SUFFIX)},
        )

    def _walk(self) -> Iterator[RelativePath]:
        def fail(error: OSError) -> None:
            raise error

        for folder, _, names in os.walk(self._root, onerror=fail):
            inner = Path(folder).relative_to(self._root)
            for name in names:
                yield RelativePath((inner / name).as_posix())

    def _hashed(self, path: RelativePath) -> ListedFile:
        with path.under(self._root).open("rb") as stream:
            before = os.fstat(stream.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise SourceFailError(
                    f"`{path}` in `{self.display}` is no regular file",
                    hint="Leave it out with `exclude`",
                    source=self.display,
                )
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            after = os.fstat(stream.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise SourceFailError(
                f"`{path}` in `{self.display}` changed while it was read",
                hint="Wait until nothing writes to it, then run the command again",
                source=self.display,
            )
        return ListedFile(path=path, size=after.st_size, digest=Digest(digest))

    def _weight_map(self, path: RelativePath) -> dict[str, str]:
        with path.under(self._root).open("rb") as stream:
            data = stream.read(MAX_INDEX_BYTES + 1)
        try:
            return parse_weight_map(data)
        except DocumentError as error:
            raise InvalidListingError(
                f"`{path}` in `{self.display}` is no index of shards: {error.message}",
                hint="Correct the file at its source, or leave it out with `exclude`",
                source=self.display,
            ) from error

    def _open(self, path: RelativePath, revision: Revision, offset: int, length: int) -> Iterator[bytes]:
        del revision
        with path.under(self._root).open("rb") as stream:
            stream.seek(offset)
            while length and (chunk := stream.read(min(_CHUNK, length))):
                length -= len(chunk)
                yield chunk

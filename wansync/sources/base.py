"""The interface of a source. The base class keeps the promises, so that an implementation stays small.

Not responsible for digests (the store verifies while it writes), retries, or where bytes go.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.documents import DocumentError
from wansync.errors import InvalidListingError, NotFoundError, SourceFailError, WansyncError
from wansync.formats.index import parse_weight_map
from wansync.listing import Upstream
from wansync.sources.body import Body, ChunkBody, Located, Span
from wansync.sources.promised import PromisedBody
from wansync.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wansync.digest import Revision
    from wansync.listing import Listing, SourceFile
    from wansync.manifest import SourceRef
    from wansync.paths import PathFilter, RelativePath


class Source(ABC):
    """One place with files.

    Subclasses implement `_list` and `_open`, and `_resolve` where there are revisions. They may raise `OSError` or any
    `WansyncError`.

    Args:
        ref: the source as the manifest writes it.
    """

    def __init__(self, ref: SourceRef) -> None:
        self.ref = ref

    @property
    def display(self) -> str:
        """The source for people; never a secret."""
        return printable(str(self.ref))

    def resolve(self, ref: str | None) -> Revision | None:
        """Return the revision that `ref` (`None` is the source's default) names now.

        `None` when the source has no revisions of its own, so that its content is named by tree digests.

        Raises:
            NotFoundError: there is no such source or ref.
            SourceFailError: the source could not be asked.
        """
        try:
            return self._resolve(ref)
        except OSError as error:
            raise self._failure(error, "be asked for a revision") from error

    def upstream(self, ref: str | None) -> Upstream:
        """Return what `ref` leads to now; raises as `resolve`."""
        try:
            return self._upstream(ref)
        except OSError as error:
            raise self._failure(error, "be asked for a revision") from error

    def contains(self, revision: Revision, ref: str | None) -> bool | None:
        """Return whether `revision` is in the history of `ref`; `None` when that cannot be told.

        Raises:
            NotFoundError: there is no such source or ref.
            SourceFailError: the source could not be asked.
        """
        return self._contains(revision, ref)

    def list(self, ref: str | None, filters: Sequence[PathFilter]) -> Listing:
        """Return every file that one of the filters takes, at the revision that `ref` names now.

        The answer is sorted by path, complete, and the same for the same content.

        Raises:
            NotFoundError: there is no such source or ref.
            SourceFailError: the source could not be asked, or its files do not hold still.
        """
        try:
            listing = self._list(ref, self.resolve(ref), filters)
        except OSError as error:
            raise self._failure(error, "be listed") from error
        return replace(listing, files=tuple(sorted(listing.files)))

    def places(self, filters: Sequence[PathFilter]) -> frozenset[Path]:
        """Return the files and directories of this machine that a listing rests on; none where it rests on others.

        Raises:
            OSError: they cannot be looked at.
        """
        del filters
        return frozenset()

    def open(self, file: SourceFile, offset: int, length: int) -> Iterator[bytes]:
        """Yield exactly `length` bytes of a file from `offset`, in chunks of any size.

        Args:
            file: as the lock pins it; sources that have no revisions or versions of their own ignore these.
            offset: in bytes.
            length: in bytes.

        Raises:
            NotFoundError: there is no such file.
            SourceFailError: reading failed, or the source has fewer bytes than that.
            ChecksumFailError: a file on this machine has fewer bytes than that.
        """
        remaining = length
        chunks = self._open(file, offset, length)
        try:
            for chunk in chunks:
                # Never more than was asked for: an endless body must not fill the disk.
                wanted = chunk[:remaining]
                remaining -= len(wanted)
                yield wanted
                if not remaining:
                    break
        except OSError as error:
            raise self._failure(error, f"give `{printable(file.path.text)}`") from error
        finally:
            _end(chunks)
        if remaining:
            raise self._too_short(file.path, remaining)

    @property
    def parallel(self) -> bool:
        """Whether several spans of one file may be asked for at once, by several threads."""
        return False

    @property
    def host(self) -> str:
        """What limits of connections to one server count by; empty where there is no server."""
        return ""

    def body(self, file: SourceFile, span: Span, validator: str | None = None) -> Body:
        """Return the bytes of a span, to be read and closed; what is refused is said here or by the first read.

        Args:
            file: as the lock pins it; sources that have no revisions or versions of their own ignore these.
            span: which bytes.
            validator: that of an earlier body of the file; sources that have none ignore it.

        Raises:
            NotFoundError: there is no such file.
            SourceChangedError: the file is no longer the object that the validator names.
            NetworkFailError: asking again may help.
            WansyncError: the source refuses.
        """
        where = f"give `{printable(file.path.text)}`"
        try:
            body = self._body(file, span, validator) if span.length else ChunkBody(span.start, iter(()))
        except OSError as error:
            raise self._failure(error, where) from error
        return PromisedBody(
            body, span, lambda missing: self._too_short(file.path, missing), lambda error: self._failure(error, where)
        )

    def located(self, file: SourceFile) -> Located | None:
        """Return where another program could fetch a file; `None` where only this source knows how to.

        Raises:
            WansyncError: as `body`.
        """
        del file
        return None

    def abort(self, thread: int | None = None) -> None:
        """Break off, from any thread, whatever others wait for here now; it ends with `NetworkFailError`.

        What is asked for later is not affected. Raises nothing.

        Args:
            thread: the only one whose waiting is broken off, by its identifier.
        """
        del thread

    def _resolve(self, ref: str | None) -> Revision | None:
        if ref is not None:
            raise SourceFailError(
                f"`{self.display}` has no revisions, so it cannot give `{printable(ref)}`",
                hint="Remove `revision` from the component; the lock pins the content itself",
                source=self.display,
            )
        return None

    def _upstream(self, ref: str | None) -> Upstream:
        return Upstream(revision=self._resolve(ref))

    def _contains(self, revision: Revision, ref: str | None) -> bool | None:
        del revision, ref
        return None

    @abstractmethod
    def _list(self, ref: str | None, revision: Revision | None, filters: Sequence[PathFilter]) -> Listing:
        raise NotImplementedError

    @abstractmethod
    def _open(self, file: SourceFile, offset: int, length: int) -> Iterator[bytes]:
        raise NotImplementedError

    def _body(self, file: SourceFile, span: Span, validator: str | None) -> Body:
        del validator
        return ChunkBody(span.start, self._open(file, span.start, span.length))

    def _weight_map(self, path: RelativePath, data: bytes) -> dict[str, str]:
        """Return the weight map of an index file that one of the filters takes.

        Raises:
            InvalidListingError: it is none.
        """
        try:
            return parse_weight_map(data)
        except DocumentError as error:
            raise InvalidListingError(
                f"`{path}` in `{self.display}` is no index of shards: {error.message}",
                hint="Correct the file at its source, or leave it out with `exclude`",
                source=self.display,
            ) from error

    def _too_short(self, path: RelativePath, missing: int) -> WansyncError:
        return SourceFailError(
            f"`{self.display}` ended `{printable(path.text)}` {missing} bytes too early",
            hint="Run the same command again; it goes on where this stopped",
            source=self.display,
            path=path.text,
            missing_bytes=missing,
        )

    def _failure(self, error: OSError, what: str) -> WansyncError:
        cause = error.strerror or type(error).__name__
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            return NotFoundError(
                f"`{self.display}` cannot {what}: {cause}",
                hint="Check `source` and `subfolder` in `models.toml`, and that the files are where they were locked",
                source=self.display,
            )
        return SourceFailError(
            f"`{self.display}` cannot {what}: {cause}",
            hint="Check the permissions and the disk or network behind the source, then run the command again",
            source=self.display,
        )


def _end(chunks: Iterator[bytes]) -> None:
    """Let a source end what it opened, now: when that was left to whoever frees memory, nobody could hear it fail.

    Nothing depends on how it ends: the bytes that were asked for are here, or an error is on its way.
    """
    if isinstance(chunks, Generator):
        with contextlib.suppress(OSError):
            chunks.close()

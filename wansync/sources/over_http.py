"""What all sources have in common whose files come by HTTP, in answers to requests for ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import NetworkFailError
from wansync.sources.base import Source
from wansync.sources.body import Span, chunks_of
from wansync.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.errors import WansyncError
    from wansync.listing import SourceFile
    from wansync.paths import RelativePath
    from wansync.sources.http.bodies import HttpBodies


class HttpSource(Source):
    """A source over HTTP. A subclass has `_bodies`, and implements `host` and `_body` by them."""

    _bodies: HttpBodies

    @property
    def parallel(self) -> bool:
        """Several spans of a file may be asked for at once."""
        return True

    def abort(self, thread: int | None = None) -> None:
        """Break off the bodies that are being read or asked for."""
        self._bodies.abort(thread)

    def _open(self, file: SourceFile, offset: int, length: int) -> Iterator[bytes]:
        return chunks_of(lambda span: self._body(file, span, None), Span(offset, offset + length))

    def _too_short(self, path: RelativePath, missing: int) -> WansyncError:
        return NetworkFailError(
            f"`{self.display}` ended `{printable(path.text)}` {missing} bytes too early",
            hint="Run the same command again; it goes on where this stopped",
            source=self.display,
            path=path.text,
            missing_bytes=missing,
        )

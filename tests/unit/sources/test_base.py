"""What the base class of sources promises for its implementations."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from wansync.digest import Digest, Revision
from wansync.listing import SourceFile
from wansync.paths import RelativePath
from wansync.sources.file import FileSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

PATH = RelativePath("model.safetensors")
REVISION = Revision(f"sha256:{Digest.of(b'content').hex}")


class FailsAtTheEnd(FileSource):
    """A disk that gives all bytes, and an error when the file is closed."""

    def __init__(self) -> None:
        self.closed = False

    def _open(self, file: SourceFile, offset: int, length: int) -> Iterator[bytes]:
        try:
            yield bytes(length)
            yield b"more"
        finally:
            self.closed = True
            raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_file_that_cannot_be_closed_has_still_given_its_bytes(capfd: pytest.CaptureFixture[str]) -> None:
    source = FailsAtTheEnd()

    received = b"".join(source.open(SourceFile(PATH, REVISION), 0, 10))

    assert (received, source.closed) == (bytes(10), True)
    assert capfd.readouterr().err == ""


def test_file_is_closed_at_once_when_nobody_wants_its_bytes_any_more() -> None:
    source = FailsAtTheEnd()
    chunks = source.open(SourceFile(PATH, REVISION), 0, 10)
    next(chunks)

    chunks.close()  # type: ignore[attr-defined]

    assert source.closed

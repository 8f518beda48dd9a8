"""The files of a hub repository: what they hold and how git and LFS name them. No IO."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 1 << 18
_ZEROS = bytes(1 << 20)


@dataclass(frozen=True, slots=True)
class Virtual:
    """A file that is never held in memory: `size` bytes that repeat `block`.

    `sha256` is what the hub says of it; the true one is computed when nothing is stated.
    """

    size: int
    sha256: str | None = None
    block: bytes = _ZEROS

    def chunks(self, start: int, stop: int) -> Iterator[memoryview]:
        """Yield the bytes from `start` to `stop`, at most `CHUNK` at a time."""
        view = memoryview(self.block)
        while start < stop:
            at = start % len(view)
            chunk = view[at : at + min(stop - start, CHUNK)]
            start += len(chunk)
            yield chunk


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file as git knows it. `sha256` and `pointer_size` are `None` unless it is an LFS file."""

    content: Virtual
    oid: str
    sha256: str | None = None
    pointer_size: int | None = None

    @property
    def size(self) -> int:
        """The size of the content in bytes."""
        return self.content.size

    @property
    def xet_hash(self) -> str:
        """Some 64 digits that belong to the content and are not its SHA-256."""
        return hashlib.sha256(f"xet {self.sha256}".encode()).hexdigest()


def hub_file(content: bytes | Virtual, *, lfs: bool) -> HubFile:
    """Return the file that git would make of the content."""
    whole = Virtual(len(content), block=content) if isinstance(content, bytes) else content
    if not lfs:
        return HubFile(whole, git_oid(whole))
    sha256 = whole.sha256 or _sha256(whole)
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {whole.size}\n".encode()
    return HubFile(whole, git_oid(Virtual(len(pointer), block=pointer)), sha256, len(pointer))


def git_oid(content: Virtual) -> str:
    """Return the SHA-1 that git gives a blob with this content."""
    digest = hashlib.sha1(b"blob %d\0" % content.size, usedforsecurity=False)
    for chunk in content.chunks(0, content.size):
        digest.update(chunk)
    return digest.hexdigest()


def _sha256(content: Virtual) -> str:
    digest = hashlib.sha256()
    for chunk in content.chunks(0, content.size):
        digest.update(chunk)
    return digest.hexdigest()

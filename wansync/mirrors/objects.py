"""The interface of a mirror's objects, for those who look after one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wansync.digest import Digest
    from wansync.paths import RelativePath

MAX_LOCK_BYTES = 2**26
"""A lock on a mirror is read whole; one that is larger is none of ours."""


@value_type
class Found:
    """What a mirror says of an object without giving its bytes: size and digest, as far as it states them."""

    size: int | None
    digest: Digest | None = None


@value_type
class Stored:
    """An object in a list; times are in seconds since the epoch, by the mirror's clock.

    Args:
        path: where.
        size: in bytes.
        written: when its bytes were written; a tool that copies may say when those of the original were.
        arrived: since when it is there, which no tool can say, where the mirror tells the two apart.
    """

    path: RelativePath
    size: int
    written: float
    arrived: float = 0.0

    @property
    def touched(self) -> float:
        """When anything was done to it last."""
        return max(self.written, self.arrived)


class Objects(ABC):
    """What is on a mirror that can be written. All methods may be called by several threads at once.

    They raise `WansyncError`: what the mirror answers, or why it cannot be asked.
    """

    @property
    @abstractmethod
    def width(self) -> int:
        """How many calls at once make it faster."""

    @abstractmethod
    def look(self, path: RelativePath) -> Found | None:
        """Return what is at a path, or `None` when nothing is."""

    @abstractmethod
    def list(self, folder: RelativePath) -> Iterator[Stored]:
        """Yield every object below a folder."""

    @abstractmethod
    def read(self, path: RelativePath) -> bytes:
        """Return a small object, at most `MAX_LOCK_BYTES` and one more.

        Raises:
            NotFoundError: nothing is there.
        """

    @abstractmethod
    def put(self, path: RelativePath, file: Path, digest: Digest, on_bytes: Callable[[int], None]) -> None:
        """Make an object of a file: whole, verified and durable, or not at all. What is there is replaced.

        A call that was cut short leaves what the next one goes on from, where that can be had.

        Args:
            path: where.
            file: what is read.
            digest: what its bytes must have.
            on_bytes: called with the number of bytes that are done now; raises what ends this.

        Raises:
            ChecksumFailError: the file has other bytes.
        """

    @abstractmethod
    def put_small(self, path: RelativePath, data: bytes) -> None:
        """Make an object of bytes, whole or not at all."""

    @abstractmethod
    def remove(self, path: RelativePath) -> None:
        """Remove an object; one that is gone is fine."""

    def sweep(self) -> None:  # noqa: B027 (where nothing is left behind there is nothing to do)
        """Remove what writers that are dead have left, from which nobody will go on."""

"""What all mirrors have in common: they give bytes of files that are named by path, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from wansync.errors import NotFoundError, SourceFailError, SourceUnsupportedError, WansyncError
from wansync.sources.base import Source
from wansync.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wansync.digest import Revision
    from wansync.listing import Listing
    from wansync.manifest import SourceRef
    from wansync.paths import PathFilter
    from wansync.settings.mirrors import Mirror


class MirrorSource(Source):
    """A mirror; its files are named by their path below its base.

    Args:
        ref: what it is called where a source may stand.
        mirror: where it is.
    """

    def __init__(self, ref: SourceRef, mirror: Mirror) -> None:
        super().__init__(ref)
        self.mirror = mirror

    @property
    def display(self) -> str:
        """The mirror for people: its name, and where it is."""
        return printable(f"{self.ref} ({self.mirror.base})")

    def _resolve(self, ref: str | None) -> Revision | None:
        self._refuse(ref)

    def _list(self, ref: str | None, revision: Revision | None, filters: Sequence[PathFilter]) -> Listing:
        del revision, filters
        self._refuse(ref)

    def _refuse(self, ref: str | None) -> NoReturn:
        del ref
        raise SourceUnsupportedError(
            f"`{self.display}` is a mirror, which lists nothing",
            hint="Name a source in `models.toml`; mirrors are asked for its files by themselves",
            source=str(self.ref),
        )

    def _failure(self, error: OSError, what: str) -> WansyncError:
        cause = error.strerror or type(error).__name__
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            return NotFoundError(
                f"`{self.display}` cannot {what}: {cause}",
                hint="Push it there from a machine that has it: `wansync mirror push --to NAME`",
                source=str(self.ref),
            )
        return SourceFailError(
            f"`{self.display}` cannot {what}: {cause}",
            hint="Check the permissions of the mirror, and the disk or network behind it",
            source=str(self.ref),
        )

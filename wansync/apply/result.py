"""What carrying out a plan came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wansync.digest import Digest
    from wansync.errors import WansyncError
    from wansync.settings import LinkMode
    from wansync.transfer import Outcome


@value_type
class Failure:
    """A file that could not be made present, and the error.

    With a `view` the file is present, but makes no sense, so that this view was not built; `path` is the one in it.
    """

    path: str
    digest: Digest
    error: WansyncError
    view: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "path": self.path,
            "sha256": str(self.digest),
            "view": self.view,
            "error": self.error.to_dict(),
        }


@value_type
class Applied:
    """What applying a plan did; `views` maps a view's name to its path.

    Args:
        outcome: what it took to make the blobs present.
        quarantined: the sources that gave wrong bytes, and were asked only for what no other one has.
    """

    outcome: Outcome
    links: int
    link_mode: LinkMode | None
    views: Mapping[str, Path]
    failures: tuple[Failure, ...] = ()
    quarantined: tuple[str, ...] = ()

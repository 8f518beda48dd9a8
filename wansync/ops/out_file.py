"""A file that a user names for a result: what is wrong with its place is said before any work is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import UsageError
from wansync.surroundings import absolute
from wansync.text import printable

if TYPE_CHECKING:
    from pathlib import Path


def require_folder(path: Path, option: str) -> None:
    """Refuse a file whose directory is not there: it is never made, since most often its name is mistyped.

    Args:
        path: the file, or a link to where it will be.
        option: how the user has named it, for the hint.

    Raises:
        UsageError: there is no such directory.
    """
    try:
        folder = absolute(path).resolve().parent
        missing = not folder.is_dir()
    except (OSError, RuntimeError, ValueError):
        return  # writing to it says what is wrong
    if missing:
        shown = printable(str(folder))
        raise UsageError(
            f"There is no directory `{shown}` for `{printable(path.name)}`",
            hint=f"Correct the path, make that directory, or name a file elsewhere with `{option} FILE`",
            file=printable(str(path)),
            directory=shown,
        )

"""A file that a user names for a result: what is wrong with its place is said before any work is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import UsageError
from wansync.surroundings import LOCK_NAME, MANIFEST_NAME, absolute, named_manifest
from wansync.text import printable

if TYPE_CHECKING:
    from pathlib import Path


def require_place(path: Path, option: str) -> None:
    """Refuse a file where a result must not go, before any work is done.

    That is a directory that is not there, which is never made, since most often its name is mistyped; and a manifest or
    lock, by whatever name it is reached.

    Args:
        path: the file, or a link to where it will be.
        option: how the user has named it, for the hint.

    Raises:
        UsageError: there is no such directory, or the file is a project's own.
    """
    try:
        place = absolute(path).resolve()
        missing = not place.parent.is_dir()
    except (OSError, RuntimeError, ValueError):
        return  # writing to it says what is wrong
    if place.name in {MANIFEST_NAME, LOCK_NAME} or place == named_manifest():
        raise UsageError(
            f"`{printable(str(path))}` is a project's own file, which `{option}` would overwrite",
            hint=f"Name another file with `{option} FILE`",
            file=printable(str(path)),
        )
    if missing:
        shown = printable(str(place.parent))
        raise UsageError(
            f"There is no directory `{shown}` for `{printable(path.name)}`",
            hint=f"Correct the path, make that directory, or name a file elsewhere with `{option} FILE`",
            file=printable(str(path)),
            directory=shown,
        )

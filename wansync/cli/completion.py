"""What the Tab key offers: commands and options from the parser, names from models.lock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from wansync.errors import WansyncError
from wansync.surroundings import LOCK_NAME, find_manifest, variables

if TYPE_CHECKING:
    from wansync.lockfile.glance import LockNames

VARIABLE = "_WANSYNC_COMPLETE"
_MAX_CHARACTERS = 32 * 2**20


def prepare_completion() -> None:
    """Make typer answer a shell that wants words completed, if one asks."""
    if VARIABLE in variables():
        from typer._completion_classes import completion_init  # noqa: PLC0415 (only where a shell asks)

        completion_init()


def complete_selected(context: typer.Context, incomplete: str) -> list[str]:
    """Return models and components, or variants once a model and `@` are written."""
    names = _names(context)
    return _begun(names.variants if "@" in incomplete else (*names.models, *names.components), incomplete)


def complete_profile(context: typer.Context, incomplete: str) -> list[str]:
    """Return profiles."""
    return _begun(_names(context).profiles, incomplete)


def _begun(names: Sequence[str], incomplete: str) -> list[str]:
    # A lock is not ours: what no shell should see in a word is not offered.
    return [name for name in names if name.startswith(incomplete) and name.isprintable() and " " not in name]


def _names(context: typer.Context) -> LockNames:
    from wansync.lockfile.glance import LockNames, glance  # noqa: PLC0415 (only where a shell asks)

    try:
        path = find_manifest(context.params.get("project")).with_name(LOCK_NAME)
        if not path.is_file():
            return LockNames()
        with path.open(encoding="utf-8", errors="replace") as stream:
            return glance(stream.read(_MAX_CHARACTERS))
    except (OSError, WansyncError):
        return LockNames()

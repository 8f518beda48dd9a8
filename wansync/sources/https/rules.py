"""The names of a source: in the user's settings, and of the variable that holds its URL. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wansync.manifest import SourceRef

_VARIABLE = "$"


def rule_name(ref: SourceRef) -> str:
    """Return the name under which the user's settings speak of a source: less `https:`, and slashes at both ends."""
    return ref.location.removeprefix("//").rstrip("/")


def variable_of(ref: SourceRef) -> str | None:
    """Return the variable that a source itself names (`https:$NAME`)."""
    return ref.location.removeprefix(_VARIABLE) if ref.location.startswith(_VARIABLE) else None

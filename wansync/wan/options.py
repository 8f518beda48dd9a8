"""Options that callers give by name: one that nobody knows must not be passed over in silence. No IO, no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import UsageError
from wansync.text import printable, suggest

if TYPE_CHECKING:
    from collections.abc import Collection


def check_options(call: str, given: Collection[str], known: Collection[str], *, needed: Collection[str] = ()) -> None:
    """Return if a call has all the options that it needs, and no other ones than those that it knows.

    Args:
        call: its name, for the message.
        given: the names that it was given.
        known: those that it knows.
        needed: those that it cannot do without.

    Raises:
        UsageError: one is unknown, or one is missing.
    """
    for name in given:
        if name not in known:
            raise UsageError(f"`{call}` has no option `{printable(name)}`", hint=suggest(name, known))
    for name in needed:
        if name not in given:
            raise UsageError(f"`{call}` needs the option `{name}`", hint=f"Give it, such as `{name}=...`", option=name)

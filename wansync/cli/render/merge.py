"""Text of `wansync merge-driver`."""

from __future__ import annotations

from wansync.cli.console import hint_line, warning_line
from wansync.lockfile import Merge
from wansync.text import count_noun


def render_merge(merge: Merge) -> None:
    """Say what conflicts; a clean merge needs no words beside git's own."""
    if merge.conflicts:
        names = ", ".join(conflict.where for conflict in merge.conflicts)
        warning_line(f"models.lock has {count_noun(len(merge.conflicts), 'conflict')}: {names}")
        hint_line("Run `wansync lock`, then `git add models.lock`")

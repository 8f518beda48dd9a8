"""Text of `wansync remove`."""

from __future__ import annotations

from wansync.cli.console import note, result, warning_line
from wansync.cli.render.lock import render_lock_summary
from wansync.ops.remove import RemoveReport


def render_remove(report: RemoveReport) -> None:
    """Print what models.toml no longer has."""
    removal = report.removal
    for id_ in (*removal.models, *removal.components):
        result(f"  - {id_}")
    for profile in removal.profiles:
        note(f"The profile `{profile}` named nothing else, so it is gone")
    if removal.default_profile:
        warning_line("It was the default profile; without one, commands work on every model")
    render_lock_summary(report.locked)

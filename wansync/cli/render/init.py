"""Text of `wansync init`."""

from __future__ import annotations

from wansync.cli.console import note, result
from wansync.ops.init import InitReport, Template

_NEXT = {
    Template.EMPTY: "Next: `wansync add hf:OWNER/NAME` adds a model and locks it, then `wansync sync` brings it",
    Template.WAN22: "Next: `wansync lock` pins every file, `wansync plan` says how much is to come, `wansync sync` "
    "brings it; commit `models.toml` and `models.lock`",
}


def render_init(report: InitReport) -> None:
    """Print what was written, and what to do next."""
    result(report.path)
    if report.attributes:
        note(f"Added a line about `models.lock` to {report.attributes}")
    note(_NEXT[report.template])

"""The options of `wansync gc`, and what they mean together."""

from __future__ import annotations

from typing import Annotated

import typer

from wansync.collect import Retention
from wansync.project import Workspace
from wansync.settings.parse import parse_age, parse_reserve, parse_size

DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be removed, and remove nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
OlderThan = Annotated[
    str | None, typer.Option("--older-than", metavar="AGE", help="Only what has been out of use this long, as 30d.")
]
AimSize = Annotated[
    str | None,
    typer.Option("--max-size", metavar="SIZE", help="Only as much as brings the store down to this size."),
]
AimFree = Annotated[
    str | None,
    typer.Option("--min-free", metavar="SIZE", help="Only as much as leaves this free on the disk."),
]
KeepGenerations = Annotated[
    int | None,
    typer.Option(
        "--keep-generations",
        metavar="N",
        min=1,
        help="Keep the files of the last N locks of each project, for `wansync rollback`; 1 unless set.",
    ),
]


def parse_retention(workspace: Workspace, *, older_than: str | None, size: str | None, free: str | None) -> Retention:
    """Return how much may go; a share of the disk is one of the disk that the store is on.

    Raises:
        UsageError: one of them makes no sense.
    """
    return Retention(
        older_than=parse_age(older_than) if older_than else 0.0,
        max_size=parse_size(size) if size else None,
        min_free=parse_reserve(free).of(workspace.store().usage()[0]) if free else None,
    )

"""`wansync merge-driver`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wansync.cli.console import note, show_error
from wansync.cli.render.merge import render_merge
from wansync.cli.session import answer
from wansync.errors import WansyncError
from wansync.ops.merge import merge


def merge_driver(
    base: Annotated[Path, typer.Argument(metavar="%O", help="What both sides grew from; empty if nothing is.")],
    ours: Annotated[Path, typer.Argument(metavar="%A", help="Our models.lock, which becomes the merged one.")],
    theirs: Annotated[Path, typer.Argument(metavar="%B", help="Their models.lock.")],
) -> None:
    """Merge models.lock for git. Status 1 means conflicts, which `wansync lock` heals.

    Git runs it where .gitattributes says `models.lock merge=wansync` and its configuration names the driver:
    git config merge.wansync.driver "wansync merge-driver %O %A %B"
    """
    try:
        merged = merge(base, ours, theirs)
    except WansyncError as error:
        # Any status up to 128 is a conflict to git; above it would end the merge of all other files too.
        show_error(error)
        note("models.lock is left as our side has it")
        raise typer.Exit(error.exit_status) from error
    render_merge(merged)
    answer(yes=not merged.conflicts)

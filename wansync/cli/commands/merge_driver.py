"""`wansync merge-driver`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wansync.cli.console import note, result_error, result_json, show_error
from wansync.cli.options import AsJson
from wansync.cli.render.merge import render_merge
from wansync.cli.session import answer
from wansync.errors import WansyncError
from wansync.ops.merge import merge

EXAMPLES = {
    'git config merge.wansync.driver "wansync merge-driver %O %A %B"': "Let git use it for models.lock in this clone.",
}


def merge_driver(
    base: Annotated[Path, typer.Argument(metavar="%O", help="What both sides grew from; empty if nothing is.")],
    ours: Annotated[Path, typer.Argument(metavar="%A", help="Our models.lock, which becomes the merged one.")],
    theirs: Annotated[Path, typer.Argument(metavar="%B", help="Their models.lock.")],
    as_json: AsJson = False,
) -> None:
    """Merge models.lock for git. Status 1 means conflicts, which `wansync lock` heals.

    Git runs it where .gitattributes says `models.lock merge=wansync` and its configuration names the driver.
    """
    try:
        merged = merge(base, ours, theirs)
    except WansyncError as error:
        # Any status up to 128 is a conflict to git; above it would end the merge of all other files too.
        if as_json:
            result_error(error)
        show_error(error)
        note("models.lock is left as our side has it")
        raise typer.Exit(error.exit_status) from error
    if as_json:
        result_json(merged.to_dict())
    else:
        render_merge(merged)
    answer(yes=not merged.conflicts)

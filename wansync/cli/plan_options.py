"""The options of `wansync plan` and what a sync takes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Also save the plan, for `wansync sync --plan FILE`.")
]
Check = Annotated[bool, typer.Option("--check", help="Status 1 if there is anything to do.")]
DetailedExitcode = Annotated[
    bool, typer.Option("--detailed-exitcode", help="Status 0 nothing to do, 1 an error, 2 something to do.")
]
DiffAgainst = Annotated[
    str | None,
    typer.Option(
        "--diff-against",
        metavar="REV",
        help="Show what a machine has to do that is synced to the models.lock of this git revision.",
    ),
]
SavedPlan = Annotated[
    Path | None,
    typer.Option(
        "--plan",
        metavar="FILE",
        help="Do what `wansync plan --out FILE` has saved; status 17 if a sync would do anything else now.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the plan instead, as `wansync plan` does.")]


def require_one_meaning(*, check: bool, detailed: bool, diff_against: str | None, out: Path | None) -> None:
    """Refuse options of `plan` that contradict each other.

    Raises:
        BadParameter: they do.
    """
    if check and detailed:
        raise typer.BadParameter("--check and --detailed-exitcode give two meanings to the exit status; name one")
    if diff_against is not None and out:
        raise typer.BadParameter("--diff-against plans for no disk, so there is nothing to save with --out")


def require_only_saved(*others: object) -> None:
    """Refuse options of `sync` that a saved plan has already answered.

    Raises:
        BadParameter: one of them was given.
    """
    if any(others):
        raise typer.BadParameter(
            "--plan says what is done and leaves models.lock as it is; leave out models, --only, --profile, --dry-run "
            "and --no-frozen"
        )

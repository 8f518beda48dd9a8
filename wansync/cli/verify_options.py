"""The options of `wansync verify`, and what they mean together."""

from __future__ import annotations

from typing import Annotated

import typer

from wansync.plan import Depth
from wansync.settings import parse_budget

Quick = Annotated[
    bool, typer.Option("--quick", help="Hash only files that have changed since they were hashed, or never were.")
]
Full = Annotated[bool, typer.Option("--full", help="Hash every file; the default.")]
BudgetOf = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="TIME|SIZE",
        help="Hash what was hashed longest ago, for so long (10m, 2h) or so much (50G); the next run goes on.",
    ),
]
OldestFirst = Annotated[
    bool, typer.Option("--oldest-first", help="Begin with what was hashed longest ago; --budget always does.")
]
RepairIt = Annotated[
    bool,
    typer.Option("--repair", help="Fetch what is wrong or missing, of a large file only the wrong parts, and link it."),
]


def parse_depth(*, quick: bool, full: bool, budget: str | None, oldest_first: bool) -> Depth:
    """Return how much is to be hashed.

    Raises:
        BadParameter: the options contradict each other.
        UsageError: the budget makes no sense.
    """
    if full and (quick or budget):
        raise typer.BadParameter("--full hashes every file; leave it out, or --quick and --budget")
    return Depth(quick=quick, budget=parse_budget(budget) if budget else None, oldest_first=oldest_first)

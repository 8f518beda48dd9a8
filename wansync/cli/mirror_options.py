"""The options of `wansync mirror`, and what they mean together."""

from __future__ import annotations

from typing import Annotated

import typer

from wansync.collect.mirror import LockRetention
from wansync.settings.parse import parse_age

To = Annotated[
    str | None, typer.Option("--to", metavar="NAME", help="The mirror; not needed where only one can be written.")
]
On = Annotated[
    str | None, typer.Option("--on", metavar="NAME", help="The mirror; else all that this can be done with.")
]
FullPush = Annotated[
    bool, typer.Option("--full", help="Read what is there before it is trusted, and replace what is wrong.")
]
FullCheck = Annotated[bool, typer.Option("--full", help="Read and hash every byte.")]
KeepLocks = Annotated[
    int | None,
    typer.Option("--keep-locks", metavar="N", min=1, help="Keep the N youngest locks of each project; others may go."),
]
OlderLocks = Annotated[
    str | None,
    typer.Option("--older-than", metavar="AGE", help="Let only locks go that were pushed longer ago, such as 90d."),
]
ByName = Annotated[
    bool, typer.Option("--by-name", help="Take locks of one project name for one project's, wherever pushed from.")
]
Grace = Annotated[
    str, typer.Option("--grace", metavar="AGE", help="Leave what was written since, such as 2h: it may be under way.")
]


def parse_lock_retention(keep: int | None, older_than: str | None, grace: str, *, by_name: bool) -> LockRetention:
    """Return which locks may go.

    Raises:
        UsageError: an age makes no sense.
    """
    age = parse_age(older_than) if older_than else None
    return LockRetention(keep=keep, older_than=age, by_name=by_name, grace=parse_age(grace))

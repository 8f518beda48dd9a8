"""The options of `wansync lock` alone."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from wansync.errors import UsageError
from wansync.questions import Moves
from wansync.text import printable


class DiffFormat(StrEnum):
    """How a difference is printed."""

    TEXT = "text"
    MARKDOWN = "markdown"


ShowDiff = Annotated[
    bool,
    typer.Option(
        "--diff", help="Also print what changes in revisions, files, bytes and licences; `--dry-run` only prints it."
    ),
]
Format = Annotated[
    DiffFormat, typer.Option("--format", help="How to print the difference; markdown suits the body of a pull request.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the difference, and write nothing.")]
Since = Annotated[
    Path | None,
    typer.Option(
        "--since",
        metavar="FILE",
        help="Only print what has changed from another models.lock to this one, such as that of another branch.",
    ),
]
Upgrade = Annotated[bool, typer.Option("--upgrade", "-U", help="Move every pin to what its ref names now.")]
UpgradeComponent = Annotated[
    list[str] | None,
    typer.Option(
        "--upgrade-component",
        "-P",
        metavar="ID[@REV]",
        help="Move the pins of one component or model, to a ref or commit if one is named; can be repeated.",
    ),
]
Retrust = Annotated[
    list[str] | None,
    typer.Option(
        "--retrust",
        metavar="ID",
        help="Accept that a source has other bytes under the locked revision; nothing else does. Can be repeated.",
    ),
]
AllowLicense = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-license",
        metavar="SPDX",
        help="Lock nothing (status 16) unless every licence is one of these; can be repeated.",
    ),
]
DenyLicense = Annotated[
    list[str] | None,
    typer.Option(
        "--deny-license",
        metavar="SPDX",
        help="Lock nothing (status 16) if a licence is one of these; can be repeated.",
    ),
]
HashPayloads = Annotated[
    bool,
    typer.Option(
        "--hash-payloads",
        help="Download files whose SHA-256 neither their source nor models.toml states, to find it out; they stay in "
        "the store, so that a sync need not fetch them again.",
    ),
]
Listings = Annotated[
    Path | None, typer.Option("--listings", metavar="DIR", help="Take recorded listings instead of asking sources.")
]
SaveListings = Annotated[
    Path | None, typer.Option("--save-listings", metavar="DIR", help="Record what the sources list.")
]


def moves(upgrade: bool, components: list[str] | None, retrust: list[str] | None) -> Moves:
    """Return whose pins may move.

    Raises:
        UsageError: a component is to move to two revisions.
    """
    upgrades: dict[str, str | None] = {}
    for id_, revision in map(_split, components or ()):
        if upgrades.setdefault(id_, revision) != revision:
            reason = f"`--upgrade-component` moves `{printable(id_)}` to two revisions"
            raise UsageError(reason, hint="Name each component once")
    return Moves(
        everything=upgrade,
        upgrade=upgrades,
        retrust=frozenset(retrust or ()),
    )


def _split(text: str) -> tuple[str, str | None]:
    id_, _, revision = text.partition("@")
    return id_, revision or None

"""The options that several commands share, spelled once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wansync.cli.completion import complete_profile, complete_selected
from wansync.settings import ProgressMode

Wanted = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="MODEL",
        autocompletion=complete_selected,
        help="MODEL, MODEL@VARIANT, MODEL@VERSION:VARIANT, or a component; the active profile when none is named.",
    ),
]
Needed = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="MODEL",
        autocompletion=complete_selected,
        help="MODEL, MODEL@VARIANT, MODEL@VERSION:VARIANT, or a component.",
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only", metavar="MODEL", autocompletion=complete_selected, help="The same as naming MODEL; can be repeated."
    ),
]
ProjectDirectory = Annotated[
    Path | None,
    typer.Option("--project", metavar="DIR", help="The project; else the working directory or one above it."),
]
Root = Annotated[
    Path | None,
    typer.Option("--models-root", metavar="DIR", help="The store; else one in the user's data directory."),
]
Profile = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", autocompletion=complete_profile, help="The active profile."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress and no notes; the result, warnings and errors remain.")
]
Progress = Annotated[
    ProgressMode,
    typer.Option(
        "--progress",
        help="How to show how far it is, on stderr: auto is bars in a terminal, else plain lines; json is the lines "
        "of --events.",
    ),
]
Events = Annotated[
    Path | None,
    typer.Option(
        "--events",
        metavar="FILE",
        help="Write every event as a line of JSON to FILE, which is begun anew; see docs/output.md.",
    ),
]
Frozen = Annotated[
    bool | None,
    typer.Option(
        "--frozen/--no-frozen",
        help="Take models.lock as it is and write nothing; a models.toml that is there must agree with it, else "
        "status 10 (uv's --frozen does not check). The default where CI is set.",
    ),
]
Offline = Annotated[bool | None, typer.Option("--offline", help="Use no network; what is missing is status 18.")]
NoHubCache = Annotated[
    bool | None,
    typer.Option("--no-hub-cache", help="Take nothing from the user's Hugging Face cache."),
]
NoLock = Annotated[bool, typer.Option("--no-lock", help="Only edit models.toml.")]
LinkModeName = Annotated[
    str | None,
    typer.Option(
        "--link-mode",
        metavar="MODE",
        help="auto, reflink, hardlink, symlink or copy; auto tries them in this order.",
    ),
]
LockTimeout = Annotated[
    float | None,
    typer.Option("--lock-timeout", metavar="SECONDS", help="Wait this long for another process that does not get on."),
]
MinFree = Annotated[
    str | None,
    typer.Option("--min-free", metavar="SIZE", help="Keep this free on the disk, 3% unless set."),
]

Jobs = Annotated[
    str | None,
    typer.Option(
        "--jobs", "-j", metavar="N", help="The most connections at once, 16 unless set; 1 is one file at a time."
    ),
]
LimitRate = Annotated[
    str | None,
    typer.Option("--limit-rate", metavar="SIZE", help="Fetch no more than this per second, such as 10M."),
]
MaxDownload = Annotated[
    str | None,
    typer.Option("--max-download", metavar="SIZE", help="Refuse, with status 16, to fetch more than this in all."),
]
First = Annotated[
    list[str] | None,
    typer.Option(
        "--first",
        metavar="MODEL",
        autocompletion=complete_selected,
        help="Make the files of this model or component present before all others of the run; can be repeated.",
    ),
]


def names(wanted: list[str] | None, only: list[str] | None) -> list[str]:
    """Return what was named in either way."""
    return [*(wanted or []), *(only or [])]

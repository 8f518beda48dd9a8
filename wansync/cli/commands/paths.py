"""`wansync paths`."""

from __future__ import annotations

from typing import Annotated

import typer

from wansync.cli.completion import complete_selected
from wansync.cli.options import (
    AsJson,
    Events,
    Frozen,
    Offline,
    Profile,
    Progress,
    ProjectDirectory,
    Quiet,
    Root,
)
from wansync.cli.render.paths import render_part, render_paths
from wansync.cli.session import Session
from wansync.settings import ProgressMode
from wansync.wan.paths import ready_paths

EXAMPLES = {
    "wansync paths t2v-A14B": "Every part of a WAN model, and where it is.",
    "wansync paths t2v-A14B@native --of vae": "One of them, for a script.",
    "wansync paths ti2v-5B --json": "With roles, experts and files, for a program.",
}


def paths(
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL", autocompletion=complete_selected, help="MODEL or MODEL@VARIANT."),
    ],
    of: Annotated[
        str | None,
        typer.Option("--of", metavar="PART", help="Only the path of this part: a name of the list, or a component."),
    ] = None,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    frozen: Frozen = None,
    offline: Offline = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    progress: Progress = ProgressMode.AUTO,
    events: Events = None,
) -> None:
    """Print where the parts of a WAN model are, after making it ready: name, tab, path.

    The names are those of a Diffusers pipeline in every layout: `transformer` is the high-noise expert or the only
    one, `transformer_2` the low-noise one.
    """
    session = Session(
        "paths",
        project,
        as_json=as_json,
        quiet=quiet,
        progress=progress,
        events=events,
        choices={"models_root": models_root, "profile": profile, "frozen": frozen, "offline": offline},
    )
    if of is None:
        session.run(lambda workspace: ready_paths(workspace, model), render_paths)
    else:
        session.run(lambda workspace: ready_paths(workspace, model).only(of), render_part)

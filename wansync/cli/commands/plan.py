"""`wansync plan`."""

from __future__ import annotations

from typing import Annotated

import typer

from wansync.cli.options import (
    AsJson,
    Frozen,
    LinkModeName,
    MinFree,
    NoHubCache,
    Only,
    Profile,
    ProjectDirectory,
    Quiet,
    Root,
    Wanted,
    names,
)
from wansync.cli.render.plan import render_plan
from wansync.cli.session import Session, answer
from wansync.ops.plan import plan as op


def plan(
    models: Wanted = None,
    only: Only = None,
    check: Annotated[bool, typer.Option("--check", help="Status 1 if there is anything to do.")] = False,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    frozen: Frozen = None,
    link_mode: LinkModeName = None,
    min_free: MinFree = None,
    no_hub_cache: NoHubCache = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show what sync would do, in bytes. Changes nothing."""
    session = Session(
        "plan",
        project,
        as_json=as_json,
        quiet=quiet,
        choices={
            "models_root": models_root,
            "profile": profile,
            "frozen": frozen,
            "link_mode": link_mode,
            "min_free": min_free,
            "no_hub_cache": no_hub_cache,
        },
    )
    report = session.run(lambda workspace: op(workspace, names(models, only)), render_plan)
    if check:
        answer(yes=report.plan.noop and not report.differences)

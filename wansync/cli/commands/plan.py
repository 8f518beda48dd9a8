"""`wansync plan`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from wansync.cli.console import note
from wansync.cli.options import (
    AsJson,
    Frozen,
    LinkModeName,
    MaxDownload,
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
from wansync.cli.plan_options import Check, DetailedExitcode, DiffAgainst, Out, require_one_meaning
from wansync.cli.render.plan import render_plan
from wansync.cli.session import Session, answer, finish
from wansync.errors import ExitStatus
from wansync.ops.out_file import require_place
from wansync.ops.plan import PlanReport, save
from wansync.ops.plan import plan as op
from wansync.project import Workspace

EXAMPLES = {
    "wansync plan": "What a sync of the active profile would do.",
    "wansync plan t2v-A14B@native --json": "One variant, for a program.",
    "wansync plan --check": "Status 1 if there is anything to do.",
}


def plan(
    models: Wanted = None,
    only: Only = None,
    out: Out = None,
    check: Check = False,
    detailed_exitcode: DetailedExitcode = False,
    diff_against: DiffAgainst = None,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    frozen: Frozen = None,
    link_mode: LinkModeName = None,
    min_free: MinFree = None,
    no_hub_cache: NoHubCache = None,
    max_download: MaxDownload = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show what sync would do, in bytes. Changes nothing.

    + add, -/+ replace, ~ change, ! repair, - no longer locked, = stays, > resume, ? not wansync's.
    """
    require_one_meaning(check=check, detailed=detailed_exitcode, diff_against=diff_against, out=out)
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
            "max_download": max_download,
        },
    )
    wanted = names(models, only)
    try:
        report = session.run(lambda workspace: _plan(workspace, wanted, diff_against, out), render_plan)
    except typer.Exit as failed:
        raise typer.Exit(ExitStatus.NEGATIVE if detailed_exitcode else failed.exit_code) from failed
    if out:
        note(f"Saved the plan; `wansync sync --plan {out}` carries it out")
    if detailed_exitcode:
        finish(ExitStatus.OK if report.settled else ExitStatus.USAGE)
    if check:
        answer(yes=report.settled)


def _plan(workspace: Workspace, wanted: Sequence[str], against: str | None, out: Path | None) -> PlanReport:
    if against is not None:
        from wansync.ops.plan_between import plan_between  # noqa: PLC0415 (most plans ask nothing of git)

        return plan_between(workspace, wanted, against)
    if out:
        require_place(out, "--out")
    report = op(workspace, wanted)
    if out:
        save(report, out)
    return report

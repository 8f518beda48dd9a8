"""`wansync verify`."""

from __future__ import annotations

from wansync.cli.options import (
    AsJson,
    Events,
    LockTimeout,
    Only,
    Profile,
    Progress,
    ProjectDirectory,
    Quiet,
    Root,
    Wanted,
    names,
)
from wansync.cli.render.verify import render_verify
from wansync.cli.session import Session, answer
from wansync.cli.verify_options import BudgetOf, Full, OldestFirst, Quick, RepairIt, parse_depth
from wansync.ops.verify import verify as op
from wansync.ops.verify_report import VerifyReport
from wansync.project import Workspace
from wansync.settings import ProgressMode

EXAMPLES = {
    "wansync verify": "Every file of the active profile.",
    "wansync verify t2v-A14B --json": "One model, for a program.",
    "wansync verify --quick": "Hash only what has changed since it was hashed.",
    "wansync verify --budget 1h": "Every night the files that were hashed longest ago.",
    "wansync verify --repair": "Make right what is wrong; of a large file only the wrong part is fetched.",
}


def verify(
    models: Wanted = None,
    only: Only = None,
    quick: Quick = False,
    full: Full = False,
    budget: BudgetOf = None,
    oldest_first: OldestFirst = False,
    repair: RepairIt = False,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    lock_timeout: LockTimeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    progress: Progress = ProgressMode.AUTO,
    events: Events = None,
) -> None:
    """Hash every blob and look at every link; status 1 if one is missing or wrong.

    `wansync sync` then heals it, and so does --repair at once. As many files are hashed at once as there are cores.
    """
    session = Session(
        "verify",
        project,
        as_json=as_json,
        quiet=quiet,
        progress=progress,
        events=events,
        choices={"models_root": models_root, "profile": profile, "lock_timeout": lock_timeout},
    )

    def run(workspace: Workspace) -> VerifyReport:
        depth = parse_depth(quick=quick, full=full, budget=budget, oldest_first=oldest_first)
        return op(workspace, names(models, only), depth, repair=repair)

    answer(yes=session.run(run, render_verify).intact)

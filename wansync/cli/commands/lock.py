"""`wansync lock`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated

import typer

from wansync.cli.lock_options import (
    AllowLicense,
    DenyLicense,
    DiffFormat,
    DryRun,
    Format,
    HashPayloads,
    Listings,
    Retrust,
    SaveListings,
    ShowDiff,
    Since,
    Upgrade,
    UpgradeComponent,
    moves,
)
from wansync.cli.options import (
    AsJson,
    Events,
    LimitRate,
    MaxDownload,
    Offline,
    Progress,
    ProjectDirectory,
    Quiet,
    Root,
)
from wansync.cli.render.diff import render_diff_as
from wansync.cli.render.lock import render_check, render_lock
from wansync.cli.session import Session, answer, finish
from wansync.errors import ExitStatus, UsageError
from wansync.ops import lock as op
from wansync.questions import Moves
from wansync.settings import Choices, ProgressMode

EXAMPLES = {
    "wansync lock": "Pin what models.toml names and models.lock lacks.",
    "wansync lock --check": "In CI: is models.lock what would be written?",
    "wansync lock --hash-payloads": "Also where nobody states the SHA-256 of a file.",
    "wansync lock --upgrade --dry-run": "What newer revisions would change.",
    "wansync lock --upgrade-component umt5@main": "Move one component to what `main` is now.",
    "wansync lock --since /tmp/base.lock --format markdown": "The change as text for a pull request.",
}


_CONTRADICTIONS = {
    "--check": (
        *("--since", "--dry-run", "--listings", "--save-listings", "--diff", "--format", "an upgrade"),
        "--hash-payloads",
    ),
    "--since": ("--dry-run", "--listings", "--save-listings", "an upgrade", "licences", "--hash-payloads"),
    "--dry-run": ("--save-listings", "--hash-payloads"),
}
_SAYS = {
    "--check": "`--check` only says yes or no",
    "--since": "`--since` only compares two locks",
    "--dry-run": "`--dry-run` writes nothing",
}


def lock(
    check: Annotated[
        bool, typer.Option("--check", help="Leave models.lock as it is; status 1 if it is not what would be written.")
    ] = False,
    upgrade: Upgrade = False,
    upgrade_component: UpgradeComponent = None,
    retrust: Retrust = None,
    diff: ShowDiff = False,
    format_: Format = DiffFormat.TEXT,
    dry_run: DryRun = False,
    since: Since = None,
    allow_license: AllowLicense = None,
    deny_license: DenyLicense = None,
    hash_payloads: HashPayloads = False,
    limit_rate: LimitRate = None,
    max_download: MaxDownload = None,
    listings: Listings = None,
    save_listings: SaveListings = None,
    project: ProjectDirectory = None,
    models_root: Root = None,
    offline: Offline = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    progress: Progress = ProgressMode.AUTO,
    events: Events = None,
) -> None:
    """Pin every file of models.toml in models.lock. Downloads no weights unless told to; `file:` sources are hashed.

    Components whose entry has not changed keep their revisions, unless they are upgraded; `file:` sources are always
    listed again.
    """
    choices: Choices = {
        "models_root": models_root,
        "offline": offline,
        "allow_license": allow_license or None,
        "deny_license": deny_license or None,
        "limit_rate": limit_rate,
        "max_download": max_download,
    }
    session = Session("lock", project, as_json=as_json, quiet=quiet, progress=progress, events=events, choices=choices)
    moved = moves(upgrade, upgrade_component, retrust)
    render_changes = partial(render_diff_as, markdown=format_ is DiffFormat.MARKDOWN)
    _refuse_contradiction(
        {"--check": check, "--since": bool(since), "--dry-run": dry_run},
        {"--listings": bool(listings), "--save-listings": bool(save_listings), "--diff": diff}
        | {"--format": format_ is DiffFormat.MARKDOWN, "an upgrade": moved != Moves()}
        | {"licences": bool(allow_license or deny_license), "--hash-payloads": hash_payloads},
    )
    if since:
        session.run(lambda workspace: op.diff_since(workspace, since), render_changes)
        return
    if check:
        answer(yes=session.run(op.check, render_check).fresh)
        return
    options = op.LockOptions(moves=moved, recorded=listings, record_to=save_listings, hash_payloads=hash_payloads)
    show = render_changes if diff or dry_run or format_ is DiffFormat.MARKDOWN else None
    run = op.preview if dry_run else op.lock
    report = session.run(lambda workspace: run(workspace, options), partial(render_lock, show=show))
    finish(ExitStatus.PARTIAL if report.failures else ExitStatus.OK)


def _refuse_contradiction(modes: Mapping[str, bool], others: Mapping[str, bool]) -> None:
    given = {name for name, there in {**modes, **others}.items() if there}
    for mode, excluded in _CONTRADICTIONS.items():
        both = [f"`{name}`" if name.startswith("-") else name for name in excluded if name in given]
        if mode in given and both:
            names = " and ".join(both)
            raise UsageError(f"{_SAYS[mode]}, so it does not go with {names}", hint=f"Leave out {both[0]} or `{mode}`")

"""`wansync lock`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wansync.cli.options import AsJson, Offline, ProjectDirectory, Quiet
from wansync.cli.render.lock import render_check, render_lock
from wansync.cli.session import Session, answer, finish
from wansync.errors import ExitStatus
from wansync.ops import lock as op
from wansync.policy import LicensePolicy
from wansync.questions import Moves


def lock(
    check: Annotated[
        bool, typer.Option("--check", help="Leave models.lock as it is; status 1 if it is not what would be written.")
    ] = False,
    upgrade: Annotated[bool, typer.Option("--upgrade", "-U", help="Move every pin to what its ref names now.")] = False,
    upgrade_component: Annotated[
        list[str] | None,
        typer.Option(
            "--upgrade-component",
            "-P",
            metavar="ID[@REV]",
            help="Move the pin of one component, to a ref or commit if one is named; can be repeated.",
        ),
    ] = None,
    retrust: Annotated[
        list[str] | None,
        typer.Option(
            "--retrust",
            metavar="ID",
            help="Accept that a source has other bytes under the locked revision; nothing else does. Can be repeated.",
        ),
    ] = None,
    allow_license: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-license",
            metavar="SPDX",
            envvar="WANSYNC_ALLOW_LICENSE",
            help="Lock nothing (status 16) unless every licence is one of these; can be repeated.",
        ),
    ] = None,
    deny_license: Annotated[
        list[str] | None,
        typer.Option(
            "--deny-license",
            metavar="SPDX",
            envvar="WANSYNC_DENY_LICENSE",
            help="Lock nothing (status 16) if a licence is one of these; can be repeated.",
        ),
    ] = None,
    listings: Annotated[
        Path | None, typer.Option("--listings", metavar="DIR", help="Take recorded listings instead of asking sources.")
    ] = None,
    save_listings: Annotated[
        Path | None, typer.Option("--save-listings", metavar="DIR", help="Record what the sources list.")
    ] = None,
    project: ProjectDirectory = None,
    offline: Offline = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Pin every file of models.toml in models.lock. Downloads no weights; `file:` sources are hashed.

    Components whose entry has not changed keep their revisions, unless they are upgraded; `file:` sources are always
    listed again.
    """
    session = Session("lock", project, as_json=as_json, quiet=quiet, choices={"offline": offline})
    licenses = LicensePolicy.of(allow_license or (), deny_license or ())
    moves = Moves(
        everything=upgrade,
        upgrade=dict(_split(text) for text in upgrade_component or ()),
        retrust=frozenset(retrust or ()),
    )
    if check:
        if listings or save_listings or moves != Moves():
            raise typer.BadParameter("--check changes nothing, so it takes neither listings nor upgrades")
        answer(yes=session.run(lambda workspace: op.check(workspace, licenses), render_check).fresh)
        return
    options = op.LockOptions(moves=moves, licenses=licenses, recorded=listings, record_to=save_listings)
    report = session.run(lambda workspace: op.lock(workspace, options), render_lock)
    finish(ExitStatus.PARTIAL if report.failures else ExitStatus.OK)


def _split(text: str) -> tuple[str, str | None]:
    id_, _, revision = text.partition("@")
    return id_, revision or None

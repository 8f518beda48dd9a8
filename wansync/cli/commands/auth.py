"""`wansync auth`."""

from __future__ import annotations

import getpass
import sys
from enum import StrEnum
from typing import Annotated

import typer

from wansync.cli.options import AsJson, ProjectDirectory
from wansync.cli.render.auth import render_auth
from wansync.cli.session import Session, answer
from wansync.errors import UsageError
from wansync.ops import auth as op

EXAMPLES = {
    "wansync auth login": "Keep a token of the Hugging Face Hub in the keyring.",
    "wansync auth login models.example.com": "Keep one for another server; it may come through a pipe.",
    "wansync auth status --check": "Where tokens come from, and whether the Hub takes its own.",
}
_MOST = 2**16


class Act(StrEnum):
    """What to do."""

    LOGIN = "login"
    STATUS = "status"
    LOGOUT = "logout"


def auth(
    act: Annotated[
        Act,
        typer.Argument(
            metavar="ACTION",
            help="`login` keeps a token, `status` says where tokens come from, `logout` removes one.",
        ),
    ] = Act.STATUS,
    origin: Annotated[
        str | None, typer.Argument(metavar="ORIGIN", help="The server, such as models.example.com; else the Hub.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Ask the Hub whose token it gets; status 1 for no.")] = False,
    project: ProjectDirectory = None,
    as_json: AsJson = False,
) -> None:
    """Keep tokens in the system's keyring, and say where those for each server come from; never shows one.

    `login` asks for the token, or reads it from a pipe. A token goes to its own server (scheme, host and port) alone.
    The first of these that has one gives it: a variable or a mounted file, the keyring, the token file of the Hub's
    client, netrc.
    """
    session = Session(f"auth {act}", project, as_json=as_json, quiet=True, choices={})
    if check and act is not Act.STATUS:
        session.refuse(UsageError("`--check` goes with `auth status`", hint="Write `wansync auth status --check`"))
    match act:
        case Act.LOGIN:
            session.run(lambda workspace: op.auth_login(workspace, origin, _ask), render_auth)
        case Act.LOGOUT:
            session.run(lambda workspace: op.auth_logout(workspace, origin), render_auth)
        case Act.STATUS:
            report = session.run(lambda workspace: op.auth_status(workspace, origin, check=check), render_auth)
            if check:
                answer(yes=all(row.accepted is not False for row in report.origins))


def _ask(origin: str) -> str:
    """Return the token that a person types without an echo, or that a pipe has."""
    if sys.stdin is None:
        return ""
    if sys.stdin.isatty():
        try:
            return getpass.getpass(f"Token for {origin}: ")
        except EOFError:
            return ""
    return sys.stdin.read(_MOST)

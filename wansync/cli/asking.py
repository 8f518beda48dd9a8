"""Asking before something is removed for good: somebody at a terminal, and nobody else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from wansync.cli.session import finish
from wansync.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from wansync.cli.session import Session


def ask(session: Session, question: str, verb: str = "remove") -> None:
    """Return if somebody says yes to a plan that was printed.

    Args:
        session: of the command.
        question: what to ask.
        verb: what the command does with what the plan names.

    Raises:
        typer.Exit: they do not, or nobody is here to ask.
    """
    if not sys.stdin.isatty():
        session.refuse(UsageError("Nobody is here to ask", hint=f"Add `--yes` to {verb} what the plan above names"))
    if not typer.confirm(question, err=True):
        finish(ExitStatus.NEGATIVE)


def refuse_unasked(session: Session, command: str, what: str = "removes") -> None:
    """Say that a command which prints one document cannot ask.

    Args:
        session: of the command.
        command: its name and the options that make it ask.
        what: what it does.

    Raises:
        typer.Exit: always.
    """
    reason = f"`{command} --json` {what} without asking, so it needs `--yes`"
    session.refuse(UsageError(reason, hint="Add `--yes`, or look with `--dry-run`"))

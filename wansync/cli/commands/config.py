"""`wansync config`."""

from __future__ import annotations

from typing import Annotated

import typer

from wansync.cli.help import Command
from wansync.cli.options import AsJson, Profile, ProjectDirectory, Quiet, Root
from wansync.cli.render.config import render_config, render_path, render_value
from wansync.cli.session import Session
from wansync.ops import config as op
from wansync.settings import Choices

EXAMPLES = {
    "wansync config": "Every setting, its value, and where it came from.",
    "wansync config get link_mode": "One value, for a script.",
    "wansync config path": "Where your own settings belong.",
}


Names = Annotated[list[str], typer.Argument(metavar="NAME", help="A setting, such as `link_mode`.")]

config = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


@config.callback()
def show(
    context: typer.Context,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show each setting, its value, and where it came from.

    A flag wins over a variable, that over the user's settings file, that over `[settings]` of the project's
    models.toml, that over the default. No secret is shown.
    """
    if context.invoked_subcommand is not None:
        _refuse_options(context)
        return
    choices: Choices = {"models_root": models_root, "profile": profile}
    Session("config", project, as_json=as_json, quiet=quiet, choices=choices).run(op.config, render_config)


def _refuse_options(context: typer.Context) -> None:
    # They would be lost without a word: each command has its own.
    sources = {name: context.get_parameter_source(name) for name in context.params}
    if any(source is not None and source.name == "COMMANDLINE" for source in sources.values()):
        raise typer.BadParameter(f"Write options after `{context.invoked_subcommand}`")


@config.command("get", cls=Command)
def get(
    names: Names,
    project: ProjectDirectory = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Print the values of settings, for a script."""
    session = Session("config get", project, as_json=as_json, quiet=quiet, choices={})
    session.run(lambda workspace: op.config(workspace, names), render_value)


@config.command("path", cls=Command)
def path(
    project: ProjectDirectory = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Print the path of the user's settings file, whether it is there or not."""
    Session("config path", project, as_json=as_json, quiet=quiet, choices={}).run(op.config_path, render_path)

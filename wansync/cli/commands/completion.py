"""`wansync completion`."""

from __future__ import annotations

from typing import Annotated

import typer

from wansync.cli.console import result_json
from wansync.cli.options import AsJson
from wansync.cli.shells import Shell, completion_script

EXAMPLES = {
    'eval "$(wansync completion bash)"': "Complete in this bash; put it into ~/.bashrc to keep it.",
    'eval "$(wansync completion zsh)"': "The same for zsh, in ~/.zshrc after compinit.",
    "wansync completion fish | source": "The same for fish, in ~/.config/fish/config.fish.",
}


def completion(
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")], as_json: AsJson = False
) -> None:
    """Print the script that lets a shell complete commands, options, and the names in models.lock."""
    script = completion_script(shell)
    if as_json:  # `schemas/completion.schema.json`
        result_json({"format_version": "1.0", "shell": str(shell), "script": script})
    else:
        typer.echo(script, nl=False)

"""What is wrong with the arguments: the parser's exceptions as errors of wansync, each with a hint that works.

The parser's own classes are private to typer, so they are told apart by what they carry.
"""

from __future__ import annotations

import re
from typing import Any

import typer

from wansync.errors import UsageError
from wansync.text import suggest

_NO_COMMAND = re.compile(r"^No such command '(?P<name>.*?)'\.")
_NO_VALUE = re.compile(r"requires (?:an|\d+) arguments?\.$")
_UNEXPECTED = re.compile(r"^Got unexpected extra argument(?:s|\(s\))? \((?P<words>.*)\)$", re.DOTALL)


def usage_error(error: typer.TyperException) -> UsageError:
    """Return the error to print for what the parser raised."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "wansync"
    wording = _no_command(error, context) or _option(error, context) or _parameter(error, path) or _extra(error, path)
    reason, hint = wording or (_sentence(error.format_message()), f"See `{path} --help`")
    return UsageError(reason, hint=hint, command=path)


def help_instead(error: typer.TyperException) -> str | None:
    """Return the help that the parser wants shown because a group was named without a command, else `None`."""
    return error.message if type(error).__name__ == "NoArgsIsHelpError" else None


def _no_command(error: typer.TyperException, context: Any) -> tuple[str, str] | None:  # noqa: ANN401 (typer's)
    found = _NO_COMMAND.match(error.message)
    if not found or not context:
        return None
    close = suggest(found["name"], context.command.list_commands(context))
    guess = close.removeprefix("Did you mean `").removesuffix("`?")
    hint = f"Did you mean `{context.command_path} {guess}`?" if guess != close else _listed(context, "commands")
    return f"There is no command `{found['name']}`", hint


def _option(error: typer.TyperException, context: Any) -> tuple[str, str] | None:  # noqa: ANN401 (typer's)
    name = getattr(error, "option_name", None)
    if name is None:
        return None
    if _NO_VALUE.search(error.message):
        return f"`{name}` needs a value", f"Write `{name} VALUE` or `{name}=VALUE`"
    if not context or not hasattr(error, "possibilities"):
        return _sentence(error.format_message()), "Run it with `--help` to see its options"
    spellings = [spelling for p in context.command.params for spelling in (*p.opts, *p.secondary_opts)]
    bare = suggest(name.lstrip("-"), [spelling[2:] for spelling in spellings if spelling.startswith("--")])
    hint = bare.replace("`", "`--", 1) if bare.startswith("Did you mean") else _listed(context, "options")
    if hasattr(context.command, "commands") and not bare.startswith("Did you mean"):
        hint = f"The options of a command come after it: `{context.command_path} COMMAND {name}`"
    return f"`{context.command_path}` has no option `{name}`", hint


def _parameter(error: typer.TyperException, path: str) -> tuple[str, str] | None:
    parameter = getattr(error, "param", None)
    if parameter is None:
        return None
    metavar = parameter.metavar or parameter.name
    is_argument = parameter.param_type_name == "argument"
    name = metavar if is_argument else max(parameter.opts, key=len)
    if hasattr(error, "param_type"):
        return f"`{name}` is missing", f"Write `{path} {metavar}`; see `{path} --help`"
    cause = _sentence(error.message.removeprefix("Value error, "))
    return f"Invalid value for `{name}`: {cause[:1].lower()}{cause[1:]}", f"See `{name}` in `{path} --help`"


def _extra(error: typer.TyperException, path: str) -> tuple[str, str] | None:
    found = _UNEXPECTED.match(error.message)
    return (f"Too many arguments: `{found['words']}`", f"See what it takes with `{path} --help`") if found else None


def _listed(context: Any, what: str) -> str:  # noqa: ANN401 (typer's)
    return f"`{context.command_path} --help` lists the {what}"


def _sentence(text: str) -> str:
    """Return the parser's words in our style: capitalised, no final period, literals in backticks."""
    plain = re.sub(r"'([^']*)'", r"`\1`", text.strip().removesuffix("."))
    return plain[:1].upper() + plain[1:]

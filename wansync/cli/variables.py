"""The `WANSYNC_` variable of every option: its default, its place in `--help`, and a word about unknown ones.

Those that are settings are read by `wansync.settings`, so that the Python interface heeds them too; here are the
others, such as `--json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import typer

from wansync.errors import UsageError
from wansync.events.run_id import RUN_VARIABLE
from wansync.settings import SETTINGS
from wansync.settings.parse import parse_flag, parse_names
from wansync.surroundings import TOKEN_PREFIX
from wansync.text import printable, suggest

PER_CALL = frozenset(
    {
        # What one call is about: a variable would say it of every call.
        *("--only", "--since", "--listings", "--save-listings", "--upgrade", "--upgrade-component"),
        *("--id", "--type", "--precision", "--component", "--kind", "--subfolder", "--include", "--exclude"),
        *("--revision", "--diff", "--format", "--all", "--files", "--depth", "--invert", "--output", "--reason"),
        *(
            "--template",
            "--name",
            "--older-than",
            "--out",
            "--plan",
            "--diff-against",
            "--watch",
            "--wait",
            "--timeout",
        ),
        *("--of", "--size", "--frames", "--dtype", "--vae-dtype", "--memory", "--offload", "--tiled", "--image"),
        *("--text-encoder", "--backend", "--mode"),
        # Another command under the same name: a script that syncs must not find that it only looked.
        *(
            "--to",
            "--on",
            "--keep-locks",
            "--grace",
            "--quick",
            "--full",
            "--budget",
            "--oldest-first",
            "--repair",
            "--move",
        ),
        *("--check", "--detailed-exitcode", "--dry-run", "--list", "--remove", "--help", "--version"),
        # Trust in one named thing, which no surroundings may give.
        *("--retrust", "--allow-pickle"),
    }
)
"""The options that have no variable."""
_OF_ONE_CALL = frozenset({"aim_size", "aim_free"})
"""Parameters that have none either although their flag is that of a setting: what one `gc` is to reach."""
_ELSEWHERE = {
    "--project": "WANSYNC_PROJECT",
    "--config-file": "WANSYNC_CONFIG_FILE",
    "--no-config": "WANSYNC_NO_CONFIG",
}
"""Variables that `wansync.surroundings` reads."""
_WITHOUT_OPTION = frozenset({RUN_VARIABLE, "WANSYNC_CREDENTIALS_DIR"})
_OF_SETTINGS = {setting.flag: setting for setting in SETTINGS if setting.flag}


def variable_of(option: Any) -> str | None:  # noqa: ANN401 (typer does not export its parameters)
    """Return the variable that stands for an option where the command line does not have it; `None` for an argument."""
    flag = option.opts[0]
    return (
        None
        if not flag.startswith("--") or flag in PER_CALL or option.name in _OF_ONE_CALL
        else "WANSYNC_" + flag[2:].upper().replace("-", "_")
    )


def explain(command: Any) -> None:  # noqa: ANN401
    """Name the variable of each option in the help of a command and of those below it."""
    for option in _options(command):
        if (variable := variable_of(option)) and option.help and "[env: " not in option.help:
            setting = _OF_SETTINGS.get(option.opts[0])
            names = [variable, *(foreign.name for foreign in setting.foreign)] if setting else [variable]
            option.help = f"{option.help.removesuffix('.')} [env: {', '.join(names)}]."
    for below in commands_of(command).values():
        explain(below)


def defaults(command: Any, arguments: Sequence[str], variables: Mapping[str, str]) -> dict[str, Any]:  # noqa: ANN401
    """Return what variables give to the options of the command that is named, in click's form of a `default_map`.

    Raises:
        UsageError: a value makes no sense to its option.
    """
    below = commands_of(command)
    name = next((word for word in arguments if word in below), None)
    found = {
        option.name: _value(option, variable, variables[variable])
        for option in _options(command)
        if (variable := variable_of(option)) and variables.get(variable) and _is_ours(option)
    }
    if name is not None:
        found[name] = defaults(below[name], arguments[list(arguments).index(name) + 1 :], variables)
    return found


def _is_ours(option: Any) -> bool:  # noqa: ANN401
    return option.opts[0] not in _OF_SETTINGS and option.opts[0] not in _ELSEWHERE


def _value(option: Any, variable: str, text: str) -> object:  # noqa: ANN401
    try:
        if option.is_flag:
            return parse_flag(text)
        if option.multiple:
            return list(parse_names(text))
    except UsageError as error:
        raise UsageError(f"{variable}: {error.reason}", hint=error.hint) from None
    return text


def blame(error: typer.BadParameter) -> UsageError | None:
    """Return the error that names the variable where a wrong value came from one, else `None`."""
    option, context = error.param, error.ctx
    source = context.get_parameter_source(option.name) if context and option and option.name else None
    if source is None or source.name != "DEFAULT_MAP":
        return None
    cause = re.sub(r"'([^']*)'", r"`\1`", printable(error.message.removeprefix("Value error, ")).rstrip("."))
    return UsageError(f"{variable_of(option)}: {cause}", hint="Correct the variable, or leave it out")


def unknown_variables(command: Any, arguments: Sequence[str], variables: Mapping[str, str]) -> Iterator[str]:  # noqa: ANN401
    """Yield a sentence for each variable that is named as ours and that nothing reads.

    Args:
        command: the program. Its commands are loaded where the one that is named does not know a variable.
        arguments: those of the command line.
        variables: the environment.
    """
    named = {name for name in variables if name.startswith("WANSYNC_") and not name.startswith(TOKEN_PREFIX)}
    known = {setting.variable for setting in SETTINGS} | set(_ELSEWHERE.values()) | _WITHOUT_OPTION
    if named <= known or named <= known | _variables_of_named(command, arguments):
        return
    known |= _all_variables(command)
    for name in sorted(named - known):
        flag = "--" + name.removeprefix("WANSYNC_").lower().replace("_", "-")
        help_ = f"`{flag}` is for one call" if flag in PER_CALL else suggest(name, known)
        yield f"{printable(name)} is no variable of wansync. {help_}"


def _variables_of_named(command: Any, arguments: Sequence[str]) -> set[str]:  # noqa: ANN401
    below = commands_of(command)
    return next((_all_variables(below[word]) for word in arguments if word in below), set())


def _all_variables(command: Any) -> set[str]:  # noqa: ANN401
    own = {variable for option in _options(command) if (variable := variable_of(option))}
    return own.union(*(_all_variables(below) for below in commands_of(command).values()))


def commands_of(command: Any) -> Mapping[str, Any]:  # noqa: ANN401
    """Return the commands below one; none where it is no group."""
    found: Mapping[str, Any] = getattr(command, "commands", {})
    return found


def _options(command: Any) -> list[Any]:  # noqa: ANN401
    return [option for option in command.params if option.param_type_name == "option"]

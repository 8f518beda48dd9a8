"""What the values of options become, for the plain cases: typer loads pydantic for that, which costs 60 ms.

Whatever is no plain case goes to typer: numbers, and wrong values, whose messages are its own. A test holds every
option of every command against what typer makes of its values.
"""

from __future__ import annotations

import contextlib
import os
from enum import Enum
from pathlib import Path
from typing import Any

import typer

_NOT_PLAIN = object()


class PlainValues:
    """A command of typer that converts plain values itself."""

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 (typer does not export its context here)
        """Return the parameters, each converting plain values itself."""
        parameters: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for parameter in parameters:
            # Set on each, once, and not by a class of ours: typer makes its parameters itself.
            vars(parameter).setdefault("get_runtime_param", Conversion(parameter).itself)
        return parameters


class Conversion:
    """Stands where typer asks for what converts the values of one parameter."""

    def __init__(self, parameter: Any) -> None:  # noqa: ANN401
        self._type = parameter.type_descriptor.annotation
        self._typers = parameter.get_runtime_param

    def itself(self) -> Conversion:
        """Return this: typer asks with a call."""
        return self

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ANN401 (typer's names)
        """Return the value that the command gets; raises what typer raises."""
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        if self._type is Path and (problem := _no_path(value, param.param_type_name)):
            raise typer.BadParameter(problem, ctx=ctx, param=param)
        plain = _plain(value, self._type)
        return self._typers().coerce(value, param=param, ctx=ctx) if plain is _NOT_PLAIN else plain


def _plain(value: object, type_: Any) -> object:  # noqa: ANN401 (an annotation)
    if type_ == list[str] and isinstance(value, list | tuple) and all(map(_is_text, value)):
        return list(value)
    if isinstance(type_, type) and issubclass(type_, Enum):
        return next((member for member in type_ if value == member.value), _NOT_PLAIN)
    if type_ is Path and isinstance(value, str) and _is_text(value):
        return Path(value) if _is_absent_or_readable(value) else _NOT_PLAIN
    return value if type_ is str and _is_text(value) else _NOT_PLAIN


def _no_path(value: object, kind: str) -> str:
    """Return why a text is no path although it could be one; empty where it is."""
    if value == "":
        # Else it would be the working directory: `--models-root "$UNSET"` would make a store of it.
        return "it names no file or directory"
    if kind == "option" and isinstance(value, str) and len(value) > 1 and value.startswith("-"):
        # Else `--models-root --json` would make a store in a directory `--json`.
        return f"{value!r} looks like an option; a path of this name is './{value}'"
    return ""


def _is_text(value: object) -> bool:
    # Not half of a character, which stands for a byte that is no text.
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)


def _is_absent_or_readable(path: str) -> bool:
    with contextlib.suppress(ValueError):
        return os.access(path, os.R_OK) or not os.access(path, os.F_OK)
    return False

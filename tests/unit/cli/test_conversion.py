"""Values of options become what typer would make of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer

from wansync.cli.app import build
from wansync.cli.conversion import Conversion
from wansync.cli.variables import commands_of

if TYPE_CHECKING:
    from collections.abc import Iterator

VALUES = [
    *(None, True, False, "", "a", "ä", "1", "-1", "1.5", "nan", "auto", "AUTO", "markdown", "list", " a ", "a/b/", "."),
    *("/no/such/file", "half \udc80", "nul \0", b"bytes", 3, 1.5, Path("a"), [], (), ["a", "b"], ("a",), ["a", 1]),
    *(["half \udc80"], [None], ("-",)),
]


def parameters(command: Any, path: str = "wansync") -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401 (typer's)
    """Yield each parameter of a program, with its name and its context."""
    context = typer.Context(command)
    for parameter in command.get_params(context):
        yield f"{path} {parameter.name}", parameter, context
    for name, below in commands_of(command).items():
        yield from parameters(below, f"{path} {name}")


def outcome(conversion: Any, value: object, parameter: Any, context: Any) -> tuple[str, str]:  # noqa: ANN401
    """Return the kind and form of what becomes of a value, or the words of the refusal."""
    try:
        converted = conversion.coerce(value, param=parameter, ctx=context)
    except (typer.BadParameter, ValueError) as error:
        return type(error).__name__, str(error)
    return type(converted).__name__, repr(converted)


PROGRAM = build()


@pytest.mark.parametrize(
    ("name", "parameter", "context"), [pytest.param(*each, id=each[0]) for each in parameters(PROGRAM)]
)
def test_value_becomes_what_typer_makes_of_it(
    name: str,
    parameter: Any,  # noqa: ANN401
    context: Any,  # noqa: ANN401
    tmp_path: Path,
) -> None:
    ours = parameter.get_runtime_param()
    typers = type(parameter).get_runtime_param(parameter)

    assert isinstance(ours, Conversion)
    # The differences: to typer a path without a name is the working directory, and an option is a path.
    ours_alone = ("", "-1") if parameter.type_descriptor.annotation is Path else ()
    values = [value for value in VALUES if value not in ours_alone]
    for value in [*values, str(tmp_path), str(tmp_path / "absent")]:
        assert outcome(ours, value, parameter, context) == outcome(typers, value, parameter, context), repr(value)


def test_file_that_cannot_be_read_is_refused_as_typer_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.touch()
    # Root may read everything, so that no mode can show it.
    monkeypatch.setattr("os.access", lambda path, mode: mode == 0 or Path(path) != file)
    _name, option, context = next(each for each in parameters(PROGRAM) if each[0] == "wansync plan out")

    with pytest.raises(typer.BadParameter, match="is not readable"):
        option.get_runtime_param().coerce(str(file), param=option, ctx=context)

"""How `--help` looks: plain names of arguments, whole sentences, examples and exit statuses as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from typer.core import TyperCommand, TyperGroup

from wansync.cli.commands import COMMANDS
from wansync.cli.conversion import PlainValues
from wansync.errors import EXIT_MEANING

_COMMAND_WIDTH = 300
Rows = list[tuple[str, str]]


class Command(PlainValues, TyperCommand):
    """A command whose help names its arguments as its documentation does, and ends with examples."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401 (typer does not export its context here)
        """Return `SOURCE` where typer would write `{SOURCE}`."""
        return [piece.replace("{", "").replace("}", "") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 (as above)
        """Write arguments without their Python types, then options."""
        records: dict[str, Rows] = {"argument": [], "option": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                records[parameter.param_type_name].append(record)
        _write_table(formatter, "Arguments", map(_plain_argument, records["argument"]))
        _write_table(formatter, "Options", records["option"])

    def format_epilog(self, _ctx: Any, formatter: Any) -> None:  # noqa: ANN401 (as above)
        """Write the examples, which the epilog holds as lines of `command<tab>what it does`."""
        _write_examples(formatter, examples_of(self.epilog))


class Group(PlainValues, TyperGroup):
    """A command that holds others."""

    def format_epilog(self, _ctx: Any, formatter: Any) -> None:  # noqa: ANN401 (as above)
        """Write the examples."""
        _write_examples(formatter, examples_of(self.epilog))

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 (as above)
        """Write the commands with their whole first sentence."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        shown = [(name, command) for name, command in found if command is not None and not command.hidden]
        _write_table(formatter, "Commands", ((name, c.get_short_help_str(_COMMAND_WIDTH)) for name, c in shown))


class Program(Group):
    """The program itself, whose help ends with examples and the exit statuses."""

    def list_commands(self, _ctx: Any) -> list[str]:  # noqa: ANN401 (as above)
        """Return their names, and load none."""
        return list(COMMANDS)

    def format_commands(self, _ctx: Any, formatter: Any) -> None:  # noqa: ANN401 (as above)
        """Write what each says of itself, and load none."""
        _write_table(formatter, "Commands", COMMANDS.items())

    def format_epilog(self, _ctx: Any, formatter: Any) -> None:  # noqa: ANN401 (as above)
        """Write the examples and what the exit status says."""
        _write_examples(formatter, examples_of(self.epilog))
        _write_table(formatter, "Exit status", ((str(int(s)), meaning) for s, meaning in EXIT_MEANING.items()))
        formatter.write("\nAny other status is a failure. `wansync COMMAND --help` has more.\n")


def epilog(examples: Mapping[str, str]) -> str:
    """Return examples (command line -> what it does) as the epilog that `Command` expects."""
    return "\n".join(f"{command}\t{what}" for command, what in examples.items())


def examples_of(text: str | None) -> Rows:
    """Return the examples in an epilog."""
    rows = (line.partition("\t") for line in (text or "").splitlines())
    return [(command, what) for command, _, what in rows]


def _plain_argument(record: tuple[str, str]) -> tuple[str, str]:
    name, text = record
    return name.partition(" <")[0], text.removesuffix("  [required]")


def _write_table(formatter: Any, heading: str, rows: Iterable[tuple[str, str]]) -> None:  # noqa: ANN401 (as above)
    found = list(rows)
    if found:
        with formatter.section(heading):
            formatter.write_dl(found)


def _write_examples(formatter: Any, rows: Rows) -> None:  # noqa: ANN401 (as above)
    # Not wrapped: a line of an example is there to be copied.
    if rows:
        with formatter.section("Examples"):
            formatter.write("".join(f"  {command}\n      {what}\n" for command, what in rows))

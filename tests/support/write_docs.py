"""Write the generated pages and the outputs in the tutorial: `make docs`. `--check` says which are out of date."""

from __future__ import annotations

import inspect
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.compat.record import DOCUMENTS
from tests.functional.test_errors import SAID
from tests.support.documents import load_schema
from tests.support.project import wansync
from tests.support.tutorial import TUTORIAL, tutorial_page
from tests.support.write_schemas import SCHEMAS
from wansync.cli.commands import COMMANDS
from wansync.errors import EXIT_MEANING, EXIT_STATUS, ErrorCode, ExitStatus, WansyncError

if TYPE_CHECKING:
    from collections.abc import Iterable

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
WRITTEN = "<!-- Written by `make docs`. Do not edit. -->\n"
_CLI_HEAD = """\
What the program says of itself with `--help`. `wan` is the older name of `wansync`, and `wan models status` of
`wansync status`. Exit statuses and errors are in [errors.md](errors.md), documents of `--json` in [json.md](json.md).
"""
_BELOW = {"wan": ("check", "vram")}
"""Commands below others that have a page of their own."""
BELOW = "<!-- Below this line: written by `make docs`. Do not edit. -->\n"


def errors_page() -> str:
    """Return `docs/reference/errors.md`: the statuses, and every code with an error that a test really met."""
    classes = {kind.code: kind for kind in _subclasses(WansyncError) if "code" in vars(kind)}
    parts = [
        "# Errors and exit statuses\n",
        WRITTEN,
        (
            "An error is one sentence, and one hint that helps. Both go to stderr; with `--json` stdout has them as a\n"
            "[document](json.md#error) with the code below, which never changes. The wording may.\n"
        ),
        "## Exit statuses\n",
        "An unknown status is a failure.\n",
        _table(("Status", "Meaning", "Codes"), map(_status_row, EXIT_MEANING)),
        "## Codes\n",
    ]
    for code in sorted(ErrorCode):
        reason, hint, status = SAID[str(code)]
        meaning = inspect.cleandoc(classes[code].__doc__ or "").split("\n\n")[0].replace("\n", " ")
        example = f"```\nerror: {_neutral(reason)}\nhint: {_neutral(hint)}\n```\n"
        parts += [f"### {code}\n", f"Exit status {status}. {meaning}\n", example]
    return "\n".join(parts)


def _status_row(status: ExitStatus) -> tuple[str, ...]:
    codes = (code for code, its in sorted(EXIT_STATUS.items()) if its is status)
    return str(int(status)), EXIT_MEANING[status], ", ".join(f"[{code}](#{code.lower()})" for code in codes)


def _subclasses(kind: type[WansyncError]) -> Iterable[type[WansyncError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _subclasses(child)


def _neutral(text: str) -> str:
    places = {"[PROJECT]": "/home/ada/app", "[STORE]": "/srv/models", "[COMMAND]": "wansync sync", "[PID]": "4711"}
    for name, value in {
        **places,
        "[HOST]": "host",
        "[SIZE]": "50.0 GiB",
        "http://hub": "https://huggingface.co",
    }.items():
        text = text.replace(name, value)
    return text


def cli_page() -> str:
    """Return `docs/reference/cli.md`: the help of every command, as the program prints it."""
    parts = [
        "# Command line\n",
        WRITTEN,
        _CLI_HEAD,
        _help(),
    ]
    for name in COMMANDS:
        parts.append(f"## wansync {name}\n\n{_help(name)}")
        parts += [f"### wansync {name} {below}\n\n{_help(name, below)}" for below in _BELOW.get(name, ())]
    return "\n".join(parts)


def _help(*words: str) -> str:
    return f"```\n$ wansync {' '.join([*words, '--help'])}\n{wansync(*words, '--help').stdout.rstrip()}\n```\n"


def json_page() -> str:
    """Return `docs/reference/json.md`: the rules, written by hand, and a real document of each kind."""
    rules, found, _ = (REFERENCE / "json.md").read_text(encoding="utf-8").partition(BELOW)
    names = sorted(path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.schema.json"))
    rows = ((f"[{name}](#{name})", load_schema(name)["description"].split(". ")[0].rstrip(".")) for name in names)
    return rules + "\n".join([found, _table(("Document", "What it is"), rows), *map(_document, names)])


def _document(name: str) -> str:
    # The one of the newest version.
    path = max(DOCUMENTS.glob(f"{name}-[0-9]*.json"), key=lambda path: int(path.stem.rpartition(".")[2]))
    values = _cut(json.loads(path.read_text(encoding="utf-8"))["document"])
    link = f"[{name}.schema.json](../../schemas/{name}.schema.json)"
    head = f"## {name}\n\n{load_schema(name)['description']}\nSchema: {link}."
    return f"{head}\n\n```json\n{json.dumps(values, indent=2)}\n```\n"


def _cut(value: Any) -> Any:  # noqa: ANN401 (any JSON value)
    if isinstance(value, dict):
        return {key: _cut(item) for key, item in value.items()}
    return [_cut(item) for item in value[:1]] if isinstance(value, list) else value


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in lines) + "\n"


def pages() -> dict[Path, str]:
    """Return every generated page."""
    # The width of the help: not that of whoever writes the page.
    os.environ["COLUMNS"] = "100"
    return {
        REFERENCE / "errors.md": errors_page(),
        REFERENCE / "cli.md": cli_page(),
        REFERENCE / "json.md": json_page(),
        TUTORIAL: tutorial_page(),
    }


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` name those that are not as they would be written (status 1)."""
    old = [path for path, text in pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in old:
        if "--check" in arguments:
            print(f"{path.name} is out of date: run `make docs`")  # noqa: T201 (its result)
        else:
            path.write_text(pages()[path], encoding="utf-8")
    return int(bool(old) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

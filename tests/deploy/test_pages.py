"""The pages of the documentation: what they tell their readers to run is there, and so is what they link to."""

from __future__ import annotations

import re

import pytest

from tests.conftest import REPOSITORY
from tests.deploy.commands import parse, wansync_commands
from wansync.errors import ErrorCode

DOCS = REPOSITORY / "docs"
# About its insides; it names options alone.
FOR_DEVELOPERS = DOCS / "architecture.md"
# A sentence about a command may have its name alone.
NAMES = {"wansync adopt", "wansync add"}
PAGES = sorted(
    path.relative_to(DOCS).as_posix()
    for path in (*DOCS.glob("*.md"), *DOCS.glob("how-to/*.md"))
    if path != FOR_DEVELOPERS
)
LINKED = sorted(
    path.relative_to(REPOSITORY).as_posix()
    for path in (*REPOSITORY.glob("*.md"), *DOCS.rglob("*.md"), *(REPOSITORY / "examples").rglob("*.md"))
)
TROUBLESHOOTING = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]+)?\)")


def entries() -> dict[str, str]:
    """Return the text below the heading of each code."""
    parts = re.split(r"^### ", TROUBLESHOOTING, flags=re.MULTILINE)[1:]
    return {
        name: re.split(r"^## ", text, flags=re.MULTILINE)[0] for name, _, text in (p.partition("\n") for p in parts)
    }


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {"#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_code_has_an_entry_and_no_other() -> None:
    assert sorted(entries()) == sorted(ErrorCode)


@pytest.mark.parametrize("code", ErrorCode)
def test_entry_says_what_to_look_at_and_what_to_run(code: ErrorCode) -> None:
    entry = entries()[code]

    assert len(entry.partition("```")[0].split()) >= 8
    assert wansync_commands(entry) != []


@pytest.mark.parametrize("page", PAGES)
def test_program_takes_the_commands_of_the_page(page: str) -> None:
    refused = {}
    for told in wansync_commands((DOCS / page).read_text(encoding="utf-8")):
        if told.line in NAMES:
            continue
        try:
            parse(told.words[1:])
        except (Exception, SystemExit) as error:  # noqa: BLE001 (whatever it is, the page is wrong)
            refused[told.line] = repr(error)

    assert refused == {}


@pytest.mark.parametrize("page", LINKED)
def test_links_of_the_page_lead_somewhere(page: str) -> None:
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    broken = []
    for path, anchor in LINK.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        target = (REPOSITORY / page).parent / path if path else REPOSITORY / page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            broken.append(path + anchor)

    assert broken == []


@pytest.mark.parametrize(
    "line", ["wansync snyc", "wansync sync --frosen", "wansync --no-config sync", "wansync roots a b c"]
)
def test_command_that_the_program_does_not_take_is_noticed(line: str) -> None:
    (told,) = wansync_commands(f"```\n{line}  # of a page\n```\n")

    with pytest.raises((Exception, SystemExit)):
        parse(told.words[1:])

"""Edits of TOML text, spelling by spelling."""

from __future__ import annotations

import pytest

from wansync.documents.toml_edit import TomlText

ORDER = ("top", "lists", "parts", "wholes")


def added(text: str, section: str = "parts", key: str = "new", value: object = None) -> str:
    toml = TomlText(text, ORDER)
    toml.add(section, key, {"kind": "x"} if value is None else value)
    return str(toml)


def removed(text: str, *path: str) -> str:
    toml = TomlText(text, ORDER)
    toml.remove(path)
    return str(toml)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # The comment above the next header leads that one, not the new entry.
        (
            "[parts.a]\nk = 1\n\n# wholes\n[wholes.w]\nk = 1\n",
            '[parts.a]\nk = 1\n\n[parts.new]\nkind = "x"\n\n# wholes\n[wholes.w]\nk = 1\n',
        ),
        # A comment directly below the last key belongs to that entry.
        (
            "[parts.a]\nk = 1\n# j = 2\n\n# --- wholes\n\n[wholes.w]\n",
            '[parts.a]\nk = 1\n# j = 2\n\n[parts.new]\nkind = "x"\n\n# --- wholes\n\n[wholes.w]\n',
        ),
        # Tight as its neighbours.
        ("a = 1\n[parts.a]\nk = 1\n[wholes.w]\n", 'a = 1\n[parts.a]\nk = 1\n[parts.new]\nkind = "x"\n[wholes.w]\n'),
        # A new section has its place.
        ("[top]\n\n[wholes.w]\n", '[top]\n\n[parts.new]\nkind = "x"\n\n[wholes.w]\n'),
        ("[wholes.w]\nk = 1\n", '[wholes.w]\nk = 1\n\n[parts.new]\nkind = "x"\n'),
        ("", '\n[parts.new]\nkind = "x"\n'),
        # Out of order: after the last one.
        (
            "[parts.a]\n\n[wholes.w]\n\n[parts.b]\n\n[wholes.v]\n",
            '[parts.a]\n\n[wholes.w]\n\n[parts.b]\n\n[parts.new]\nkind = "x"\n\n[wholes.v]\n',
        ),
        # Inline where its neighbour is.
        ("[parts]\n  a = {}  # c\n[wholes]\n", '[parts]\n  a = {}  # c\n  new = { kind = "x" }\n[wholes]\n'),
        ("parts.a = {}\nb = 1\n", 'parts.a = {}\nparts.new = { kind = "x" }\nb = 1\n'),
        ("parts = { a = {} } # c\n", 'parts = { a = {}, new = { kind = "x" }} # c\n'),
        # Dotted keys cannot be followed by a header among them.
        ("parts.a.k = 1\nb = 1\n[top]\n", 'parts.a.k = 1\nb = 1\n[parts.new]\nkind = "x"\n[top]\n'),
        # No line end at the end.
        ("[parts.a]\nk = 1", '[parts.a]\nk = 1\n\n[parts.new]\nkind = "x"\n'),
        ("[parts]\na = {}", '[parts]\na = {}\nnew = { kind = "x" }\n'),
    ],
)
def test_add_table_is_spelled_as_its_neighbours(before: str, after: str) -> None:
    assert after == added(before)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[lists]\na = []\n\n[parts.a]\n", '[lists]\na = []\nnew = ["x"]\n\n[parts.a]\n'),
        ("[lists]\n\n[parts.a]\n", '[lists]\nnew = ["x"]\n\n[parts.a]\n'),
        ("lists.a = []\n[parts.a]\n", 'lists.a = []\nlists.new = ["x"]\n[parts.a]\n'),
        ("lists = { a = [] }\n", 'lists = { a = [], new = ["x"]}\n'),
        ("[top]\nk = 1\n\n# parts\n[parts.a]\n", '[top]\nk = 1\n\n[lists]\nnew = ["x"]\n\n# parts\n[parts.a]\n'),
    ],
)
def test_add_list_is_spelled_as_its_neighbours(before: str, after: str) -> None:
    assert after == added(before, "lists", value=["x"])


def test_add_nested_table_writes_a_header_for_each_and_quotes_what_needs_it() -> None:
    value = {"k": 1, "empty": {}, "middle": {"in.ner": {"slots": {".": "a", "vae": ["b", "c"]}}}}

    assert (
        '[top]\n\n[wholes."a.b"]\nk = 1\n\n[wholes."a.b".empty]\n\n'
        '[wholes."a.b".middle."in.ner".slots]\n"." = "a"\nvae = ["b", "c"]\n'
    ) == added("[top]\n", "wholes", "a.b", value)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[parts.a]\nk = 1\n\n[parts.x]\nk = 2\n\n[parts.c]\n", "[parts.a]\nk = 1\n\n[parts.c]\n"),
        ("[parts.a]\n\n[parts.x]\nk = 2\n", "[parts.a]\n"),
        ("[parts.a]\n[parts.x]\nk = 2\n[parts.c]\n", "[parts.a]\n[parts.c]\n"),
        # With all of its tables, wherever they stand, and the comments in them.
        ("a = 1\n\n[parts.x]\n# in\nk = 1\n\n[top]\n\n# deep\n[parts.x.y.z]\n", "a = 1\n\n[top]\n"),
        # A comment directly above it goes; a heading stays.
        (
            "[parts.a]\n\n# --- heading\n\n# about x\n# more\n[parts.x]\n# in\n# below\n\n# about b\n[parts.b]\n",
            "[parts.a]\n\n# --- heading\n\n# about b\n[parts.b]\n",
        ),
        ("[parts.x]\nk = 1\n# about b\n[parts.b]\n", "# about b\n[parts.b]\n"),
        # Lines in somebody else's table.
        ("[parts]\n# all\n\n# x\nx = {}\n# a\na = {}\n", "[parts]\n# all\n\n# a\na = {}\n"),
        ("[parts]\nx = {\n}\n# left\n\na = 1\n", "[parts]\n# left\n\na = 1\n"),
        ("parts.x.k = 1\nparts.a.k = 1\nparts.x.j = 2\n", "parts.a.k = 1\n"),
        ("parts = { x = {}, a = {} } # c\n", "parts = {  a = {} } # c\n"),
        ("parts.x = {}\n[top]\n", "[top]\n"),
        # A table that is left empty goes.
        ("[top]\n\n# parts\n[parts]\nx = {}\n\n[wholes.w]\n", "[top]\n\n[wholes.w]\n"),
        ("parts = { x = {} }\n[top]\n", "[top]\n"),
        ("[parts]\nx.k = 1\n\n[parts.a]\n", "[parts]\n\n[parts.a]\n"),
    ],
)
def test_remove_takes_the_entry_and_leaves_the_rest(before: str, after: str) -> None:
    assert after == removed(before, "parts", "x")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[lists]\na = ["x"] # c\n', '[lists]\na = ["x", "new"] # c\n'),
        ('[lists]\na = [\n  "x",\n  "y",  # why\n]\n', '[lists]\na = [\n  "x",\n  "y",  # why\n  "new",\n]\n'),
        ('lists = { a = ["x"] }\n', 'lists = { a = ["x", "new"] }\n'),
        ('lists.a = ["x"]\n', 'lists.a = ["x", "new"]\n'),
    ],
)
def test_append_keeps_the_shape_of_the_list(before: str, after: str) -> None:
    toml = TomlText(before)

    toml.append(("lists", "a"), "new")

    assert after == str(toml)


def test_discard_takes_items_and_keeps_the_comments_of_others() -> None:
    toml = TomlText('lists.a = [\n  # one\n  "x",\n  "y", # why\n  "z",\n]\n')

    toml.discard(("lists", "a"), ["x", "z"])

    assert str(toml) == 'lists.a = [\n  # one\n  "y", # why\n]\n'


def test_change_of_what_is_not_there_is_a_lookup_error() -> None:
    with pytest.raises(LookupError):
        TomlText("a = 1\n").remove(("b", "c"))

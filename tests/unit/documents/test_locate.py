"""Which line says what is at a key path."""

from __future__ import annotations

import pytest

from tests.unit.samples import MANIFEST
from wansync.documents.locate import find_line


@pytest.mark.parametrize(
    ("key_path", "line"),
    [
        (("schema_version",), 1),
        (("project",), 3),
        (("project", "name"), 4),
        (("profiles", "all", 0), 8),
        (("components", "umt5"), 10),
        (("components", "umt5", "source"), 12),
        (("components", "transformer", "source"), 17),
        (("models", "alpha", "variants", "small", "slots", "text_encoder"), 32),
        # What does not stand in the text is looked for where it should stand.
        (("components", "umt5", "revision"), 10),
        (("models", "alpha", "variants", "big"), 20),
    ],
)
def test_find_line_of_the_deepest_part_that_is_there(key_path: tuple[str | int, ...], line: int) -> None:
    assert line == find_line(MANIFEST, key_path)


@pytest.mark.parametrize("key_path", [(), ("nothing",), (0,)])
def test_find_line_of_nothing_is_none(key_path: tuple[str | int, ...]) -> None:
    assert find_line(MANIFEST, key_path) is None


@pytest.mark.parametrize(
    ("text", "key_path", "line"),
    [
        ('x = 1\na . "b c" . d = 2\n', ("a", "b c", "d"), 2),
        ("[a]\nb = 1\n[ a . 'c' ] # why\nb = 2\n", ("a", "c", "b"), 4),
        ("[[a]]\nb = 1\n", ("a", "b"), 2),
        ("a = { b = { c = 1 } }\n", ("a", "b", "c"), 1),
        ('"." = 1\n"x/" = 2\n', ("x/",), 2),
        ("  a = 1\n\t[b]\n\tc=2\n", ("b", "c"), 3),
        ('# a = 1\nb = "a = 1"\na = 1\n', ("a",), 3),
    ],
)
def test_find_line_reads_every_spelling_of_a_key(text: str, key_path: tuple[str | int, ...], line: int) -> None:
    assert line == find_line(text, key_path)


@pytest.mark.parametrize("separator", ["\x85", "\u2028", "\u2029"])
def test_find_line_counts_line_feeds_only(separator: str) -> None:
    """An editor and the TOML parser count so; `str.splitlines` counts more."""
    assert find_line(f'a = "{separator}"\nb = 2\n', ("b",)) == 2

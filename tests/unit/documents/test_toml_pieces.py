"""TOML text in pieces: every line is where it was, and every statement knows its path."""

from __future__ import annotations

import pytest

from tests.unit.samples import MANIFEST
from wansync.documents.toml_pieces import PieceKind, split_toml


@pytest.mark.parametrize(
    "text",
    [
        MANIFEST,
        "",
        "\n",
        "a = 1",
        "# only this",
        "a = 1\r\n\r\n[b] # c\r\n",
        'a = """\n[no header]\n"""\n[b]\n',
        "a = [\n  # in it\n  [1],\n]\nb = 2\n",
    ],
)
def test_pieces_joined_are_the_text(text: str) -> None:
    assert text == "".join(piece.text for piece in split_toml(text))


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("a = 1\n[b]\nc = 2\n", [("a",), ("b",), ("b", "c")]),
        ("[a.b]\nc.d = 2\n", [("a", "b"), ("a", "b", "c", "d")]),
        ("[ a . 'b.c' ] # ]\n\"]=\" = 2\n", [("a", "b.c"), ("a", "b.c", "]=")]),
        ("[[a]]\nb = 1\n", [("a",), ("a", "b")]),
        ('a = """\n[b]\nc = 1\n"""\nd = "["\n', [("a",), ("d",)]),
        ("a = '''\n[b]'''\nc = [ # [\n  {d = 1},\n]\ne = {}\n", [("a",), ("c",), ("e",)]),
        ('a = "\\"[" # [\n[b]\n', [("a",), ("b",)]),
    ],
)
def test_statement_has_the_path_of_its_keys_from_the_root(text: str, paths: list[tuple[str, ...]]) -> None:
    assert paths == [piece.path for piece in split_toml(text) if piece.speaks]


def test_piece_knows_what_it_is_where_it_begins_and_under_which_table() -> None:
    pieces = split_toml("# x\n\n[a]\n  b = [\n  1]\n\tc.d=2\n")

    assert [
        (PieceKind.COMMENT, 1, ()),
        (PieceKind.BLANK, 2, ()),
        (PieceKind.HEADER, 3, ()),
        (PieceKind.KEY, 4, ("a",)),
        (PieceKind.KEY, 6, ("a",)),
    ] == [(piece.kind, piece.line, piece.table) for piece in pieces]

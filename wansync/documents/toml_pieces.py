"""TOML text as its author sees it: headers, keys, comments and blank lines, each exactly as it was written. No IO.

The text is known to be TOML; nothing here checks it.
"""

from __future__ import annotations

import tomllib
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from wansync.documents.toml_text import TOKEN
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterator

KeyPath = tuple[str, ...]


class PieceKind(Enum):
    """What a piece is; a blank line and a comment say nothing to a parser."""

    BLANK = auto()
    COMMENT = auto()
    HEADER = auto()
    KEY = auto()


@value_type
class Piece:
    """One line, or all lines of one value.

    Args:
        text: with its line end.
        kind: what it is.
        path: the keys from the root that a header or key names.
        table: the path of the header above a key.
        line: where it begins, from 1.
    """

    text: str
    kind: PieceKind
    line: int
    path: KeyPath = ()
    table: KeyPath = ()

    @property
    def speaks(self) -> bool:
        """Whether a parser takes notice of it."""
        return self.kind in {PieceKind.HEADER, PieceKind.KEY}

    def is_of(self, path: KeyPath) -> bool:
        """Return whether it is a part of what stands at `path`."""
        return self.speaks and self.path[: len(path)] == path


def split_toml(text: str) -> list[Piece]:
    """Return the pieces of a TOML text; joined, they are the text again."""
    pieces: list[Piece] = []
    table: KeyPath = ()
    line = 1
    for part in _whole_lines(text):
        begun = part.strip()
        if not begun or begun.startswith("#"):
            kind = PieceKind.COMMENT if begun else PieceKind.BLANK
            pieces.append(Piece(text=part, kind=kind, line=line))
        elif begun.startswith("["):
            table = _split_key(_up_to(begun.lstrip("["), "]"))
            pieces.append(Piece(text=part, kind=PieceKind.HEADER, line=line, path=table))
        else:
            path = table + _split_key(_up_to(begun, "="))
            pieces.append(Piece(text=part, kind=PieceKind.KEY, line=line, path=path, table=table))
        line += part.count("\n")
    return pieces


def _whole_lines(text: str) -> Iterator[str]:
    """Yield the lines of a text; those of one value stay together."""
    start = depth = 0
    for match in TOKEN.finditer(text):
        mark = match[0]
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
        elif mark == "\n" and depth == 0:
            yield text[start : match.end()]
            start = match.end()
    if start < len(text):
        yield text[start:]


def _up_to(text: str, mark: str) -> str:
    """Return what stands before the first mark that is in no string."""
    return next((text[: found.start()] for found in TOKEN.finditer(text) if found[0] == mark), text)


def _split_key(dotted: str) -> KeyPath:
    """Return the parts of a dotted key, with TOML's own rules for quotes."""
    if not any(mark in dotted for mark in "\"'."):
        return (dotted.strip(),)
    value: Any = tomllib.loads(f"{dotted} = 0")
    parts = []
    while isinstance(value, dict):
        key, value = next(iter(value.items()))
        parts.append(key)
    return tuple(parts)

"""Which line of a TOML text says what is at a key path; the parser does not tell. No IO."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from wansync.documents.toml_text import MAX_DOTTED_PARTS

_HEADER = re.compile(r"^\s*\[(\[?)(?P<name>[^\[\]#]+?)\]")
_KEY = re.compile(
    r"""^\s*(?P<key>(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)


def find_line(text: str, key_path: tuple[str | int, ...]) -> int | None:
    """Return the line, from 1, of the deepest part of the key path that stands in the text, or `None`.

    Positions in lists end the search: their line is that of the list's key.
    """
    wanted = [key for key in key_path if isinstance(key, str)]
    best_line, best_depth = None, 0
    table: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if header := _HEADER.match(line):
            found = table = _split(header["name"])
        elif key := _KEY.match(line):
            found = table + _split(key["key"])
        else:
            continue
        depth = len(found)
        if found == wanted[:depth] and depth > best_depth:
            best_line, best_depth = number, depth
    return best_line


def _split(dotted: str) -> list[str]:
    """Return the parts of a dotted key, with TOML's own rules for quotes."""
    if not any(mark in dotted for mark in "\"'."):
        return [dotted.strip()]
    if dotted.count(".") >= MAX_DOTTED_PARTS:
        return []  # inside of a string: the parser has seen no such key
    try:
        value: Any = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return []
    parts = []
    while isinstance(value, dict):
        key, value = next(iter(value.items()))
        parts.append(key)
    return parts

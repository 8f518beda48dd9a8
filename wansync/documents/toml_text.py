"""TOML text with limits that its parser lacks, and the canonical spelling of TOML values. No IO.

Measured with `tomllib`: 900 nested arrays end in RecursionError, one dotted key of 20,000 parts takes seconds.
So size, depth and dotted parts are checked before the parser sees the text.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from wansync.documents.errors import DocumentError
from wansync.text import format_bytes

MAX_DEPTH = 32
MAX_DOTTED_PARTS = 16
_LINE = re.compile(r"\(at line (\d+)")
# Strings and comments are skipped whole, so brackets and dots inside of them do not count. Every alternative matches
# what it begins, closed or not, and gives nothing back: hostile text is read once.
TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"{3,5}|\Z)'
    r"|'''.*?(?:'{3,5}|\Z)"
    r'|"(?:\\.|[^"\\\n])*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*+|[\[{\]}.=,\n]",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SPECIAL = re.compile(r'[\x00-\x1f\x7f"\\]')
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def parse_toml(data: bytes, *, limit: int) -> dict[str, Any]:
    """Return the table in `data`, which may be at most `limit` bytes; CRLF line ends are accepted.

    Raises:
        DocumentError: the text breaks a limit or is no TOML; `line` is set where it is known.
    """
    if len(data) > limit:
        raise DocumentError(f"the document is larger than {format_bytes(limit)}")
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
        _check_nesting(text)
        return tomllib.loads(text, parse_float=_finite_float)
    except UnicodeDecodeError as error:
        raise DocumentError("it is not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))
        raise DocumentError(f"it is no TOML: {error}", line=int(found[1]) if found else None) from error
    except (RecursionError, MemoryError) as error:
        raise DocumentError("it is too deeply nested or too large") from error
    except ValueError as error:
        # int() refuses more than 4,300 digits; DocumentError is a ValueError too and keeps its own message.
        raise error if isinstance(error, DocumentError) else DocumentError(str(error)) from error


def _finite_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise DocumentError(f"`{text}` is no number that can be compared")
    return value


def _check_nesting(text: str) -> None:
    depth = dots = 0
    for match in TOKEN.finditer(text):
        mark = match[0]
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth, dots = depth - 1, 0
        elif mark == ".":
            dots += 1
        elif mark in "=,\n":
            dots = 0
        if depth > MAX_DEPTH:
            raise DocumentError(f"it is nested more than {MAX_DEPTH} levels deep")
        if dots >= MAX_DOTTED_PARTS:
            raise DocumentError(f"a key has more than {MAX_DOTTED_PARTS} dotted parts")


def format_toml_key(key: str) -> str:
    """Return `key` bare where TOML allows it, else quoted."""
    return key if _BARE_KEY.fullmatch(key) else _format_string(key)


def format_toml_value(value: object) -> str:
    """Return the one canonical spelling of a TOML value on one line; tables are inline with sorted keys.

    Raises:
        TypeError: the value has no TOML form that a lock uses.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _format_string(value)
        case int() | float():
            return repr(value)
        case list() | tuple():
            return "[" + ", ".join(format_toml_value(item) for item in value) + "]"
        case Mapping():
            return _format_inline(value)
        case _:
            raise TypeError(f"{type(value).__name__} has no TOML form here")


def _format_inline(table: Mapping[Any, object]) -> str:
    items = [f"{format_toml_key(key)} = {format_toml_value(table[key])}" for key in sorted(table)]
    return "{ " + ", ".join(items) + " }" if items else "{}"


def _format_string(text: str) -> str:
    if not _SPECIAL.search(text):
        return f'"{text}"'
    return '"' + "".join(_ESCAPES.get(c) or (c if _plain(c) else f"\\u{ord(c):04x}") for c in text) + '"'


def _plain(character: str) -> bool:
    return ord(character) >= 0x20 and ord(character) != 0x7F  # noqa: PLR2004 (TOML 1.0: the controls it forbids)

"""JSON text from anywhere: size, depth, duplicate keys, NaN and huge numbers are refused. No IO."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NoReturn

from wansync.documents.errors import DocumentError
from wansync.text import format_bytes, printable

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DEPTH = 32
# Strings are skipped whole, so brackets inside of them do not count.
_TO_BRACKET = re.compile(r'(?:[^"\[{\]}]++|"(?:\\.|[^"\\])*+"?)*+([\[{\]}])', re.DOTALL)


def parse_json(data: bytes, *, limit: int) -> dict[str, Any]:
    """Return the object in `data`, which may be at most `limit` bytes.

    Raises:
        DocumentError: the text breaks a limit, is no JSON, or its root is no object.
    """
    value = parse_json_value(data, limit=limit)
    if not isinstance(value, dict):
        raise DocumentError("its root is no object")
    return value


def parse_json_value(data: bytes, *, limit: int) -> Any:  # noqa: ANN401 (whatever JSON can say)
    """Return the value in `data`, which may be at most `limit` bytes.

    Raises:
        DocumentError: the text breaks a limit or is no JSON.
    """
    if len(data) > limit:
        raise DocumentError(f"the document is larger than {format_bytes(limit)}")
    try:
        text = data.decode("utf-8")
        _check_depth(text)
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise DocumentError(f"it is no JSON: {error.msg}", line=error.lineno) from error
    except UnicodeDecodeError as error:
        raise DocumentError("it is not UTF-8 text") from error
    except (RecursionError, MemoryError) as error:
        raise DocumentError("it is too deeply nested or too large") from error
    except ValueError as error:
        # int() refuses more than 4,300 digits; DocumentError is a ValueError too and keeps its own message.
        raise error if isinstance(error, DocumentError) else DocumentError(str(error)) from error


def format_json(value: Mapping[str, object]) -> bytes:
    """Return `value` as UTF-8 JSON with sorted keys, two spaces of indent and a final newline."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise DocumentError(f"the key `{printable(key)}` is there twice")
        result[key] = value
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise DocumentError(f"`{name}` is no JSON number")


def _check_depth(text: str) -> None:
    depth, found = 0, _TO_BRACKET.match(text)
    # Not a search: where no bracket follows, that would look for one from every further character.
    while found:
        depth += 1 if found[1] in "[{" else -1
        found = _TO_BRACKET.match(text, found.end())
        if depth > MAX_DEPTH:
            raise DocumentError(f"it is nested more than {MAX_DEPTH} levels deep")

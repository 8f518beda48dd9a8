"""Documents that somebody made to hurt: good ones with something wrong in them, drawn by a seed. No IO."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import tomlkit

from wansync.documents import DocumentError, parse_json_value, parse_toml

if TYPE_CHECKING:
    import random

WORDS: tuple[str, ...] = (
    *("", ".", "..", "../x", "a/../../x", "/etc/passwd", "\\\\host\\share", "C:\\x", "C:x", "a\x00b", "~", "~root/x"),
    *("CON", "nul.txt", "aux", "a.", "a ", " ", "a" * 300, "x/" * 200, "\u202egpj.exe", "e\u0301", "\u00e9", "ﬁ"),
    *("\x1b]0;x\x07", "\x1b[2J", "\r\n", "\ud800", "\ufeff", "\uffff", "🎬" * 70, "K", "\u017f", "İ"),
    *("hf:a/b", "hf:../b", "file:..", "file:/", "https://u:p@h/x", "s3:", "sha256:" + "0" * 64, "0" * 64, "f" * 63),
    *("nan", "inf", "-1", "1e999", "9" * 400, "{}", "[]", "__proto__", "${HOME}", "$(id)", "`id`", "%s%n", "\\u0000"),
)
NUMBERS: tuple[Any, ...] = (0, -1, 1, 2**31, 2**53 + 1, 2**63, 2**64, 10**30, -(10**30), 0.5, 1e308, True, False)
SCRAPS: tuple[bytes, ...] = (
    *(
        b"",
        b"\x00",
        b"\xff",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\r",
        b"\n",
        b"\x1b[31m",
        b"'",
        b'"',
        b'"""',
    ),
    *(b"[", b"]", b"{", b"}", b"[[", b"[a.b]\n", b"=", b",", b"#", b"\\", b"-", b"1e999", b"nan", b"Infinity", b"null"),
    *(
        b"<<<<<<< a\n",
        b"=======\n",
        b">>>>>>> b\n",
        b"[" * 2000,
        b'{"a":' * 500,
        b"9" * 5000,
        b"a." * 3000,
        b"\n" * 1000,
    ),
)
_DEEP = 600
_MOST = 30_000
"""Bytes that are made worse; doubling makes twenty times as many of them."""


def spoil(data: bytes, chance: random.Random) -> bytes:
    """Return the bytes of a document with one to four things wrong in it."""
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        data = data[:_MOST]
        data = chance.choice((_scrap, _cut, _flip, _double, _values, _values, _values))(data, chance)
    return data


def _scrap(data: bytes, chance: random.Random) -> bytes:
    place, scrap = chance.randint(0, len(data)), chance.choice(SCRAPS)
    return data[:place] + scrap + data[place + chance.choice((0, 0, len(scrap), 7)) :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    first, last = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
    return data[:first] + data[last:] if chance.random() < 0.5 else data[:first]


def _flip(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _double(data: bytes, chance: random.Random) -> bytes:
    first, last = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
    return data[:last] + data[first:last] * chance.choice((1, 2, 20)) + data[last:]


def _values(data: bytes, chance: random.Random) -> bytes:
    """Return the document with one of its values replaced, removed, doubled or buried, if it is one at all."""
    for read, write in ((_read_toml, tomlkit.dumps), (_read_json, json.dumps)):
        values = read(data)
        if values is not None:
            try:
                return write(_altered(values, chance)).encode("utf-8", "surrogatepass")
            except (ValueError, TypeError, RecursionError):
                return data  # what this form cannot say
    return data


def _read_toml(data: bytes) -> Any:  # noqa: ANN401 (whatever TOML can say)
    # With the program's own limits: a key of thousands of parts takes the parser of the library seconds.
    try:
        return parse_toml(data, limit=_MOST)
    except DocumentError:
        return None


def _read_json(data: bytes) -> Any:  # noqa: ANN401 (whatever JSON can say)
    try:
        return parse_json_value(data, limit=_MOST)
    except DocumentError:
        return None


def _altered(values: Any, chance: random.Random) -> Any:  # noqa: ANN401
    result = copy.deepcopy(values)
    place = result
    while isinstance(place, dict | list) and place:
        key = chance.choice(list(place) if isinstance(place, dict) else range(len(place)))
        if isinstance(place[key], dict | list) and place[key] and chance.random() < 0.75:
            place = place[key]
            continue
        _alter(place, key, chance)
        break
    return result


def _alter(place: Any, key: Any, chance: random.Random) -> None:  # noqa: ANN401
    what = chance.randrange(6)
    if what == 0:
        del place[key]
    elif what == 1 and isinstance(place, dict):
        place[chance.choice(WORDS)] = place.pop(key)
    elif what == 1:
        place += [copy.deepcopy(place[key])] * chance.choice((1, 50))
    else:
        place[key] = _value(chance)


def _value(chance: random.Random) -> Any:  # noqa: ANN401
    what = chance.randrange(8)
    if what == 0:
        return chance.choice(NUMBERS)
    if what == 1:
        return [chance.choice(WORDS) for _ in range(chance.choice((0, 1, 40)))]
    if what == 2:
        return {chance.choice(WORDS): chance.choice(NUMBERS) for _ in range(3)}
    if what == 3 and chance.random() < 0.2:
        deep: Any = 0
        for _ in range(_DEEP):
            deep = [deep]
        return deep
    return chance.choice(WORDS)

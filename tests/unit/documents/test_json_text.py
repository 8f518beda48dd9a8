"""JSON text: limits, duplicates, and what is no JSON."""

from __future__ import annotations

import time

import pytest

from wansync.documents import DocumentError, format_json, parse_json


def refused(data: bytes | str, limit: int = 2**20) -> tuple[str, int | None]:
    with pytest.raises(DocumentError) as caught:
        parse_json(data if isinstance(data, bytes) else data.encode(), limit=limit)
    return caught.value.message, caught.value.line


def test_parse_object_gives_its_values() -> None:
    assert parse_json(b'{"a": [1, 2.5, "x", null, true]}', limit=100) == {"a": [1, 2.5, "x", None, True]}


@pytest.mark.parametrize("root", ["[]", "1", '"a"', "null"])
def test_parse_root_that_is_no_object_is_refused(root: str) -> None:
    assert refused(root) == ("its root is no object", None)


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("", "it is no JSON: Expecting value", 1),
        ('{\n"a" 1}', "it is no JSON: Expecting ':' delimiter", 2),
        ('{"a": 01}', "it is no JSON: Expecting ',' delimiter", 1),
        ('{"a": "\n"}', "it is no JSON: Invalid control character at", 1),
    ],
)
def test_parse_syntax_error_has_its_line(text: str, message: str, line: int) -> None:
    assert (message, line) == refused(text)


def test_parse_document_over_the_limit_is_refused_before_it_is_read() -> None:
    assert parse_json(b'{"a": 1}', limit=8) == {"a": 1}
    assert refused(b"\xff" * 9, limit=8) == ("the document is larger than 8 B", None)


def test_parse_text_that_is_not_utf8_is_refused() -> None:
    assert refused(b'{"a": "\xff"}') == ("it is not UTF-8 text", None)


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', '{"x": {"a": 1, "a": 1}}', '{"a": 1, "\\u0061": 2}'])
def test_parse_key_that_is_there_twice_is_refused(text: str) -> None:
    assert refused(text) == ("the key `a` is there twice", None)


def test_parse_hostile_duplicate_key_is_named_clean() -> None:
    assert refused('{"\\u001b[2J": 1, "\\u001b[2J": 2}') == ("the key `\\x1b[2J` is there twice", None)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_parse_number_that_json_lacks_is_refused(number: str) -> None:
    assert refused(f'{{"a": {number}}}') == (f"`{number}` is no JSON number", None)


def test_parse_integer_of_thousands_of_digits_is_refused() -> None:
    assert refused(f'{{"a": {"1" * 5000}}}')[0].startswith("Exceeds the limit (4300 digits)")


def test_parse_nesting_is_at_most_32() -> None:
    deep = ['{"a": ' + "[" * n + "]" * n + "}" for n in (31, 32)]

    assert "a" in parse_json(deep[0].encode(), limit=1000)
    assert refused(deep[1]) == ("it is nested more than 32 levels deep", None)
    assert refused("[" * 100_000) == ("it is nested more than 32 levels deep", None)


def test_parse_brackets_in_strings_are_no_nesting() -> None:
    text = "[{" * 40 + '\\"' + "[{" * 40

    assert {"a": text.replace('\\"', '"')} == parse_json(f'{{"a": "{text}"}}'.encode(), limit=1000)


@pytest.mark.timeout(20)
def test_parse_of_an_unclosed_string_takes_linear_time() -> None:
    started = time.process_time()

    refused('"' + '\\"' * 20_000)

    assert time.process_time() - started < 1


def test_format_is_sorted_indented_and_ends_in_a_newline() -> None:
    assert format_json({"b": [1], "a": "模"}) == '{\n  "a": "模",\n  "b": [\n    1\n  ]\n}\n'.encode()

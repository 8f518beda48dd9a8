"""TOML text: the limits that its parser lacks, and the canonical spelling of values."""

from __future__ import annotations

import datetime as dt
import math
import time
import tomllib

import pytest

from wansync.documents import DocumentError, format_toml_key, format_toml_value, parse_toml


def refused(text: str | bytes, limit: int = 2**20) -> tuple[str, int | None]:
    with pytest.raises(DocumentError) as caught:
        parse_toml(text if isinstance(text, bytes) else text.encode(), limit=limit)
    return caught.value.message, caught.value.line


def parsed(text: str) -> dict[str, object]:
    return parse_toml(text.encode(), limit=2**20)


def test_parse_windows_line_ends_are_read() -> None:
    assert parsed("a = 1\r\n[b]\r\nc = 2\r\n") == {"a": 1, "b": {"c": 2}}


def test_parse_document_of_the_limit_is_read_and_one_byte_more_is_not() -> None:
    text = "a = 1\n" + "#" * 1018

    assert parse_toml(text.encode(), limit=1024) == {"a": 1}
    assert refused(text + "#", limit=1024) == ("the document is larger than 1.0 KiB", None)


def test_parse_text_that_is_not_utf8_is_refused() -> None:
    assert refused(b'a = "\xff"') == ("it is not UTF-8 text", None)


def test_parse_syntax_error_has_its_line() -> None:
    message, line = refused("a = 1\nb = \nc = 2\n")

    assert message == "it is no TOML: Invalid value (at line 2, column 5)"
    assert line == 2


def test_parse_error_at_the_end_has_no_line() -> None:
    assert refused('a = "open') == ("it is no TOML: Unterminated string (at end of document)", None)


@pytest.mark.parametrize("text", ["a = 1\na = 2\n", "[a]\n[a]\n", 'a = {b = 1}\n[a]\nc = "x"\n'])
def test_parse_key_that_is_there_twice_is_refused(text: str) -> None:
    assert refused(text)[0].startswith("it is no TOML: Cannot ")


@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_parse_nesting_is_at_most_32(brackets: str) -> None:
    opening = brackets[0] if brackets == "[]" else "{a="
    deep = [f"a = {opening * n}{'1' if brackets == '{}' else ''}{brackets[1] * n}\n" for n in (32, 33)]

    assert "a" in parsed(deep[0])
    assert refused(deep[1]) == ("it is nested more than 32 levels deep", None)


@pytest.mark.parametrize(
    "text", ["a = 1\n# [[[[\n", "a = '[[[['", 'a = "[[\\"[["', 'a = """[[\n[["""', "a = '''[[\n[['''"]
)
def test_parse_brackets_in_strings_and_comments_are_no_nesting(text: str) -> None:
    many = text.replace("[", "[" * 20)

    assert list(parsed(many)) == ["a"]


@pytest.mark.parametrize("wrap", ["{} = 1", "[{}]", "[[{}]]", "a = {{ {} = 1 }}"])
def test_parse_key_has_at_most_16_parts(wrap: str) -> None:
    assert parsed(wrap.format(".".join("a" * 16)))
    assert refused(wrap.format(".".join("a" * 17))) == ("a key has more than 16 dotted parts", None)


def test_parse_dots_in_values_are_no_key_parts() -> None:
    assert parsed(f'a = {[0.5] * 40}\nb = "{"a" + ".a" * 40}"\n') == {"a": [0.5] * 40, "b": "a" + ".a" * 40}


@pytest.mark.parametrize("hide", ['x = """a"""" # \\\n{} = 1 # \\\n#"\n', "x = '''a'''' # '\n{} = 1\n"])
def test_parse_string_that_ends_in_a_quote_hides_no_key(hide: str) -> None:
    """TOML 1.0 lets a multi-line string end in up to five quotes: two of its own and the three that close it."""
    assert refused(hide.format(".".join("a" * 40))) == ("a key has more than 16 dotted parts", None)


def test_parse_integer_of_thousands_of_digits_is_refused() -> None:
    message, _ = refused(f"a = {'1' * 5000}")

    assert message.startswith("Exceeds the limit (4300 digits) for integer string conversion")


@pytest.mark.parametrize("text", ["nan", "+nan", "inf", "-inf", "1e999"])
def test_parse_number_that_equals_no_other_is_refused(text: str) -> None:
    assert refused(f"a = {text}") == (f"`{text}` is no number that can be compared", None)


@pytest.mark.timeout(20)
def test_parse_of_unclosed_strings_takes_linear_time() -> None:
    started = time.process_time()

    refused('\\"""\n' * 12_000)

    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, "true"),
        (0, "0"),
        (-3, "-3"),
        (2.5, "2.5"),
        (16.0, "16.0"),
        (1e22, "1e+22"),
        ("", '""'),
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("a\nb\tc\x00\x7f", '"a\\nb\\tc\\u0000\\u007f"'),
        ("模型 🎬", '"模型 🎬"'),
        ([], "[]"),
        ([1, "a", [True]], '[1, "a", [true]]'),
        (("a", "b"), '["a", "b"]'),
        ({}, "{}"),
        ({"b": 1, "a": {"c": []}}, "{ a = { c = [] }, b = 1 }"),
        ({"a b": 1, "": 2, "模": 3}, '{ "" = 2, "a b" = 1, "模" = 3 }'),
    ],
)
def test_format_value_is_canonical_and_reads_back(value: object, expected: str) -> None:
    assert expected == format_toml_value(value)
    read = tomllib.loads(f"x = {expected}")["x"]
    assert read == (list(value) if isinstance(value, tuple) else value)


@pytest.mark.parametrize("value", [None, dt.date(2026, 8, 1), b"x", {1}])
def test_format_value_without_a_form_raises(value: object) -> None:
    with pytest.raises(TypeError, match="has no TOML form here"):
        format_toml_value(value)


@pytest.mark.parametrize(
    ("key", "expected"), [("a-B_9", "a-B_9"), ("a.b", '"a.b"'), ("", '""'), ("a\n", '"a\\n"'), ("é", '"é"')]
)
def test_format_key_is_bare_where_toml_allows(key: str, expected: str) -> None:
    assert expected == format_toml_key(key)
    assert {key: 1} == tomllib.loads(f"{expected} = 1")


def test_format_value_keeps_the_precision_of_floats() -> None:
    assert tomllib.loads(f"x = {format_toml_value(math.pi)}")["x"] == math.pi

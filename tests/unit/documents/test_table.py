"""Typed getters: what they take, and how they refuse."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pytest

from wansync.digest import Digest
from wansync.documents import DocumentError, Table
from wansync.documents.errors import format_key_path
from wansync.paths import RelativePath

if TYPE_CHECKING:
    from collections.abc import Callable


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def refused(values: dict[str, Any], get: Callable[[Table], object]) -> tuple[str, str]:
    table = Table(values, ("file", 3))
    with pytest.raises(DocumentError) as caught:
        get(table)
    return format_key_path(caught.value.key_path), caught.value.message


@pytest.mark.parametrize(
    ("value", "get", "expected"),
    [
        ("x", lambda t: t.string("k"), "x"),
        (0, lambda t: t.integer("k"), 0),
        (True, lambda t: t.boolean("k"), True),
        (["a", "b"], lambda t: t.strings("k"), ("a", "b")),
        ([0, 2], lambda t: t.integers("k"), (0, 2)),
        ({"a": 1}, lambda t: t.mapping("k"), {"a": 1}),
        ({"a": "b"}, lambda t: t.table("k").string("a"), "b"),
        ([{"a": "b"}], lambda t: [one.string("a") for one in t.tables("k")], ["b"]),
        ("red", lambda t: t.choice("k", Colour), Colour.RED),
        ("a/b", lambda t: t.path("k"), RelativePath("a/b")),
        ("7c" * 32, lambda t: t.digest("k"), Digest("7c" * 32)),
    ],
)
def test_getter_of_the_right_type_returns_the_value(value: Any, get: Callable[[Table], Any], expected: Any) -> None:  # noqa: ANN401
    assert expected == get(Table({"k": value}))


@pytest.mark.parametrize(
    ("get", "expected"),
    [
        (lambda t: t.optional_string("k"), None),
        (lambda t: t.optional_path("k"), None),
        (lambda t: t.boolean("k", default=True), True),
        (lambda t: t.strings("k"), ()),
        (lambda t: t.mapping("k"), {}),
        (lambda t: list(t.tables("k")), []),
        (lambda t: t.optional_table("k").names(), ()),
    ],
)
def test_getter_of_an_absent_optional_key_returns_its_default(get: Callable[[Table], Any], expected: Any) -> None:  # noqa: ANN401
    assert expected == get(Table({}))


@pytest.mark.parametrize("name", ["string", "integer", "integers", "table", "digest", "path"])
def test_required_key_that_is_missing_is_refused(name: str) -> None:
    assert refused({}, lambda t: getattr(t, name)("k")) == ("file[3]", "`k` is missing")


@pytest.mark.parametrize(
    ("value", "get", "where", "message"),
    [
        (1, lambda t: t.string("k"), ".k", "expected a string, not an integer"),
        ("1", lambda t: t.integer("k"), ".k", "expected an integer, not a string"),
        (True, lambda t: t.integer("k"), ".k", "expected an integer, not true or false"),
        (1.5, lambda t: t.integer("k"), ".k", "expected an integer, not a number"),
        (-1, lambda t: t.integer("k"), ".k", "expected a number that is not negative, not -1"),
        (1, lambda t: t.boolean("k"), ".k", "expected true or false, not an integer"),
        ("a", lambda t: t.strings("k"), ".k", "expected a list, not a string"),
        (3, lambda t: t.integers("k"), ".k", "expected a list, not an integer"),
        ([1, "2"], lambda t: t.integers("k"), ".k[1]", "expected an integer, not a string"),
        ([True], lambda t: t.integers("k"), ".k[0]", "expected an integer, not true or false"),
        ([1, -2], lambda t: t.integers("k"), ".k[1]", "expected a number that is not negative"),
        ({"\ud800": 1}, lambda t: t.table("k").names(), ".k.\ud800", "the text is no valid Unicode"),
        (["a", 2], lambda t: t.strings("k"), ".k[1]", "expected a string, not an integer"),
        ([{}, []], lambda t: list(t.tables("k")), ".k[1]", "expected a table, not a list"),
        ([], lambda t: t.table("k"), ".k", "expected a table, not a list"),
        ("green", lambda t: t.choice("k", Colour), ".k", "expected one of red, blue, not `green`"),
        ("7C", lambda t: t.digest("k"), ".k", "expected 64 lower-case hexadecimal digits, not `7C`"),
        ("../a", lambda t: t.path("k"), ".k", "Unsafe path `../a`: a part is '..'"),
        ("\ud800", lambda t: t.string("k"), ".k", "the text is no valid Unicode"),
        (["\ud800"], lambda t: t.strings("k"), ".k", "the text is no valid Unicode"),
    ],
)
def test_value_of_another_type_is_refused_where_it_stands(
    value: Any,  # noqa: ANN401
    get: Callable[[Table], object],
    where: str,
    message: str,
) -> None:
    assert (f"file[3]{where}", message) == refused({"k": value}, get)


def test_value_from_outside_is_named_clean() -> None:
    assert refused({"k": "\x1b[2J"}, lambda t: t.choice("k", Colour))[1] == "expected one of red, blue, not `\\x1b[2J`"


def test_finish_refuses_the_key_that_nobody_took() -> None:
    def read(table: Table) -> None:
        table.string("a")
        table.finish()

    assert refused({"a": "", "b": 1}, read) == ("file[3].b", "unknown key `b`")


def test_finish_after_everything_was_taken_is_silent() -> None:
    table = Table({"a": "", "b": {}})
    table.string("a")
    table.table("b")

    table.finish()


def test_has_does_not_take_the_key() -> None:
    table = Table({"a": ""})

    assert table.has("a")
    with pytest.raises(DocumentError, match="unknown key `a`"):
        table.finish()


@pytest.mark.parametrize(
    ("keys", "expected"),
    [((), ""), (("a",), "a"), (("a", "b"), "a.b"), (("a", 3, "b", 0, "c"), "a[3].b[0].c"), ((0, "a"), "[0].a")],
)
def test_key_path_reads_as_in_programs(keys: tuple[str | int, ...], expected: str) -> None:
    assert expected == format_key_path(keys)

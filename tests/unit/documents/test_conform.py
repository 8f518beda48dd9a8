"""A quick yes where a value keeps to a schema; for everything else there is no yes."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from wansync.documents.conform import conforms

CASES: list[tuple[dict[str, Any], list[object], list[object]]] = [
    ({"type": "string"}, ["", "a"], [1, None, []]),
    ({"type": "integer"}, [0, -1], [True, "1"]),
    ({"type": "number"}, [0, 1.5], [False, "1"]),
    ({"type": ["boolean", "array"]}, [True, []], [0, {}]),
    ({"enum": ["a", 1]}, ["a", 1], ["b", True]),
    ({"const": 1}, [1], [True, 2, "1"]),
    ({"pattern": "^a+$"}, ["aa", 5], ["b", "ab"]),
    ({"minLength": 1}, ["a"], [""]),
    ({"minItems": 2}, [[1, 1]], [[1]]),
    ({"minProperties": 1}, [{"a": 1}], [{}]),
    ({"uniqueItems": True}, [[], ["a", "b"]], [["a", "a"]]),
    ({"uniqueItems": False}, [["a", "a"]], []),
    ({"items": {"type": "string"}}, [["a"], []], [["a", 1]]),
    ({"anyOf": [{"const": "a"}, {"type": "integer"}]}, ["a", 3], ["b"]),
    ({"required": ["a"]}, [{"a": 1}, "no table"], [{"b": 1}]),
    ({"propertyNames": {"pattern": "^a"}}, [{}, {"ab": 1}], [{"b": 1}]),
    ({"properties": {"a": {"type": "string"}}}, [{}, {"a": ""}, {"b": 1}], [{"a": 1}]),
    ({"properties": {"a": {}}, "additionalProperties": False}, [{"a": 1}], [{"a": 1, "b": 1}]),
    ({"properties": {"a": {}}, "additionalProperties": {"type": "string"}}, [{"a": 1, "b": ""}], [{"b": 1}]),
    ({"title": "t", "description": "d"}, ["anything"], []),
]


@pytest.mark.parametrize(("schema", "good", "bad"), CASES, ids=[str(schema) for schema, _, _ in CASES])
def test_keyword_is_judged_as_the_library_does(schema: dict[str, Any], good: list[object], bad: list[object]) -> None:
    library = Draft202012Validator(schema)

    assert [conforms(value, schema) for value in good + bad] == [True] * len(good) + [False] * len(bad)
    assert [library.is_valid(value) for value in good + bad] == [True] * len(good) + [False] * len(bad)


@pytest.mark.parametrize(
    ("schema", "value"),
    [({"maxLength": 5}, "a"), ({"items": {"not": {}}}, ["a"]), ({"type": "null"}, None), ({"$ref": "#"}, "a")],
    ids=str,
)
def test_nothing_conforms_to_what_is_not_known(schema: dict[str, Any], value: object) -> None:
    assert not conforms(value, schema)


def test_values_that_the_library_takes_and_that_are_odd_are_left_to_it() -> None:
    assert not conforms(1.0, {"type": "integer"})
    assert not conforms([1, 2], {"uniqueItems": True})
    assert not conforms({"a": 1}, {"additionalProperties": True})

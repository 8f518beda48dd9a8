"""Does a value keep to a JSON schema? Says yes, or that it cannot tell. No IO.

For the common case that it does: the library that can tell, and say what is wrong, takes 70 ms to load. Only the
keywords that the schemas here use are known; with any other, nothing conforms.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Schema = Mapping[str, Any]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}


def conforms(value: object, schema: Schema) -> bool:
    """Return whether a value surely keeps to a schema of JSON Schema 2020-12."""
    return all(keyword in _RULES and _RULES[keyword](value, rule, schema) for keyword, rule in schema.items())


def _type(value: object, rule: str | list[str], _: Schema) -> bool:
    # Exactly: a boolean is an integer to Python, and never one to JSON.
    names = [rule] if isinstance(rule, str) else rule
    return any(type(value) in _TYPES.get(name, ()) for name in names)


def _enum(value: object, rule: list[object], _: Schema) -> bool:
    return any(_is(value, choice) for choice in rule)


def _const(value: object, rule: object, _: Schema) -> bool:
    return _is(value, rule)


def _is(value: object, other: object) -> bool:
    return type(value) is type(other) and value == other


def _pattern(value: object, rule: str, _: Schema) -> bool:
    return not isinstance(value, str) or re.search(rule, value) is not None


def _min_size(value: object, rule: int, _: Schema) -> bool:
    return not isinstance(value, str | list | dict) or len(value) >= rule


def _unique(value: object, rule: bool, _: Schema) -> bool:  # noqa: FBT001 (the schema's value)
    if not rule or not isinstance(value, list):
        return True
    return all(isinstance(item, str) for item in value) and len(set(value)) == len(value)


def _items(value: object, rule: Schema, _: Schema) -> bool:
    return not isinstance(value, list) or all(conforms(item, rule) for item in value)


def _any_of(value: object, rule: list[Schema], _: Schema) -> bool:
    return any(conforms(value, schema) for schema in rule)


def _required(value: object, rule: list[str], _: Schema) -> bool:
    return not isinstance(value, dict) or all(key in value for key in rule)


def _property_names(value: object, rule: Schema, _: Schema) -> bool:
    return not isinstance(value, dict) or all(conforms(key, rule) for key in value)


def _properties(value: object, rule: Mapping[str, Schema], _: Schema) -> bool:
    return not isinstance(value, dict) or all(conforms(value[key], rule[key]) for key in rule if key in value)


def _additional(value: object, rule: Schema | bool, schema: Schema) -> bool:  # noqa: FBT001 (as above)
    if not isinstance(value, dict):
        return True
    others = [key for key in value if key not in schema.get("properties", {})]
    return not others if rule is False else rule is not True and all(conforms(value[key], rule) for key in others)


def _says_nothing(_value: object, _rule: object, _: Schema) -> bool:
    return True


_RULES: Mapping[str, Callable[[Any, Any, Schema], bool]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "minItems": _min_size,
    "minLength": _min_size,
    "minProperties": _min_size,
    "uniqueItems": _unique,
    "items": _items,
    "anyOf": _any_of,
    "required": _required,
    "propertyNames": _property_names,
    "properties": _properties,
    "additionalProperties": _additional,
    "$schema": _says_nothing,
    "title": _says_nothing,
    "description": _says_nothing,
}

"""The schema's verdict in the words of this project: key path, value, and a fix. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wansync.documents import DocumentError
from wansync.documents.conform import conforms
from wansync.manifest.schema import MANIFEST_SCHEMA
from wansync.text import printable, suggest
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def check_schema(values: Mapping[str, Any]) -> None:
    """Check a parsed manifest against `MANIFEST_SCHEMA`.

    Raises:
        DocumentError: the most telling violation.
    """
    if conforms(values, MANIFEST_SCHEMA):
        return
    # Imported here: 70 ms that a manifest with nothing wrong in it does not need.
    from jsonschema import Draft202012Validator  # noqa: PLC0415
    from jsonschema.exceptions import best_match  # noqa: PLC0415

    # Typed as anything, since its stubs say that every part of an error may be unset.
    error: Any = best_match(Draft202012Validator(MANIFEST_SCHEMA).iter_errors(values))
    if error is not None:
        where = tuple(error.absolute_path)
        if "propertyNames" in error.absolute_schema_path:
            where = (*where, error.instance)  # the library stops at the table that holds the name
        broken = _Broken(where, error.instance, error.validator_value, error.schema)
        raise _EXPLANATIONS.get(error.validator, _other)(broken)


@value_type(kw_only=False)
class _Broken:
    key_path: tuple[str | int, ...]
    value: Any
    rule: Any
    schema: Mapping[str, Any]


def _unknown_key(broken: _Broken) -> DocumentError:
    known = sorted(broken.schema.get("properties", {}))
    unknown = next(key for key in broken.value if key not in known)
    where = (*broken.key_path, unknown)
    return DocumentError(f"unknown key `{printable(unknown)}`", key_path=where, fix=suggest(unknown, known))


def _missing(broken: _Broken) -> DocumentError:
    key = next(key for key in broken.rule if key not in broken.value)
    return DocumentError(f"`{key}` is missing", key_path=broken.key_path, fix=_addition(broken, key))


def _addition(broken: _Broken, key: str) -> str:
    """Return what to write where a key is missing; a table at the top has a line of its own, and its keys below it."""
    rule = broken.schema.get("properties", {}).get(key, {})
    if rule.get("type") != "object" or broken.key_path:
        return f"Add `{key} = ...` here"
    keys = ", ".join(f"`{name} = ...`" for name in rule.get("required", ()))
    return f"Add a line `[{key}]`" + (f", and below it {keys}" if keys else "")


def _not_a_choice(broken: _Broken) -> DocumentError:
    known = [str(choice) for choice in (broken.rule if isinstance(broken.rule, list) else [broken.rule])]
    message = f"`{_shown(broken.value)}` is not allowed here"
    return DocumentError(message, key_path=broken.key_path, fix=suggest(str(broken.value), known))


def _bad_text(broken: _Broken) -> DocumentError:
    # What is meant as a source may hold a password.
    secret = broken.key_path[-1:] == ("source",) and "@" in str(broken.value)
    message = ("the source" if secret else f"`{_shown(broken.value)}`") + " is not well formed"
    return DocumentError(message, key_path=broken.key_path, fix=_pattern_fix(broken.key_path))


def _bad_type(broken: _Broken) -> DocumentError:
    expected = broken.rule if isinstance(broken.rule, str) else broken.schema.get("description", "another type")
    fix = f"Expected: {_TYPE_WORDS.get(expected, expected)}"
    return DocumentError(f"`{_shown(broken.value)}` has the wrong type", key_path=broken.key_path, fix=fix)


def _empty(broken: _Broken) -> DocumentError:
    return DocumentError("the value is empty", key_path=broken.key_path, fix="Write something, or leave the key out")


def _repeated(broken: _Broken) -> DocumentError:
    return DocumentError("an entry is there twice", key_path=broken.key_path, fix="Write each entry once")


def _other(broken: _Broken) -> DocumentError:
    message = f"`{_shown(broken.value)}` breaks a rule of the schema"
    return DocumentError(message, key_path=broken.key_path, fix="Correct the value and run the command again")


_TYPE_WORDS = {"object": "table", "array": "list"}
_EXPLANATIONS: Mapping[str, Callable[[_Broken], DocumentError]] = {
    "additionalProperties": _unknown_key,
    "required": _missing,
    "enum": _not_a_choice,
    "const": _not_a_choice,
    "pattern": _bad_text,
    "type": _bad_type,
    "anyOf": _bad_type,
    "minItems": _empty,
    "minLength": _empty,
    "minProperties": _empty,
    "uniqueItems": _repeated,
}


def _pattern_fix(key_path: tuple[str | int, ...]) -> str:
    if key_path and key_path[-1] == "source":
        return "Write `hf:owner/name`, `s3:bucket/prefix`, `https://host/dir` or `file:dir`"
    if key_path and key_path[-1] == "sha256":
        return "Write the 64 hexadecimal digits that `sha256sum FILE` prints"
    if key_path[:1] == ("profiles",) and isinstance(key_path[-1], int):
        return "Write `t2v-A14B`, `t2v-A14B@native` or `t2v-A14B@2.2.0:native`"
    return "Use letters, digits and `. _ + -`, at most 64 characters, first and last a letter or digit"


def _shown(value: object) -> str:
    return printable(str(value), limit=80)

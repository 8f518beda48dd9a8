"""The JSON documents of the program: which schema a command's output has, and whether it has it.

Every runner of the program (`tests/support/project.py`, `tests/support/program.py`) checks what it ran with `--json`,
so no test can do so without.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.support.write_schemas import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOCK = {"--check": "lock-check", "--since": "lock-diff"}


def schema_name(arguments: Sequence[str]) -> str:
    """Return the schema of what a command prints when it succeeds.

    It has the name of the command, or of the command and its own one: `roots list` may have `roots-list` or `roots`.
    """
    words = [word for word in arguments if not word.startswith("-")]
    if words[:1] == ["models"]:
        words = words[1:]
    if words[:1] == ["lock"]:
        return next((name for option, name in _LOCK.items() if option in arguments), "lock-report")
    if words[:1] == ["store"] and len(words) == 1:
        return "store-size"
    if words[:1] == ["sync"] and "--dry-run" in arguments:
        return "plan"
    known = {path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.schema.json")}
    for name in ("-".join(words[:2]), *words[:1]):
        if name in known:
            return name
    raise AssertionError(f"no schema for `{' '.join(arguments)}`: add schemas/{'-'.join(words[:1])}.schema.json")


def check_output(arguments: Sequence[str], status: int, stdout: str) -> None:
    """Raise unless a run with `--json` printed one document, and that of its command or an error with its status."""
    if "--json" not in arguments or {"--help", "-h", "--version"} & {*arguments}:
        return
    try:
        values = json.loads(stdout)
    except json.JSONDecodeError as error:
        raise AssertionError(
            f"`{' '.join(arguments)}` printed no JSON document (status {status}): {stdout!r}"
        ) from error
    if isinstance(values, dict) and "error" in values:
        check_document("error", values)
        stated = values["error"]["exit_status"]
        # There 2 would mean changes, as with Terraform.
        said = 1 if "--detailed-exitcode" in arguments else stated
        assert said == status, f"the document says status {stated}, the process {status}"
    else:
        check_document(schema_name(arguments), values)


def check_document(name: str, values: object) -> None:
    """Raise unless the schema describes `values` completely: outputs may grow, but not without their schema."""
    _closed(name).validate(values)
    stated = load_schema(name).get("properties", {}).get("format_version", {}).get("examples")
    if stated and isinstance(values, dict) and isinstance(values["format_version"], str):
        assert [values["format_version"]] == stated, f"schemas/{name}.schema.json names {stated} as the present version"


def load_schema(name: str) -> dict[str, Any]:
    """Return a schema of the repository."""
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    return schema


def open_validator(name: str) -> Draft202012Validator:
    """Return the validator of a schema as it is shipped."""
    return Draft202012Validator(load_schema(name), registry=_registry(closed=False))


@functools.cache
def _closed(name: str) -> Draft202012Validator:
    return Draft202012Validator(_close(load_schema(name)), registry=_registry(closed=True))


@functools.cache
def _registry(*, closed: bool) -> Registry[Any]:
    schemas = (json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.glob("*.json"))
    resources = (
        (schema["$id"], Resource.from_contents(_close(schema) if closed else schema, default_specification=DRAFT202012))
        for schema in schemas
    )
    return Registry[Any]().with_resources(resources)


def _close(schema: Any) -> Any:  # noqa: ANN401 (any JSON value)
    if isinstance(schema, list):
        return [_close(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _close(value) for key, value in schema.items()}
    if closed.get("type") == "object" and isinstance(closed.get("properties"), dict):
        closed.setdefault("additionalProperties", False)
    return closed

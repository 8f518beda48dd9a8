"""Write the schemas and the reference of settings that are generated, and what all schemas share: `make schemas`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.support.configuration import CONFIGURATION, configuration
from wansync.manifest.schema import MANIFEST_SCHEMA

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
MODELS_SCHEMA = SCHEMAS / "models.schema.json"
MAJOR = 1
VERSION_PATTERN = f"^{MAJOR}\\.(0|[1-9][0-9]*)$"
_FILE = re.compile(r"^(?P<name>[a-z-]+)\.schema\.json(?P<rest>#.*)?$")


def schema_id(name: str) -> str:
    """Return the `$id` of a schema: no address, since it is shipped and not served; the same for all minor versions."""
    return f"urn:wansync:schema:{name}:{MAJOR}"


def stamped(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with its `$id`, its references as ids, and the version of its documents as all spell it."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": schema_id(name)}
    whole = {**head, **{key: _by_id(value) for key, value in schema.items() if key not in head}}
    version = whole.get("properties", {}).get("format_version")
    if version is not None and "anyOf" not in version:
        whole["properties"]["format_version"] = {
            "type": "string",
            "pattern": VERSION_PATTERN,
            "examples": version.get("examples", [f"{MAJOR}.0"]),
            "description": "`major.minor` of this document: a new minor version only adds keys and values, a new major "
            "one breaks; the example is the present one",
        }
    return whole


def format_schema(schema: dict[str, Any]) -> str:
    """Return the text of a schema."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def models_schema() -> str:
    """Return the text of `schemas/models.schema.json`."""
    return format_schema(stamped("models", MANIFEST_SCHEMA))


def _by_id(value: Any) -> Any:  # noqa: ANN401 (any JSON value)
    if isinstance(value, list):
        return [_by_id(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = _FILE.match(str(value.get("$ref", "")))
    reference = {"$ref": schema_id(found["name"]) + (found["rest"] or "")} if found else {}
    return {**{key: _by_id(item) for key, item in value.items()}, **reference}


def main() -> None:
    """Write what is generated, and stamp what is written by hand."""
    for path in SCHEMAS.glob("*.schema.json"):
        schema = MANIFEST_SCHEMA if path == MODELS_SCHEMA else json.loads(path.read_text(encoding="utf-8"))
        path.write_text(format_schema(stamped(path.name.removesuffix(".schema.json"), schema)), encoding="utf-8")
    CONFIGURATION.write_text(configuration(), encoding="utf-8")


if __name__ == "__main__":
    main()

"""The schemas are valid, describe what is really there, and are where the code says they are."""

from __future__ import annotations

import copy
import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import tomlkit
from jsonschema import Draft202012Validator, ValidationError

from tests.conftest import REPOSITORY
from tests.support.documents import check_document, load_schema, open_validator
from tests.support.project import ProjectBuilder
from tests.support.write_schemas import MODELS_SCHEMA, SCHEMAS, models_schema
from wansync.errors import InvalidManifestError
from wansync.manifest import parse_manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = sorted(path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.json"))
DOCUMENTS = {"error", "events", "listing", "lock", "models"}
"""Schemas of documents that are no report of a command, so that they have no `format_version` of its kind."""


@pytest.mark.parametrize("name", NAMES)
def test_schema_is_valid_and_explains_itself(name: str) -> None:
    schema = load_schema(name)

    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"].startswith("wansync ")
    assert schema["description"]


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"models"}))
def test_schema_describes_every_property(name: str) -> None:
    bare = [where for where, schema in _properties(load_schema(name), name) if not {"description", "$ref"} & {*schema}]

    assert bare == []


def _properties(schema: Any, where: str) -> list[tuple[str, dict[str, Any]]]:  # noqa: ANN401 (any JSON value)
    if isinstance(schema, list):
        return [found for position, item in enumerate(schema) for found in _properties(item, f"{where}[{position}]")]
    if not isinstance(schema, dict):
        return []
    here = [(f"{where}.{key}", value) for key, value in (schema.get("properties") or {}).items()]
    return here + [found for key, value in schema.items() for found in _properties(value, f"{where}/{key}")]


@pytest.mark.parametrize("name", sorted(set(NAMES) - DOCUMENTS))
def test_schema_of_output_has_a_version_and_lets_it_grow(name: str) -> None:
    schema = load_schema(name)

    assert "additionalProperties" not in schema
    assert "format_version" in schema["required"]
    pattern = schema["properties"]["format_version"]["pattern"]
    found = [text for text in ("1.0", "1.12", "2.0", "1", "1.x", "01.0") if re.search(pattern, text)]
    assert found == ["1.0", "1.12"]


@pytest.mark.parametrize("name", NAMES)
def test_schema_refuses_an_empty_document(name: str) -> None:
    with pytest.raises(ValidationError):
        open_validator(name).validate({})


def test_models_schema_is_what_the_code_says() -> None:
    written = MODELS_SCHEMA.read_text(encoding="utf-8")

    assert models_schema() == written, "run `make schemas` (.venv/bin/python -m tests.support.write_schemas)"


def test_every_schema_that_the_code_names_is_there_and_no_other() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (REPOSITORY / "wansync").rglob("*.py")]
    named = {name for text in texts for name in re.findall(r"schemas/([a-z-]+)\.schema\.json", text)}

    # The lock is described by its reader; its schema is for other tools.
    assert named | {"lock"} == set(NAMES)


def test_repository_manifest_satisfies_its_schema_and_names_it() -> None:
    text = (REPOSITORY / "models.toml").read_text(encoding="utf-8")

    (named,) = re.findall(r"^#:schema (\S+)$", text, re.MULTILINE)

    assert (REPOSITORY / named).resolve() == MODELS_SCHEMA
    open_validator("models").validate(tomllib.loads(text))


def test_repository_lock_satisfies_its_schema() -> None:
    check_document("lock", tomllib.loads((REPOSITORY / "models.lock").read_text(encoding="utf-8")))


def edit(*path: str, value: Any) -> Callable[[dict[str, Any]], None]:  # noqa: ANN401 (any TOML value)
    """Return what sets the value at a path of the manifest; `None` removes it."""

    def apply(manifest: dict[str, Any]) -> None:
        table = manifest
        for key in path[:-1]:
            table = table.setdefault(key, {})
        table.pop(path[-1], None)
        if value is not None:
            table[path[-1]] = value

    return apply


ALPHA = ("models", "alpha")
SMALL = (*ALPHA, "variants", "small")
UMT5 = ("components", "umt5")
ACCEPTED = {
    "as it is": edit("schema_version", value=1),
    "no profile": edit("project", "default_profile", value=None),
    "a ref": edit(*UMT5, "revision", value="main"),
    "patterns": edit(*UMT5, "include", value=["*.json", "a/"]),
    "pickle": edit(*UMT5, "pickle", value="allow"),
    "used shards": edit(*UMT5, "shards", value="used"),
    "a bucket": edit(*UMT5, "source", value="s3:bucket/prefix"),
    "root slot": edit(*SMALL, "slots", ".", value=["umt5"]),
    "roles": edit(*ALPHA, "roles", value={"image_encoder": {"provided_by": "vae"}, "vae": "none"}),
    "parameters": edit(*ALPHA, "defaults", value={"fps": 16, "flow_shift": 5.0, "sizes": ["720*1280"], "x": True}),
    "alias": edit(*ALPHA, "aliases", value=["wan2.2-alpha"]),
    "a version": edit("profiles", "all", value=["alpha@1.0:small"]),
}
REJECTED = {
    "other schema": edit("schema_version", value=2),
    "schema as text": edit("schema_version", value="1"),
    "no project": edit("project", value=None),
    "unknown table": edit("plugins", value={}),
    "unknown key": edit(*UMT5, "kid", value="vae"),
    "unknown kind": edit(*UMT5, "kind", value="vea"),
    "no source": edit(*UMT5, "source", value=None),
    "unknown scheme": edit(*UMT5, "source", value="ftp:host"),
    "include as text": edit(*UMT5, "include", value="*.json"),
    "patterns twice": edit(*UMT5, "include", value=["*.json", "*.json"]),
    "pickle deny": edit(*UMT5, "pickle", value="deny"),
    "all shards": edit(*UMT5, "shards", value="all"),
    "empty licence": edit(*UMT5, "license", value=""),
    "id with a slash": edit("components", "a/b", value={"kind": "vae", "source": "file:x"}),
    "id that ends in a dot": edit("components", "a.", value={"kind": "vae", "source": "file:x"}),
    "empty profile": edit("profiles", "all", value=[]),
    "profile without a list": edit("profiles", "all", value="alpha@small"),
    "unknown type": edit(*ALPHA, "type", value="video"),
    "no variants": edit(*ALPHA, "variants", value={}),
    "no slots": edit(*SMALL, "slots", value={}),
    "empty slot": edit(*SMALL, "slots", "vae", value=[]),
    "unknown layout": edit(*SMALL, "layout", value="flat"),
    "unknown role": edit(*ALPHA, "roles", value={"audio": "none"}),
    "role from nowhere": edit(*ALPHA, "roles", value={"vae": {"provided_by": "wish"}}),
    "table as parameter": edit(*ALPHA, "defaults", value={"fps": {"a": 1}}),
}
BEYOND = {
    "unknown component": edit(*SMALL, "slots", "vae", value="none"),
    "unknown default": edit(*ALPHA, "default_variant", value="big"),
    "unknown profile": edit("project", "default_profile", value="some"),
    "path that leaves": edit(*UMT5, "subfolder", value="../elsewhere"),
    "secret": edit(*UMT5, "source", value="https://user:token@host/x"),
    "same but for case": edit(*ALPHA, "aliases", value=["BETA"]),
}
"""Rules that span entries, which JSON Schema cannot say."""


@pytest.fixture
def manifest(tmp_path: Path) -> dict[str, Any]:
    """A good manifest as data."""
    return copy.deepcopy(ProjectBuilder(tmp_path, tmp_path).manifest)


def verdicts(manifest: dict[str, Any]) -> tuple[bool, bool]:
    """Return whether the schema and the program accept a manifest."""
    try:
        parse_manifest(tomlkit.dumps(manifest).encode())
    except InvalidManifestError:
        parsed = False
    else:
        parsed = True
    return open_validator("models").is_valid(manifest), parsed


@pytest.mark.parametrize("case", ACCEPTED)
def test_manifest_that_the_program_accepts_satisfies_the_schema(manifest: dict[str, Any], case: str) -> None:
    ACCEPTED[case](manifest)

    assert verdicts(manifest) == (True, True)


@pytest.mark.parametrize("case", REJECTED)
def test_manifest_that_breaks_the_schema_is_refused_by_the_program(manifest: dict[str, Any], case: str) -> None:
    REJECTED[case](manifest)

    assert verdicts(manifest) == (False, False)


@pytest.mark.parametrize("case", BEYOND)
def test_manifest_that_breaks_a_rule_between_entries_is_refused_by_the_program(
    manifest: dict[str, Any], case: str
) -> None:
    BEYOND[case](manifest)

    assert verdicts(manifest) == (True, False)

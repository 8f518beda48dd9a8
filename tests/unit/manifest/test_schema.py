"""The schema itself: what editors are told."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from tests.conftest import REPOSITORY
from tests.unit.samples import MANIFEST
from wansync.documents import DocumentError
from wansync.manifest.schema import MANIFEST_SCHEMA
from wansync.manifest.validate import check_schema

if TYPE_CHECKING:
    from collections.abc import Iterator


def objects(schema: object) -> Iterator[dict[str, Any]]:
    """Yield every schema of a table inside of a schema."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from objects(item)


def test_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(MANIFEST_SCHEMA)


def test_schema_leaves_no_table_open_to_unknown_keys() -> None:
    found = list(objects(MANIFEST_SCHEMA))

    assert len(found) > 10
    assert [schema for schema in found if "additionalProperties" not in schema] == []


def test_schema_takes_the_sample_and_this_repositorys_own_manifest() -> None:
    for text in (MANIFEST, (REPOSITORY / "models.toml").read_text()):
        check_schema(tomllib.loads(text))


def test_schema_takes_every_key_of_the_design() -> None:
    values = tomllib.loads(MANIFEST)
    values["models"]["alpha"] |= {
        "roles": {"image_encoder": "none", "unet": {"provided_by": "vae"}},
        "defaults": {"fps": 16, "flow_shift": 12.0, "scheduler": "unipc", "sizes": ["1280*720"]},
        "vram": {"params_billion": 14, "family_size": "A14B"},
    }

    check_schema(values)


@pytest.mark.parametrize("key", ["schema_version", "project"])
def test_schema_requires_its_head(key: str) -> None:
    values = tomllib.loads(MANIFEST)
    del values[key]

    with pytest.raises(DocumentError, match=f"^`{key}` is missing$"):
        check_schema(values)

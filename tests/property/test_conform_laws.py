"""The quick yes to a manifest is the library's yes."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.property.strategies import ANY_TOML
from tests.property.test_manifest_laws import manifests
from tests.property.test_parsers_never_crash import altered
from tests.unit.samples import MANIFEST
from wansync.documents.conform import conforms
from wansync.manifest.schema import MANIFEST_SCHEMA

LIBRARY = Draft202012Validator(MANIFEST_SCHEMA)
SAMPLE = tomllib.loads(MANIFEST)
SAMPLE["settings"] = {"link_mode": "copy", "allow_license": ["apache-2.0"]}
SAMPLE["models"]["alpha"] |= {
    "roles": {"image_encoder": "none", "unet": {"provided_by": "vae"}},
    "defaults": {"fps": 16, "flow_shift": 12.0, "scheduler": "unipc", "sizes": ["1280*720", 1]},
    "vram": {"family_size": "A14B", "decode": {"gib": 1.5, "tiled": True}},
}
NEARLY = st.sampled_from(
    [True, False, 0, 1, 1.0, "1", "", "none", "vae", "a\n", "-", [], {}, [[]], [1, True], ["a", "a"]]
)


@given(altered(SAMPLE, ANY_TOML | NEARLY))
@settings(max_examples=1000, deadline=None)
def test_what_conforms_is_valid_to_the_library(values: dict[str, Any]) -> None:
    assert conforms(values, MANIFEST_SCHEMA) <= LIBRARY.is_valid(values)


@given(manifests())
@settings(max_examples=100, deadline=None)
def test_valid_manifest_conforms(values: dict[str, Any]) -> None:
    LIBRARY.validate(values)

    assert conforms(values, MANIFEST_SCHEMA)

"""Names that must be known, and names that must differ."""

from __future__ import annotations

import pytest

from tests.unit.samples import edited
from wansync.errors import InvalidManifestError
from wansync.manifest import parse_manifest

VARIANTS = "models.alpha.variants"


def refused(data: bytes) -> InvalidManifestError:
    with pytest.raises(InvalidManifestError) as caught:
        parse_manifest(data)
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "line", "key_path", "message", "hint"),
    [
        pytest.param(
            'requires = ["umt5"]',
            'requires = ["umt"]',
            18,
            "components.transformer.requires",
            "there is no component `umt`",
            "Did you mean `umt5`?",
        ),
        pytest.param(
            'text_encoder = "umt5"',
            'text_encoder = "xlm"',
            32,
            f"{VARIANTS}.small.slots.text_encoder",
            "there is no component `xlm`",
            "Known: transformer, umt5",
        ),
        pytest.param(
            'default_variant = "small"',
            'default_variant = "smal"',
            24,
            "models.alpha.default_variant",
            "there is no variant `smal`",
            "Did you mean `small`?",
        ),
        pytest.param(
            'default_profile = "all"',
            'default_profile = "prod"',
            5,
            "project.default_profile",
            "there is no profile `prod`",
            "Known: all",
        ),
        pytest.param(
            '["alpha@small"]',
            '["alpha", "Bravo@small"]',
            8,
            "profiles.all[1]",
            "there is no model `Bravo`",
            "Known: alpha, wan-alpha",
        ),
        pytest.param(
            '["alpha@small"]',
            '["alpha@Big"]',
            8,
            "profiles.all[0]",
            "there is no variant `Big`",
            "Known: small",
        ),
        pytest.param(
            '["alpha@small"]',
            '["alpha@2.0:small"]',
            8,
            "profiles.all[0]",
            "there is no version 2.0",
            "`alpha` is version 1.0 here",
        ),
        pytest.param(
            '["alpha@small"]',
            '["alpha", "Wan-Alpha@small"]',
            8,
            "profiles.all[1]",
            "`alpha` is named twice",
            "A profile chooses one variant of a model; make two profiles",
        ),
        pytest.param(
            "[components.umt5]",
            '[components.nul]\nkind = "vae"\nsource = "file:x"\n[components.umt5]',
            10,
            "components.nul",
            "`nul` is no usable id: a part is a device name on Windows",
            "Choose another id",
        ),
        pytest.param(
            'text_encoder = "umt5"',
            '"../up" = "umt5"',
            32,
            f"{VARIANTS}.small.slots.../up",
            "Unsafe path `../up`: a part is '..'",
            "Write a plain relative path",
        ),
        pytest.param(
            'text_encoder = "umt5"',
            '"/abs" = "umt5"',
            32,
            f"{VARIANTS}.small.slots./abs",
            "Unsafe path `/abs`: a part is ''",
            "Write a plain relative path",
        ),
        pytest.param(
            'text_encoder = "umt5"',
            '"transformer/" = "umt5"',
            32,
            f"{VARIANTS}.small.slots.transformer/",
            "the slot `transformer` is there twice",
            "Use one list",
        ),
        pytest.param(
            'subfolder = "text_encoder"',
            'subfolder = "a/../../b"',
            13,
            "components.umt5.subfolder",
            "Unsafe path `a/../../b`: a part is '..'",
            "Write a plain relative path",
        ),
        pytest.param(
            'source = "hf:test/umt5"',
            'source = "hf:/"',
            12,
            "components.umt5.source",
            "the source has no location",
            "Correct the source",
        ),
        pytest.param(
            'source = "hf:test/umt5"',
            'source = "https://user:hunter2@host/x"',
            12,
            "components.umt5.source",
            "a source must hold no user, query or fragment: these carry secrets",
            "Correct the source",
        ),
    ],
)
def test_name_that_does_not_fit_the_rest_is_refused(
    old: str, new: str, line: int, key_path: str, message: str, hint: str
) -> None:
    error = refused(edited(old, new))

    assert f"Invalid manifest `models.toml` line {line}, `{key_path}`: {message}" == str(error)
    assert hint == error.hint
    assert {"file": "models.toml", "line": line, "key_path": key_path} == error.facts


@pytest.mark.parametrize("ref", ["ALPHA", "wan-alpha@SMALL", "Wan-Alpha@1.0:small", "alpha"])
def test_profile_may_spell_a_model_in_every_way(ref: str) -> None:
    assert {"all": (ref,)} == parse_manifest(edited("alpha@small", ref)).profiles

"""Names that differ only in case are one name."""

from __future__ import annotations

import pytest

from tests.unit.samples import edited
from wansync.errors import InvalidManifestError
from wansync.manifest import parse_manifest

VARIANTS = "models.alpha.variants"
ALIASES = 'aliases = ["wan-alpha"]'
SECOND_MODEL = """
[models.{0}]
version = "1.0"
type = "i2v"
aliases = ["{1}"]
default_variant = "small"
variants.small = {{ layout = "native", precision = "bf16", slots = {{ "." = "umt5" }} }}

[models.alpha]
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "key_path", "message"),
    [
        pytest.param(
            "[components.transformer]",
            '[components.UMT5]\nkind = "vae"\nsource = "file:x"\n[components.transformer]',
            15,
            "components.UMT5",
            "`UMT5` and `umt5` are the same name",
            id="components that differ in case",
        ),
        pytest.param(
            "[models.alpha.variants.small]",
            '[models.alpha.variants.SMALL]\nlayout = "native"\nprecision = "x"\nslots = { "." = "umt5" }\n'
            "[models.alpha.variants.small]",
            30,
            f"{VARIANTS}.small",
            "`small` and `SMALL` are the same name",
            id="variants that differ in case",
        ),
        pytest.param(
            ALIASES,
            'aliases = ["Alpha"]',
            23,
            "models.alpha.aliases",
            "`Alpha` and `alpha` are the same name",
            id="alias that is the own id",
        ),
        pytest.param(
            ALIASES,
            'aliases = ["a", "A"]',
            23,
            "models.alpha.aliases",
            "`a` and `A` are the same name",
            id="aliases that differ in case",
        ),
        pytest.param(
            "[models.alpha]\n",
            SECOND_MODEL.format("beta", "wan-beta").replace("wan-beta", "WAN-alpha"),
            31,
            "models.alpha.aliases",
            "`wan-alpha` and `WAN-alpha` are the same name",
            id="alias of two models",
        ),
        pytest.param(
            "[models.alpha]\n",
            SECOND_MODEL.format("beta", "ALPHA"),
            28,
            "models.alpha",
            "`alpha` and `ALPHA` are the same name",
            id="alias that is the id of another model",
        ),
    ],
)
def test_name_that_is_there_twice_is_refused(old: str, new: str, line: int, key_path: str, message: str) -> None:
    with pytest.raises(InvalidManifestError) as caught:
        parse_manifest(edited(old, new))

    assert f"Invalid manifest `models.toml` line {line}, `{key_path}`: {message}" == str(caught.value)
    assert caught.value.hint == "Ids compare without case; rename one of them"
    assert {"file": "models.toml", "line": line, "key_path": key_path} == caught.value.facts

"""Does the lock still say what the manifest asks for?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.samples import COMMIT, MANIFEST, OTHER_COMMIT, edited, listing
from wansync.graph import build_graph
from wansync.lockfile import Lockfile, compare, format_lock, parse_lock
from wansync.manifest import parse_manifest
from wansync.resolve import resolve

if TYPE_CHECKING:
    from wansync.digest import Revision

MORE = 'requires = ["umt5"]\nrevision = "main"\ninclude = ["*.json", "*.safetensors"]\nexclude = ["x", "y"]\n'
TEXT = edited('requires = ["umt5"]\n', MORE).decode()
VARIANT = '[models.alpha.variants.big]\nlayout = "native"\nprecision = "x"\nslots = { "." = "umt5" }\n'
LORA = '\n[components.lora]\nkind = "lora"\nsource = "hf:test/lora"\n'


def locked(text: str = TEXT, revision: Revision = COMMIT) -> Lockfile:
    """Return the lock of a manifest, as it is read back from its file."""
    manifest = parse_manifest(text.encode())
    names = {"text_encoder/model.safetensors": 1, "model.safetensors": 2}
    listings = {c.id: listing(str(c.source), names, revision=revision) for c in manifest.components.values()}
    return parse_lock(format_lock(resolve(build_graph(manifest), listings)))


def differences(text: str | bytes) -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    return [str(difference) for difference in compare(parse_manifest(data), locked())]


def test_compare_same_manifest_is_fresh() -> None:
    assert differences(TEXT) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[project]", "# a comment\n[project]"),
        ('["*.json", "*.safetensors"]', '["*.safetensors", "*.json"]'),
        ('["x", "y"]', '["y", "x"]'),
        ('subfolder = "text_encoder"', 'subfolder = "text_encoder/"'),
        ('text_encoder = "umt5"', '"text_encoder/" = ["umt5"]'),
        ("[models.alpha.variants.small]", "[models.alpha.defaults]\n[models.alpha.variants.small]"),
        ('aliases = ["wan-alpha"]\ndefault_variant = "small"', 'default_variant = "small"\naliases = ["wan-alpha"]'),
        ('name = "app"\ndefault_profile = "all"', 'default_profile = "all"\nname = "app"'),
    ],
)
def test_compare_other_spelling_or_order_is_fresh(old: str, new: str) -> None:
    assert differences(edited(old, new, TEXT)) == []


def test_compare_ref_that_has_moved_is_fresh() -> None:
    assert compare(parse_manifest(TEXT.encode()), locked(revision=OTHER_COMMIT)) == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('name = "app"', 'name = "shop"', "project: changed in the manifest (name)"),
        ('default_profile = "all"\n', "", "project: changed in the manifest (default_profile)"),
        ("alpha@small", "alpha", "project: changed in the manifest (profiles)"),
        ('kind = "text_encoder"', 'kind = "vae"', "components.umt5: changed in the manifest (kind)"),
        ("hf:test/umt5", "hf:test/umt6", "components.umt5: changed in the manifest (source)"),
        ('subfolder = "text_encoder"\n', "", "components.umt5: changed in the manifest (subfolder)"),
        ('revision = "main"', 'revision = "v2"', "components.transformer: changed in the manifest (revision)"),
        ('revision = "main"\n', "", "components.transformer: changed in the manifest (revision)"),
        ('["*.json", ', "[", "components.transformer: changed in the manifest (include)"),
        ('["x", "y"]', '["x"]', "components.transformer: changed in the manifest (exclude)"),
        ('requires = ["umt5"]\n', "", "components.transformer: changed in the manifest (requires)"),
        (
            "hf:test/umt5",
            'hf:test/umt5"\nshards = "used',
            "components.umt5: changed in the manifest (shards)",
        ),
        (
            "hf:test/umt5",
            'hf:test/umt5"\nlicense = "mit"\npickle = "allow',
            "components.umt5: changed in the manifest (license, pickle)",
        ),
        ('version = "1.0"', 'version = "1.1"', "models.alpha: changed in the manifest (version)"),
        ('type = "t2v"', 'type = "ti2v"', "models.alpha: changed in the manifest (type)"),
        ('aliases = ["wan-alpha"]\n', "", "models.alpha: changed in the manifest (aliases)"),
        ('layout = "diffusers"', 'layout = "native"', "models.alpha: changed in the manifest (variants.small)"),
        ('precision = "bf16"', 'precision = "fp8"', "models.alpha: changed in the manifest (variants.small)"),
        (
            'text_encoder = "umt5"',
            'text_encoder_2 = "umt5"',
            "models.alpha: changed in the manifest (variants.small)",
        ),
        (
            'default_variant = "small"\n',
            'default_variant = "small"\nroles = { vae = "none" }\ndefaults = { fps = 16 }\nvram = { a = 1 }\n',
            "models.alpha: changed in the manifest (defaults, roles, vram)",
        ),
        (
            "[models.alpha.variants.small]",
            VARIANT + "[models.alpha.variants.small]",
            "models.alpha: changed in the manifest (variants.big)",
        ),
        ("[models.alpha]", LORA + "[models.alpha]", "components.lora: not in the lock"),
    ],
)
def test_compare_each_difference_is_named(old: str, new: str, expected: str) -> None:
    assert [expected] == differences(edited(old, new, TEXT))


def test_compare_entry_that_left_the_manifest_is_named() -> None:
    manifest = parse_manifest(TEXT.encode())

    found = compare(manifest, locked(TEXT + LORA))

    assert [str(difference) for difference in found] == ["components.lora: no longer in the manifest"]
    assert (found[0].where, found[0].kind, found[0].keys) == ("components.lora", "extra", ())


def test_compare_differences_are_sorted_by_where_they_are() -> None:
    text = MANIFEST.replace('version = "1.0"', 'version = "2.0"').replace("hf:test/umt5", "hf:x/y") + LORA

    found = compare(parse_manifest(text.encode()), locked(MANIFEST))

    assert [difference.where for difference in found] == ["components.lora", "components.umt5", "models.alpha"]

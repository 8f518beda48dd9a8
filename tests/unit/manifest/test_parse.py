"""Text of `models.toml` to values; the rejections of its version."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.samples import MANIFEST, edited
from wansync.errors import InvalidManifestError
from wansync.manifest import (
    Component,
    ComponentKind,
    Layout,
    Manifest,
    Model,
    ModelType,
    SourceRef,
    Variant,
    parse_manifest,
)
from wansync.paths import RelativePath

PREFIX = "Invalid manifest `models.toml`"


def refused(data: bytes) -> InvalidManifestError:
    with pytest.raises(InvalidManifestError) as caught:
        parse_manifest(data)
    return caught.value


def test_parse_sample_gives_its_values() -> None:
    slots = {"transformer": ("transformer",), "text_encoder": ("umt5",)}
    small = Variant(name="small", layout=Layout.DIFFUSERS, precision="bf16", slots=slots)
    umt5 = Component(
        id="umt5",
        kind=ComponentKind.TEXT_ENCODER,
        source=SourceRef.parse("hf:test/umt5"),
        subfolder=RelativePath("text_encoder"),
    )
    transformer = Component(
        id="transformer",
        kind=ComponentKind.TRANSFORMER,
        source=SourceRef.parse("hf:test/alpha"),
        requires=("umt5",),
    )
    alpha = Model(
        id="alpha",
        version="1.0",
        type=ModelType.T2V,
        default_variant="small",
        aliases=("wan-alpha",),
        variants=(small,),
    )

    expected = Manifest(
        project="app",
        default_profile="all",
        profiles={"all": ("alpha@small",)},
        components={"umt5": umt5, "transformer": transformer},
        models={"alpha": alpha},
    )
    assert expected == parse_manifest(MANIFEST.encode())


def test_parse_windows_line_ends_change_nothing() -> None:
    assert parse_manifest(MANIFEST.encode()) == parse_manifest(MANIFEST.replace("\n", "\r\n").encode())


def test_parse_all_keys_of_a_component_are_kept() -> None:
    more = 'revision = "main"\ninclude = ["b*", "a*"]\nexclude = ["*.md"]\npickle = "allow"\nlicense = "mit"\n'
    more += 'shards = "used"\n'

    found = parse_manifest(edited('source = "hf:test/umt5"\n', 'source = "hf:test/umt5"\n' + more)).components["umt5"]

    expected: dict[str, Any] = {
        "exclude": ["*.md"],
        "include": ["a*", "b*"],
        "license": "mit",
        "pickle": "allow",
        "revision": "main",
        "shards": "used",
    }
    assert expected == found.request()
    assert (found.ref, found.pickle, found.license, found.only_used_shards) == ("main", True, "mit", True)


def test_parse_entry_of_defaults_only_requests_nothing() -> None:
    assert parse_manifest(MANIFEST.encode()).components["transformer"].request() == {}


@pytest.mark.parametrize("slot", ["transformer/", "transformer//"])
def test_parse_slot_with_trailing_slashes_is_the_same_slot(slot: str) -> None:
    data = edited('transformer = "transformer"', f'"{slot}" = "transformer"')

    assert parse_manifest(MANIFEST.encode()) == parse_manifest(data)


def test_parse_slot_list_is_sorted_and_the_root_is_a_dot() -> None:
    data = edited('transformer = "transformer"\ntext_encoder = "umt5"', '"." = ["umt5", "transformer"]')

    assert parse_manifest(data).models["alpha"].variants[0].slots == {".": ("transformer", "umt5")}


def test_parse_lists_whose_order_means_nothing_are_sorted() -> None:
    data = edited(
        'requires = ["umt5"]', 'requires = ["umt5", "tok"]\n[components.tok]\nkind = "vae"\nsource = "file:x"'
    )
    manifest = parse_manifest(data.replace(b'["wan-alpha"]', b'["z", "a"]'))

    assert manifest.components["transformer"].requires == ("tok", "umt5")
    assert manifest.models["alpha"].aliases == ("a", "z")


def test_parse_smallest_manifest_is_an_empty_project() -> None:
    expected = Manifest(project="app", default_profile=None, profiles={}, components={}, models={})

    assert expected == parse_manifest(b'schema_version = 1\nproject = { name = "app" }\n')


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "`schema_version` is missing", "Add `schema_version = 1` as the first line"),
        (
            "schema_version = 0",
            "`0` was never a version",
            "There is no older format to migrate from; write `schema_version = 1`",
        ),
        (
            "schema_version = -1",
            "`-1` was never a version",
            "There is no older format to migrate from; write `schema_version = 1`",
        ),
        (
            "schema_version = true",
            "`True` was never a version",
            "There is no older format to migrate from; write `schema_version = 1`",
        ),
        (
            "schema_version = 1.0",
            "`1.0` was never a version",
            "There is no older format to migrate from; write `schema_version = 1`",
        ),
        (
            "schema_version = 2",
            "version 2 is newer than this wansync understands",
            "Upgrade wansync, or rewrite the file for `schema_version = 1`",
        ),
    ],
)
def test_schema_version_that_is_not_1_says_what_to_do(text: str, message: str, hint: str) -> None:
    error = refused(edited("schema_version = 1", text))

    line = " line 1" if text else ""
    assert f"{PREFIX}{line}, `schema_version`: {message}" == str(error)
    assert hint == error.hint
    assert {"file": "models.toml", "line": 1 if text else None, "key_path": "schema_version"} == error.facts


def test_schema_version_as_text_is_not_called_the_wrong_version() -> None:
    error = refused(edited("schema_version = 1", 'schema_version = "1"'))

    assert '`"1"`' in str(error)
    assert error.facts["line"] == 1


def test_schema_version_of_the_future_is_said_before_unknown_keys() -> None:
    error = refused(b"schema_version = 2\n[holograms]\n")

    assert f"{PREFIX} line 1, `schema_version`: version 2 is newer than this wansync understands" == str(error)

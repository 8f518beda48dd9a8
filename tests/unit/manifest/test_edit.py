"""`models.toml` as text: what laws do not say (see `tests/property/test_edit_laws.py`)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.samples import MANIFEST, edited
from wansync.errors import InvalidManifestError
from wansync.manifest import Component, ComponentKind, Manifest, SourceRef, parse_manifest
from wansync.manifest.addition import Addition
from wansync.manifest.edit import new_manifest, with_addition, without
from wansync.manifest.removal import removal_from

VAE = Component(id="vae", kind=ComponentKind.VAE, source=SourceRef.parse("hf:test/vae"))


def test_new_manifest_is_one_and_minimal() -> None:
    assert new_manifest("app") == b'schema_version = 1\n\n[project]\nname = "app"\n'
    assert parse_manifest(new_manifest("app")) == Manifest(
        project="app", default_profile=None, profiles={}, components={}, models={}
    )


def test_component_is_written_with_all_that_it_says() -> None:
    component = Component(
        id="v.ae",
        kind=ComponentKind.VAE,
        source=SourceRef.parse("file:my weights"),
        ref="refs/pr/1",
        include=("*.json", 'say "x"'),
        exclude=("[[]a].bin",),
        requires=("umt5",),
        pickle=True,
        license="apache-2.0",
    )

    after = with_addition(MANIFEST.encode(), Addition(components=(component,)))

    assert parse_manifest(after).components["v.ae"] == component
    assert (
        '[components."v.ae"]\nkind = "vae"\nsource = "file:my weights"\nrevision = "refs/pr/1"\n'
        'include = ["*.json", "say \\"x\\""]\nexclude = ["[[]a].bin"]\nrequires = ["umt5"]\n'
        'pickle = "allow"\nlicense = "apache-2.0"\n'
    ) in after.decode()


def test_line_ends_are_those_of_the_file() -> None:
    data = MANIFEST.replace("\n", "\r\n").encode()

    after = with_addition(data, Addition(components=(VAE,)))

    assert after.count(b"\n") == after.count(b"\r\n")
    assert b'[components.vae]\r\nkind = "vae"\r\n' in after


def test_line_ends_that_are_mixed_stay_so() -> None:
    data = MANIFEST.encode().replace(b"\n", b"\r\n", 3)

    after = with_addition(data, Addition(components=(VAE,)))

    assert after.count(b"\r\n") == 3
    assert data == without(after, removal_from(parse_manifest(after), ["vae"]))


def test_profile_that_loses_its_last_entry_goes_with_the_key_that_names_it() -> None:
    after = without(MANIFEST.encode(), removal_from(parse_manifest(MANIFEST.encode()), ["alpha"]))

    assert after == b'schema_version = 1\n\n[project]\nname = "app"\n'


def test_manifest_that_is_none_is_refused_first() -> None:
    with pytest.raises(InvalidManifestError, match="unknown key `kid`"):
        with_addition(edited('subfolder = "text_encoder"', 'kid = "x"'), Addition(components=(VAE,)))


def test_edit_that_would_change_something_else_is_refused() -> None:
    """A removal that does not fit the text stands for a spelling that nobody has thought of."""
    removal = replace(removal_from(parse_manifest(MANIFEST.encode()), ["alpha"]), models=("beta",))

    with pytest.raises(InvalidManifestError) as raised:
        without(MANIFEST.encode(), removal)

    assert raised.value.reason == "`models.toml` is written in a way that wansync cannot edit without changing more"
    assert raised.value.hint == "Make the change by hand, then run `wansync lock`"

"""The manifest's values: sources, components, variants."""

from __future__ import annotations

import pytest

from wansync.manifest import Component, ComponentKind, Scheme, SourceRef
from wansync.paths import PathFilter, RelativePath

SECRETS = "^a source must hold no user, query or fragment: these carry secrets$"


@pytest.mark.parametrize(
    ("text", "scheme", "location"),
    [
        ("hf:Wan-AI/Wan2.2-T2V-A14B", Scheme.HUB, "Wan-AI/Wan2.2-T2V-A14B"),
        ("s3:bucket/prefix", Scheme.S3, "bucket/prefix"),
        ("https://host/dir", Scheme.HTTPS, "//host/dir"),
        ("file:../weights?v=1#a@b", Scheme.FILE, "../weights?v=1#a@b"),
        ("file:C:/weights", Scheme.FILE, "C:/weights"),
    ],
)
def test_source_reads_and_prints_the_same(text: str, scheme: Scheme, location: str) -> None:
    source = SourceRef.parse(text)

    assert (scheme, location) == (source.scheme, source.location)
    assert text == str(source)


@pytest.mark.parametrize("text", ["", "hf", "Wan-AI/Wan2.2", "http://host/x", "HF:a/b", "ftp:x", ":x"])
def test_source_of_an_unknown_scheme_is_refused_with_the_known_ones(text: str) -> None:
    with pytest.raises(ValueError, match=r"^expected a source that starts with one of hf:, s3:, https:, file:$"):
        SourceRef.parse(text)


@pytest.mark.parametrize("text", ["hf:", "hf:/", "file:", "file:///", "https://"])
def test_source_without_a_location_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^the source has no location$"):
        SourceRef.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://user:password@host/x",
        "https://token@host/x",
        "https://host/x?X-Amz-Signature=abc",
        "https://host/x#fragment",
        "s3://key:secret@bucket/x",
        "hf:owner/name?token=abc",
    ],
)
def test_source_that_could_carry_a_secret_is_refused_without_naming_it(text: str) -> None:
    with pytest.raises(ValueError, match=SECRETS):
        SourceRef.parse(text)


def test_component_filter_is_made_of_its_patterns() -> None:
    component = Component(
        id="a",
        kind=ComponentKind.VAE,
        source=SourceRef.parse("hf:a/b"),
        subfolder=RelativePath("vae"),
        include=("*.json",),
        exclude=("x*",),
    )

    assert PathFilter(subfolder=RelativePath("vae"), include=("*.json",), exclude=("x*",)) == component.filter


def test_component_request_is_sorted_and_leaves_out_defaults() -> None:
    component = Component(
        id="a",
        kind=ComponentKind.VAE,
        source=SourceRef.parse("hf:a/b"),
        ref="main",
        include=("b", "a"),
        pickle=True,
        license="mit",
    )

    expected = {"include": ["a", "b"], "license": "mit", "pickle": "allow", "revision": "main"}
    assert expected == component.request()
    assert list(expected) == list(component.request())

"""What a source says it has, as a value and as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.samples import COMMIT, digest, listing
from wansync.errors import InvalidListingError
from wansync.listing import format_listing, listing_file_name, parse_listing
from wansync.manifest import SourceRef
from wansync.paths import RelativePath, name_problem

HINT = "Record it again with `wansync lock --save-listings DIR`"
FILES = [{"path": "a", "size": 1, "sha256": digest("a").hex}]
VALUES: dict[str, Any] = {"format_version": 1, "source": "hf:test/alpha", "revision": str(COMMIT), "files": FILES}


def refused(data: bytes | dict[str, Any]) -> str:
    with pytest.raises(InvalidListingError) as caught:
        parse_listing(data if isinstance(data, bytes) else json.dumps(data).encode(), name="x.json")
    assert caught.value.hint == HINT
    assert caught.value.facts == {"file": "x.json"}
    return str(caught.value).removeprefix("Invalid listing `x.json`")


def file(**changes: object) -> dict[str, Any]:
    return VALUES | {"files": [FILES[0] | changes]}


def test_listing_of_everything_is_read_back() -> None:
    whole = listing(
        "hf:test/alpha",
        {"model.safetensors": 5, "model.safetensors.index.json": 2},
        ref="main",
        license="apache-2.0",
        weight_maps={RelativePath("model.safetensors.index.json"): {"blocks.0": "model.safetensors"}},
        provenance=("the owner's list of checksums", "model.safetensors: hashed here"),
    )

    assert whole == parse_listing(format_listing(whole), name="x.json")


def test_listing_of_a_file_source_has_no_ref_and_no_revision() -> None:
    local = listing("file:weights", {"a": 1}, revision=None)

    assert {"format_version", "source", "files", "weight_maps"} == set(local.to_dict())
    assert local == parse_listing(format_listing(local), name="x.json")


def test_listing_keeps_its_provenance_in_the_order_it_was_told() -> None:
    told = listing("hf:test/alpha", {"a": 1}, provenance=("b", "a"))

    assert told.to_dict()["provenance"] == ["b", "a"]
    assert "provenance" not in listing("hf:test/alpha", {"a": 1}).to_dict()


def test_format_is_canonical_whatever_the_order_it_was_read_in() -> None:
    one = listing("hf:test/alpha", {"a": 1, "b": 2})
    values = one.to_dict()
    values["files"] = list(reversed(values["files"]))  # type: ignore[call-overload]

    assert format_listing(one) == format_listing(parse_listing(json.dumps(values).encode(), name="x.json"))


@pytest.mark.parametrize("version", [1, "1.0"])
def test_version_may_be_the_number_that_it_was_at_first(version: object) -> None:
    expected = parse_listing(json.dumps(VALUES | {"format_version": "1.0"}).encode(), name="x.json")

    assert expected == parse_listing(json.dumps(VALUES | {"format_version": version}).encode(), name="x.json")


def test_listing_of_a_later_minor_version_may_have_keys_that_are_ignored() -> None:
    files = [{**FILES[0], "mode": 1}]
    later = VALUES | {"format_version": "1.7", "files": files, "extra": {"x": 1}}

    assert parse_listing(json.dumps(VALUES | {"files": FILES[:1]}).encode(), name="x.json") == parse_listing(
        json.dumps(later).encode(), name="x.json"
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[]", ": its root is no object"),
        (b"{", ": it is no JSON: Expecting property name enclosed in double quotes"),
        ({}, ": `format_version` is missing"),
        (VALUES | {"format_version": 2}, ", `format_version`: only version 1 is known"),
        (VALUES | {"format_version": "2.0"}, ", `format_version`: only version 1 is known"),
        (VALUES | {"format_version": "1"}, ", `format_version`: only version 1 is known"),
        (VALUES | {"format_version": 1.0}, ", `format_version`: expected an integer, not a number"),
        ({"format_version": 1, "files": []}, ": `source` is missing"),
        (VALUES | {"extra": 1}, ", `extra`: unknown key `extra`"),
        (
            VALUES | {"revision": "main"},
            ", `revision`: expected a 40-hex commit or `sha256:` and 64 hexadecimal digits, not `main`",
        ),
        (VALUES | {"license": 3}, ", `license`: expected a string, not an integer"),
        (VALUES | {"license": "\ud800"}, ", `license`: the text is no valid Unicode"),
        (file(path="../a"), ", `files[0].path`: Unsafe path `../a`: a part is '..'"),
        (file(path="a\ud800"), ", `files[0].path`: the text is no valid Unicode"),
        (file(size=-1), ", `files[0].size`: expected a number that is not negative, not -1"),
        (file(size=1.0), ", `files[0].size`: expected an integer, not a number"),
        (file(sha256="7C" * 32), f", `files[0].sha256`: expected 64 lower-case hexadecimal digits, not `{'7C' * 32}`"),
        (file(mode=1), ", `files[0].mode`: unknown key `mode`"),
        (
            VALUES | {"files": [*FILES, FILES[0] | {"path": "A"}]},
            ", `files`: `A` and `a` cannot exist side by side",
        ),
        (
            VALUES | {"files": [*FILES, FILES[0] | {"path": "a/b"}]},
            ", `files`: `a` and `a/b` cannot exist side by side",
        ),
        (VALUES | {"weight_maps": {"../i": {}}}, ", `weight_maps.../i`: Unsafe path `../i`: a part is '..'"),
        (VALUES | {"weight_maps": {"i": {"t": 1}}}, ", `weight_maps.i.t`: expected a string, not an integer"),
        (VALUES | {"provenance": "hearsay"}, ", `provenance`: expected a list, not a string"),
        (VALUES | {"provenance": ["a", 1]}, ", `provenance[1]`: expected a string, not an integer"),
        (VALUES | {"weight_maps": {"i": []}}, ", `weight_maps.i`: expected a table, not a list"),
    ],
)
def test_listing_that_breaks_a_rule_is_refused(data: bytes | dict[str, Any], message: str) -> None:
    assert message == refused(data)


def test_listing_that_states_a_file_twice_is_refused() -> None:
    text = json.dumps(VALUES).replace('"size": 1', '"size": 1, "size": 2')

    assert refused(text.encode()) == ": the key `size` is there twice"


@pytest.mark.parametrize("shard", ["../../etc/passwd", "a/b", "..", ""])
def test_listing_with_a_shard_that_is_no_plain_name_is_refused(shard: str) -> None:
    """A recorded listing is as foreign as the index that it was made from."""
    message = refused(VALUES | {"weight_maps": {"i": {"t": shard}}})

    assert message.startswith(", `weight_maps.i.t`: ")


def test_secret_in_the_source_is_not_shown() -> None:
    assert "hunter2" not in refused(VALUES | {"source": "https://user:hunter2@host/x"})


@pytest.mark.parametrize(
    ("source", "ref"),
    [("hf:Wan-AI/Wan2.2", None), ("hf:Wan-AI/Wan2.2", "main"), ("https://h/d", "refs/pr/1"), ("file:../..", "é" * 99)],
)
def test_file_name_is_portable_and_differs_by_source_and_ref(source: str, ref: str | None) -> None:
    name = listing_file_name(SourceRef.parse(source), ref)

    assert name_problem(name) is None
    assert name.isascii()
    others = {listing_file_name(SourceRef.parse(source), other) for other in ("x", "X", "x/y", "x_y", None, ref)}
    assert len(others) == (5 if ref is None else 6)


def test_file_name_reads_as_its_source() -> None:
    name = listing_file_name(SourceRef.parse("hf:Wan-AI/Wan2.2"), "main")

    assert name.startswith("hf_Wan-AI_Wan2.2@main-")

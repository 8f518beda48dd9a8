"""`*.index.json`: which shard holds which tensor."""

from __future__ import annotations

import json

import pytest

from wansync.documents import DocumentError
from wansync.formats.index import MAX_INDEX_BYTES, parse_weight_map


def test_weight_map_is_read_and_the_rest_is_ignored() -> None:
    data = b'{"metadata": {"total_size": 5}, "weight_map": {"a": "m-1.safetensors", "b": "m-1.safetensors"}}'

    assert parse_weight_map(data) == {"a": "m-1.safetensors", "b": "m-1.safetensors"}


def test_index_without_a_weight_map_is_empty() -> None:
    assert parse_weight_map(b"{}") == {}


@pytest.mark.parametrize("shard", ["", ".", "..", "a/b", "../x", "/etc/passwd", "a\\b", "C:\\x"])
def test_shard_that_is_no_plain_name_is_refused(shard: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_weight_map(json.dumps({"weight_map": {"t": shard}}).encode())

    assert caught.value.message == "a shard is no plain file name"
    assert caught.value.key_path == ("weight_map", "t")


@pytest.mark.parametrize(("shard", "found"), [(3, "an integer"), (None, "NoneType"), (["a"], "a list")])
def test_shard_that_is_no_text_is_refused(shard: object, found: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_weight_map(json.dumps({"weight_map": {"t": shard}}).encode())

    assert caught.value.message == f"expected a string, not {found}"
    assert caught.value.key_path == ("weight_map", "t")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[]", "its root is no object"),
        (b'{"weight_map": []}', "expected a table, not a list"),
        (b"safetensors", "it is no JSON: Expecting value"),
        (b'{"weight_map": {"a": "x", "a": "y"}}', "the key `a` is there twice"),
    ],
)
def test_text_that_is_no_index_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_weight_map(data)

    assert message == caught.value.message


def test_index_that_is_too_large_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"the document is larger than 64\.0 MiB"):
        parse_weight_map(b" " * (MAX_INDEX_BYTES + 1))

"""Whatever a file holds, its parser answers with a value or with its own error."""

from __future__ import annotations

import copy
import json
import tomllib
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.property.strategies import ANY_TOML
from tests.support.weights import with_header
from tests.unit.samples import MANIFEST, listing, shared_lock
from wansync.digest import Digest
from wansync.documents import DocumentError, parse_json, parse_toml
from wansync.errors import (
    InvalidListingError,
    InvalidLockError,
    InvalidManifestError,
    LockConflictError,
    PathUnsafeError,
    UnknownModelError,
    UsageError,
)
from wansync.formats.index import parse_weight_map
from wansync.formats.safetensors import parse_header
from wansync.formats.shards import find_contradiction, shard_warnings, unused_weights
from wansync.formats.structure import bytes_needed, examine
from wansync.graph import build_graph
from wansync.listing import format_listing, parse_listing
from wansync.lockfile import common_lock, format_lock, heal, parse_lock, select
from wansync.manifest import parse_manifest
from wansync.paths import RelativePath, name_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DrawFn, SearchStrategy

_T = TypeVar("_T")
LOCK = format_lock(shared_lock())
CONFLICTED = b"<<<<<<< ours\n" + LOCK + b"||||||| base\n=======\n" + LOCK + b">>>>>>> theirs\n"
LISTING = format_listing(
    listing("hf:a/b", {"a": 1, "i.index.json": 2}, weight_maps={RelativePath("i.index.json"): {"t": "a"}})
)
LIMITED = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MARKS = st.sampled_from(
    [
        "=======\n",
        "[[component]]\n",
        "[",
        "]",
        "{",
        "}",
        '"',
        '"""',
        "'''",
        "\\",
        "\n",
        "=",
        ".",
        ",",
        "#",
        "-1",
        "nan",
        "\x00",
    ]
)
HEADER: dict[str, Any] = {
    "__metadata__": {"format": "pt"},
    "a": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]},
    "b": {"dtype": "F4", "shape": [2], "data_offsets": [8, 9]},
}
NAMES = st.sampled_from(["m.safetensors", "m.safetensors.index.json", "config.json", "m.bin"])
SUFFIXES = st.sampled_from([".safetensors", ".fp16.safetensors", ".bin", ".json", ""])


def damaged(data: bytes) -> SearchStrategy[bytes]:
    """Bytes of a good document with a slice replaced."""
    places = st.integers(0, len(data))
    scraps = st.binary(max_size=6) | MARKS.map(str.encode)
    return st.builds(lambda a, b, scrap: data[: min(a, b)] + scrap + data[max(a, b) :], places, places, scraps)


@st.composite
def altered(draw: DrawFn, values: dict[str, Any], replacements: SearchStrategy[Any]) -> dict[str, Any]:
    """Values of a good document with one of them replaced, removed, or added to."""
    result = copy.deepcopy(values)
    place: Any = result
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return result
        key = draw(st.sampled_from(keys))
        if isinstance(place[key], dict | list) and draw(st.integers(0, 3)):
            place = place[key]
            continue
        what = draw(st.sampled_from(["replace", "remove", "twin"]))
        if what == "replace":
            place[key] = draw(replacements)
        elif what == "remove":
            del place[key]
        elif isinstance(place, list):
            place.append(copy.deepcopy(place[key]))
        else:
            place[draw(st.text(max_size=5))] = copy.deepcopy(place[key])
        return result


def answers(parse: Callable[[_T], object], data: _T, *errors: type[Exception]) -> bool:
    """Return whether the parser took the data; any other exception than its own fails the test."""
    try:
        parse(data)
    except errors:
        return False
    return True


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.one_of(st.binary(), st.text().map(str.encode), damaged(MANIFEST.encode())))
@LIMITED
def test_toml_and_manifest_of_any_bytes(data: bytes) -> None:
    is_toml = answers(lambda d: parse_toml(d, limit=10_000), data, DocumentError)

    assert is_toml or not answers(parse_manifest, data, InvalidManifestError)


@given(st.one_of(st.binary(), st.text().map(str.encode), damaged(LOCK)))
@LIMITED
def test_lock_of_any_bytes(data: bytes) -> None:
    answers(parse_lock, data, InvalidLockError, LockConflictError)


@given(st.one_of(st.binary(), st.text().map(str.encode), damaged(CONFLICTED), damaged(LOCK)))
@LIMITED
def test_conflicted_lock_of_any_bytes(data: bytes) -> None:
    answers(lambda d: heal(d, parse_manifest(MANIFEST.encode())), data, InvalidLockError)
    answers(common_lock, data, InvalidLockError)


@given(st.one_of(st.binary(), st.text().map(str.encode), damaged(LISTING)))
@LIMITED
def test_json_listing_and_index_of_any_bytes(data: bytes) -> None:
    answers(lambda d: parse_json(d, limit=10_000), data, DocumentError)
    answers(lambda d: parse_listing(d, name="x.json"), data, InvalidListingError)
    answers(parse_weight_map, data, DocumentError)


@given(st.one_of(st.binary(), damaged(with_header(HEADER, b"123456789"))), st.integers(0, 2**64))
@LIMITED
def test_safetensors_header_of_any_bytes_and_size(data: bytes, size: int) -> None:
    answers(lambda d: parse_header(d, len(d)), data, DocumentError)
    answers(lambda d: parse_header(d, size), data, DocumentError)


@given(altered(HEADER, JSON_VALUES))
@LIMITED
def test_safetensors_header_with_any_value_anywhere_that_is_taken_covers_the_file(values: dict[str, Any]) -> None:
    def parse(data: bytes) -> None:
        found = parse_header(data, len(data))
        assert sum(tensor.end - tensor.begin for tensor in found.tensors.values()) == 9

    answers(parse, with_header(values, b"123456789"), DocumentError)


@given(NAMES, st.binary(), st.integers(0, 2**64))
@LIMITED
def test_head_of_any_file_is_judged(name: str, head: bytes, size: int) -> None:
    assert bytes_needed(name, head, size) >= 0
    assert examine(name, head, size).format in {"safetensors", "gguf", "pickle", "other"}


SHARD_NAMES = st.builds("{}-{}-of-{}{}".format, *[st.sampled_from(["", "1", "2", "m", "aux", "é"])] * 3, SUFFIXES)
WEIGHT_MAPS = st.dictionaries(
    st.sampled_from(["m.safetensors.index.json", "n.bin.index.fp16.json", ".index.json", "deep/m.index.json"]),
    st.dictionaries(st.sampled_from("abc"), SHARD_NAMES | SHARD_NAMES | st.text(max_size=5), max_size=3),
)


@given(WEIGHT_MAPS, st.lists(SHARD_NAMES))
@LIMITED
def test_shards_of_any_names_are_judged(indexes: dict[str, dict[str, str]], names: list[str]) -> None:
    weight_maps = {RelativePath(index): shards for index, shards in indexes.items()}
    files = {RelativePath(name): Digest.of(name.encode()) for name in names if name_problem(name) is None}

    def judge(maps: dict[RelativePath, dict[str, str]]) -> None:
        find_contradiction(maps)
        shard_warnings(files, maps)
        assert unused_weights(files, maps) <= set(files)

    answers(judge, weight_maps, PathUnsafeError)


@given(altered(tomllib.loads(MANIFEST), ANY_TOML))
@LIMITED
def test_manifest_with_any_value_anywhere_that_is_taken_has_a_graph(values: dict[str, Any]) -> None:
    def parse(data: bytes) -> None:
        build_graph(parse_manifest(data))

    answers(parse, tomlkit.dumps(values).encode(), InvalidManifestError)


@given(altered(tomllib.loads(LOCK.decode()), ANY_TOML))
@LIMITED
def test_lock_with_any_value_anywhere_that_is_taken_can_be_used_and_written(values: dict[str, Any]) -> None:
    def parse(data: bytes) -> None:
        lock = parse_lock(data)
        # An empty profile has a test of its own.
        if lock.minor == 0 and all(lock.profiles.values()):
            assert lock == parse_lock(format_lock(lock))
        for wanted in ([], *([model.id] for model in lock.models)):
            answers(partial(select, lock), wanted, UnknownModelError, UsageError)

    answers(parse, tomlkit.dumps(values).encode(), InvalidLockError, LockConflictError)


@given(altered(json.loads(LISTING), JSON_VALUES))
@LIMITED
def test_listing_with_any_value_anywhere_that_is_taken_can_be_written(values: dict[str, Any]) -> None:
    def parse(data: bytes) -> None:
        found = parse_listing(data, name="x.json")
        assert found == parse_listing(format_listing(found), name="x.json")

    answers(parse, json.dumps(values).encode(), InvalidListingError)

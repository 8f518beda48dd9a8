"""The parser of safetensors headers against the package that defines the format."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.weights import with_header
from wansync.documents import DocumentError
from wansync.formats.safetensors import Dtype, parse_header

safetensors = pytest.importorskip("safetensors", reason="needs the package safetensors (make wan)")
LIMITED = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, 0, 1, -1, 8, 1.0, True, "U8", "F4", [], [0], [0, 8], [8, 0], [2, 2], {}, 2**63, 2**64]
)
METADATA: st.SearchStrategy[Any] = st.sampled_from([None, {}, {"a": "b"}, {"a": 1}, [], "text"])


@st.composite
def headers(draw: st.DrawFn) -> dict[str, Any]:
    """Return a good header of a few tensors, in any order."""
    entries: dict[str, Any] = {}
    end = 0
    for number in range(draw(st.integers(0, 4))):
        dtype = draw(st.sampled_from(Dtype))
        shape = draw(st.lists(st.integers(0, 3), max_size=2).map(lambda shape: [*shape, 8]))
        size = dtype.bits * _product(shape) // 8
        entries[f"t{number}"] = {"dtype": str(dtype), "shape": shape, "data_offsets": [end, end + size]}
        end += size
    order = draw(st.permutations(list(entries)))
    return {name: entries[name] for name in order}


@st.composite
def edited(draw: st.DrawFn) -> tuple[dict[str, Any], int]:
    """Return a header with one value replaced, and how many bytes follow it."""
    header = draw(headers())
    end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
    header = copy.deepcopy(header)
    if draw(st.booleans()) and header:
        entry = header[draw(st.sampled_from(list(header)))]
        place = entry[draw(st.sampled_from(list(entry)))] if draw(st.booleans()) else entry
        if isinstance(place, list):
            place[draw(st.integers(0, len(place) - 1))] = draw(VALUES)
        elif isinstance(place, dict):
            place[draw(st.sampled_from([*place, "more"]))] = draw(VALUES)
    if draw(st.booleans()):
        header["__metadata__"] = draw(METADATA)
    return header, max(0, end + draw(st.sampled_from([0, 0, 0, 1, -1])))


def _product(shape: list[int]) -> int:
    count = 1
    for length in shape:
        count *= length
    return count


def is_taken(data: bytes) -> bool:
    try:
        parse_header(data, len(data))
    except DocumentError:
        return False
    return True


def is_taken_by_the_package(data: bytes) -> bool:
    try:
        safetensors.deserialize(data)
    except safetensors.SafetensorError:
        return False
    return True


@given(edited())
@LIMITED
def test_header_is_taken_when_the_package_takes_it(made: tuple[dict[str, Any], int]) -> None:
    header, size = made
    data = with_header(header, b"x" * size)

    assert is_taken(data) == is_taken_by_the_package(data)


@given(headers())
@LIMITED
def test_header_says_what_the_package_says(header: dict[str, Any]) -> None:
    end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
    data = with_header(header, bytes(end))

    theirs = {name: (value["dtype"], list(value["shape"])) for name, value in safetensors.deserialize(data)}
    ours = {name: (str(t.dtype), list(t.shape)) for name, t in parse_header(data, len(data)).tensors.items()}

    assert ours == theirs


@pytest.mark.parametrize(
    "header",
    [
        b"{}",
        b" \t\r\n{}\r ",
        b"{}\0",
        b"[]",
        b"",
        b'{"__metadata__": null}',
        b'{"a": {"dtype": "U8", "dtype": "U8", "shape": [0], "data_offsets": [0, 0]}}',
        b'{"\\ud800": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}}',
        b'{"a": {"dtype": "U8", "shape": [NaN], "data_offsets": [0, 0]}}',
        "\ufeff{}".encode(),
        b"\xff",
    ],
)
def test_text_is_taken_when_the_package_takes_it(header: bytes) -> None:
    data = with_header(header)

    assert is_taken(data) == is_taken_by_the_package(data)


EMPTY = b'{"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}'


@pytest.mark.parametrize(
    "header",
    [b'{"a": ' + EMPTY + b', "a": ' + EMPTY + b"}", b'{"a": ["U8", [0], [0, 0]]}'],
    ids=["a name twice", "a list for a tensor"],
)
def test_text_that_only_the_readme_of_the_format_forbids_is_refused(header: bytes) -> None:
    data = with_header(header)

    assert (is_taken(data), is_taken_by_the_package(data)) == (False, True)

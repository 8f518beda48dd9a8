"""Do the files of a view make sense together?"""

from __future__ import annotations

import json
import pickle

import pytest

from tests.support.weights import safetensors, with_header
from wansync.formats.index import MAX_INDEX_BYTES
from wansync.formats.magic import HEAD_BYTES, content_format
from wansync.formats.structure import Content, Defect, bytes_needed, examine, find_defects
from wansync.paths import RelativePath

INDEX = "model.safetensors.index.json"
PICKLE = pickle.dumps({"weights": [1, 2]})
A_PICKLE = "it is a pickle, which can run code when it is loaded"


def index(**weight_map: str) -> bytes:
    return json.dumps({"metadata": {"total_size": 3}, "weight_map": weight_map}).encode()


def defects(files: dict[str, bytes], *pickles: str) -> list[tuple[str, str]]:
    contents = {RelativePath(path): examine(path.rpartition("/")[2], data, len(data)) for path, data in files.items()}
    found = find_defects(contents, {RelativePath(path) for path in pickles})
    return [(str(defect.path), defect.problem) for defect in found]


SHARDED = {
    f"deep/{INDEX}": index(a="one.safetensors", b="two.safetensors"),
    "deep/one.safetensors": safetensors({"a": b"1", "unnamed": b"2"}),
    "deep/two.safetensors": safetensors({"b": b"1"}),
    "deep/config.json": b"{}",
    "README": b"",
}


def test_view_that_makes_sense_has_no_defect() -> None:
    assert defects(SHARDED) == []


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("deep/two.safetensors", b"", "shorter than the 8 bytes that say how long the header is"),
        ("deep/two.safetensors", safetensors({"b": b"1"}) + b"x", "its tensors take 1 bytes, and the file has 2"),
        (
            "x.SafeTensors",
            with_header({"a.b": {"data_offsets": [0, 1, 2]}}),
            "(`a.b.data_offsets`: expected begin and end",
        ),
        (f"deep/{INDEX}", b"{", "it is no index of shards (it is no JSON"),
        (f"deep/{INDEX}", index(a="../one.safetensors"), "(`weight_map.a`: a shard is no plain file name)"),
        (
            f"deep/{INDEX}",
            index(a="one.safetensors", b="three.safetensors"),
            "it names the shard `three.safetensors`, which is not there",
        ),
        (INDEX, index(a="one.safetensors"), "it names the shard `one.safetensors`, which is not there"),
        (INDEX, index(a="aux.safetensors"), "it names the shard `aux.safetensors`, which is not there"),
        (
            f"deep/{INDEX}",
            index(a="one.safetensors", b="one.safetensors"),
            "it has the tensor `b` in the shard `one.safetensors`, which lacks it",
        ),
    ],
)
def test_view_with_a_file_that_makes_no_sense_has_that_defect(name: str, data: bytes, problem: str) -> None:
    ((path, found),) = defects(SHARDED | {name: data})

    assert path == name
    assert problem in found


def test_shard_without_a_header_is_one_defect_not_one_for_each_index() -> None:
    ((path, _),) = defects(SHARDED | {"deep/one.safetensors": b"no header at all"})

    assert path == "deep/one.safetensors"


@pytest.mark.parametrize("name", ["weights.dat", "model.json", "deep/tokenizer", "model.pth"])
def test_pickle_needs_its_opt_in_whatever_its_name(name: str) -> None:
    assert defects({name: PICKLE}) == [(name, A_PICKLE)]
    assert defects({name: PICKLE}, name) == []


@pytest.mark.parametrize("name", ["model.safetensors", INDEX])
def test_pickle_that_calls_itself_something_else_is_useless_with_an_opt_in_too(name: str) -> None:
    assert defects({name: PICKLE}) == [(name, A_PICKLE)]
    ((path, problem),) = defects({name: PICKLE}, name)

    assert path == name
    assert problem.startswith("it ")
    assert problem != A_PICKLE


def test_header_whose_length_could_begin_a_pickle_is_safetensors_by_name() -> None:
    data = with_header(b"{}", length=0x280280 + 8)

    assert content_format(data) == "pickle"
    assert defects({"model.safetensors": data}) == []
    assert defects({"model.dat": data}) == [("model.dat", A_PICKLE)]


def test_defect_says_whether_an_opt_in_would_help() -> None:
    contents = {RelativePath("a"): Content(format="pickle"), RelativePath("b"): Content(format="other", problem="bad")}

    assert find_defects(contents, ()) == (
        Defect(path=RelativePath("a"), problem=A_PICKLE, pickle=True),
        Defect(path=RelativePath("b"), problem="bad"),
    )


def test_index_of_shards_without_headers_asks_only_that_they_are_there() -> None:
    files = {"pytorch_model.bin.index.json": index(a="m.bin"), "m.bin": PICKLE}

    assert defects(files, "m.bin") == []


@pytest.mark.parametrize(
    ("name", "head", "size", "expected"),
    [
        ("config.json", b"x" * HEAD_BYTES, 10**9, HEAD_BYTES),
        ("m.safetensors", (5000).to_bytes(8, "little") + b"{" * 90, 10**9, 5008),
        ("m.safetensors", safetensors({"a": b"12345"}), len(safetensors({"a": b"12345"})), None),
        ("m.safetensors", b"\xff" * HEAD_BYTES, 10**9, HEAD_BYTES),
        ("m.safetensors", b"", 0, 0),
        (INDEX, b"{", 70_000, 70_000),
        (INDEX, b"{", 10**9, MAX_INDEX_BYTES + 1),
    ],
)
def test_bytes_needed_are_the_header_or_the_index_or_a_few(
    name: str, head: bytes, size: int, expected: int | None
) -> None:
    assert bytes_needed(name, head, size) == (len(head) - 5 if expected is None else expected)

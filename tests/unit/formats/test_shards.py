"""Shards by their names: which are used, which contradict each other, and which are merely odd."""

from __future__ import annotations

import pytest

from tests.unit.samples import digest
from wansync.errors import PathUnsafeError
from wansync.formats.shards import (
    Contradiction,
    find_contradiction,
    named_shards,
    shard_warnings,
    unused_weights,
    whole_name,
)
from wansync.paths import RelativePath

INDEX = "model.safetensors.index.json"
ONE, TWO = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
PAIR = {INDEX: [ONE, TWO]}


def maps(indexes: dict[str, list[str]]) -> dict[RelativePath, dict[str, str]]:
    """Return weight maps: the tensors of each index are t0, t1, ... in the order of its shards."""
    return {RelativePath(i): {f"t{n}": shard for n, shard in enumerate(shards)} for i, shards in indexes.items()}


def contradiction(indexes: dict[str, list[str]]) -> Contradiction | None:
    return find_contradiction(maps(indexes))


def warnings(names: list[str], indexes: dict[str, list[str]], **contents: str) -> list[str]:
    """Return the warnings about files that differ, but for those that `contents` says."""
    same = {name: contents.get(name.partition(".")[0].replace("-", "_"), name) for name in names}
    files = {RelativePath(name): digest(content) for name, content in same.items()}
    return list(shard_warnings(files, maps(indexes)))


def paths(*names: str) -> set[RelativePath]:
    return {RelativePath(name) for name in names}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (ONE, "model.safetensors"),
        ("model.fp16-00001-of-00002.safetensors", "model.fp16.safetensors"),
        ("model-00001-of-00002.fp16.safetensors", "model.fp16.safetensors"),
        ("pytorch_model-1-of-2.bin", "pytorch_model.bin"),
        ("a-1-of-2-1-of-3.safetensors", "a-1-of-2.safetensors"),
        ("model.safetensors", "model.safetensors"),
        ("model-00001-of-00002.json", "model-00001-of-00002.json"),
        ("-00001-of-00002.safetensors", "-00001-of-00002.safetensors"),
        ("model-0000000001-of-2.bin", "model-0000000001-of-2.bin"),
    ],
)
def test_shard_belongs_to_the_whole_file_of_its_name(name: str, expected: str) -> None:
    assert expected == whole_name(name)


@pytest.mark.parametrize("folder", ["", "deep/er/"])
def test_named_shards_lie_beside_their_index(folder: str) -> None:
    index = RelativePath(folder + INDEX)

    assert named_shards(index, {"a": ONE, "b": TWO, "c": ONE}) == paths(folder + ONE, folder + TWO)


def test_named_shard_that_is_no_portable_name_is_refused() -> None:
    with pytest.raises(PathUnsafeError):
        named_shards(RelativePath(INDEX), {"a": "aux.safetensors"})


def test_unused_weights_are_those_in_a_folder_with_an_index_that_none_names() -> None:
    names = [ONE, TWO, "model.safetensors", "pytorch_model.BIN", "config.json", "deep/model.safetensors", "old.gguf"]

    assert unused_weights(map(RelativePath, names), maps(PAIR)) == paths("model.safetensors", "pytorch_model.BIN")


def test_unused_weights_of_two_indexes_in_a_folder_are_those_that_neither_names() -> None:
    indexes = PAIR | {"model.safetensors.index.fp16.json": ["model.fp16-1-of-1.safetensors"]}
    names = [ONE, TWO, "model.fp16-1-of-1.safetensors", "model.fp16.safetensors"]

    assert unused_weights(map(RelativePath, names), maps(indexes)) == paths("model.fp16.safetensors")


def test_unused_weights_without_an_index_are_none() -> None:
    assert unused_weights(paths(ONE, "model.safetensors"), {}) == frozenset()


@pytest.mark.parametrize(
    "indexes",
    [
        PAIR,
        {INDEX: ["model.safetensors"]},
        {INDEX: ["a-1-of-1.safetensors", "b-1-of-2.safetensors", "b-2-of-2.safetensors"]},
        {INDEX: ["model-00000-of-00002.safetensors", ONE]},
        {INDEX: [ONE, TWO], "model.safetensors.index.fp16.json": ["model.fp16-00001-of-00001.safetensors"]},
        {INDEX: [ONE, TWO], "pytorch_model.bin.index.json": ["model-00001-of-00001.bin"]},
        {"a/" + INDEX: [ONE, TWO], "b/" + INDEX: [TWO, ONE]},
        {INDEX: [ONE, TWO], "again.safetensors.index.json": [ONE, TWO]},
        {},
    ],
)
def test_contradiction_of_shards_that_fit_is_none(indexes: dict[str, list[str]]) -> None:
    assert contradiction(indexes) is None


@pytest.mark.parametrize(
    ("shards", "expected", "files"),
    [
        (
            ["model-00001-of-00003.safetensors", ONE],
            f"names shards whose numbers exclude each other: `{ONE}` and `model-00001-of-00003.safetensors`",
            ["model-00001-of-00003.safetensors", ONE],
        ),
        (
            [TWO, "model-00003-of-00003.safetensors"],
            f"names shards whose numbers exclude each other: `{TWO}` and `model-00003-of-00003.safetensors`",
            [TWO, "model-00003-of-00003.safetensors"],
        ),
        (
            [ONE, "model-1-of-2.safetensors"],
            f"names shards whose numbers exclude each other: `{ONE}` and `model-1-of-2.safetensors`",
            [ONE, "model-1-of-2.safetensors"],
        ),
        (
            ["model-3-of-2.safetensors"],
            "names a shard with a number that cannot be: `model-3-of-2.safetensors`",
            ["model-3-of-2.safetensors"],
        ),
    ],
)
def test_contradiction_of_numbers_names_the_shards(shards: list[str], expected: str, files: list[str]) -> None:
    found = contradiction({INDEX: shards})

    assert found == Contradiction(index=RelativePath(INDEX), message=expected, files=tuple(sorted(paths(*files))))


def test_contradiction_of_two_indexes_is_a_tensor_that_they_put_in_different_shards() -> None:
    found = contradiction({"deep/a.safetensors.index.json": [ONE, TWO], "deep/b.safetensors.index.json": [ONE, ONE]})

    assert found == Contradiction(
        index=RelativePath("deep/b.safetensors.index.json"),
        message=f"has the tensor `t1` in `{ONE}`, and `a.safetensors.index.json` has it in `{TWO}`",
        files=(RelativePath(f"deep/{ONE}"), RelativePath(f"deep/{TWO}")),
    )


@pytest.mark.parametrize(
    ("names", "indexes"),
    [
        ([ONE, TWO, INDEX, "config.json"], PAIR),
        ([ONE], {}),
        ([ONE, "model-00001-of-00003.safetensors"], {}),
        ([ONE, TWO, INDEX, "lora-00001-of-00002.safetensors", "vae.safetensors"], PAIR),
        ([ONE, TWO, INDEX, "deep/model-00003-of-00003.safetensors", "deep/other.safetensors"], PAIR),
        (["model.safetensors", INDEX], {INDEX: ["model.safetensors"]}),
        (["aux-1-of-2.safetensors", "a~1-1-of-2.safetensors"], {}),
    ],
)
def test_warnings_of_usual_files_are_none(names: list[str], indexes: dict[str, list[str]]) -> None:
    assert warnings(names, indexes) == []


@pytest.mark.parametrize(
    ("extra", "indexes", "expected"),
    [
        (["model-00001-of-00003.safetensors"], PAIR, "`model-00001-of-00003.safetensors`"),
        (
            [f"model-{n}-of-3.safetensors" for n in (1, 2, 3)],
            PAIR,
            "`model-1-of-3.safetensors`, `model-2-of-3.safetensors` and `model-3-of-3.safetensors`",
        ),
        (
            [f"model-{n}-of-9.safetensors" for n in range(1, 10)],
            PAIR,
            "`model-1-of-9.safetensors`, `model-2-of-9.safetensors`, `model-3-of-9.safetensors` and 6 more",
        ),
        (
            ["model.fp16-1-of-2.safetensors", ONE, TWO],
            {"model.safetensors.index.fp16.json": [ONE, TWO]},
            "`model.fp16-1-of-2.safetensors`",
        ),
        (["other-00003-of-00003.safetensors"], {INDEX: ["other.safetensors"]}, "`other-00003-of-00003.safetensors`"),
    ],
)
def test_warning_of_shards_that_no_index_names_says_how_to_leave_them_out(
    extra: list[str], indexes: dict[str, list[str]], expected: str
) -> None:
    said = f'no index names {expected}; `shards = "used"` leaves out what no index names'

    assert said in warnings([*extra, *(shard for shards in indexes.values() for shard in shards)], indexes)


@pytest.mark.parametrize("indexes", [PAIR, {}], ids=["with an index", "without one"])
def test_warning_of_a_whole_file_beside_its_shards(indexes: dict[str, list[str]]) -> None:
    expected = "`model.safetensors` stands beside its own shards; leave out one or the other with `exclude`"

    assert warnings([ONE, TWO, "model.safetensors"], indexes) == [expected]


def test_warning_of_an_index_that_names_some_of_its_shards() -> None:
    indexes = {INDEX: ["model-1-of-3.safetensors", "model-3-of-3.safetensors", "whole.safetensors"]}

    assert warnings(indexes[INDEX], indexes) == [f"`{INDEX}` names 2 of the 3 shards of `model.safetensors`"]


def test_warning_of_two_shards_with_the_same_bytes() -> None:
    found = warnings([ONE, TWO], PAIR, model_00001_of_00002="same", model_00002_of_00002="same")

    assert found == [f"the shards `{ONE}` and `{TWO}` have the same bytes"]


def test_index_by_another_name_is_about_what_it_names() -> None:
    three = "model-00003-of-00003.safetensors"

    said = warnings([ONE, three], {"weights.json": [ONE]})

    assert any(three in warning for warning in said)

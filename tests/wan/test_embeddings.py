"""Embeddings that are computed once give the very frames that the text encoder gives; a damaged one is a miss."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("torch", reason="torch is not installed (make wan)")
pytest.importorskip("diffusers", reason="diffusers is not installed (make wan)")

import numpy as np
import torch

from wansync.errors import InvalidInputError
from wansync.wan import EmbeddingCache, encode_prompts, load, load_pipeline, prompts
from wansync.wan.embeddings import EmbeddingKey, TextSide
from wansync.wan.modes import Mode, choose_dtypes
from wansync.wan.paths import get_wan_paths

if TYPE_CHECKING:
    from pathlib import Path

    from wansync import Project

pytestmark = pytest.mark.torch

SHORT: dict[str, Any] = {"size": (64, 64), "frames": 5, "any_size": True, "steps": 2, "seed": 3}
KEY = EmbeddingKey(
    text_encoder="a", tokenizer="b", prompt="a red cat", max_sequence_length=16, dtype="bf16", made_by="torch 2 on cpu"
)


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path / "embeddings")


@pytest.mark.parametrize("mode", ["production", "development"])
def test_frames_without_the_text_encoder_are_bit_identical(tiny: Project, cache: EmbeddingCache, mode: str) -> None:
    how: dict[str, Any] = {"device": "cpu", "mode": mode, "project": tiny}
    with load_pipeline("ti2v-5B", embeddings=False, **how) as loaded:
        expected = loaded("A red&nbsp;cat ", **SHORT).frames

    report = encode_prompts("ti2v-5B", ["A red&nbsp;cat ", "a dog", "a dog"], embeddings=cache, **how)
    with load_pipeline("ti2v-5B", embeddings=cache, text_encoder=False, **how) as loaded:
        assert loaded.pipe.text_encoder is None
        assert loaded.pipe.tokenizer is None
        # What cleaning makes equal is one embedding.
        found = loaded("A red cat", **SHORT).frames
        with pytest.raises(InvalidInputError, match="no embedding of this prompt is kept: `a bird`") as caught:
            loaded("a bird", **SHORT)

    assert np.array_equal(expected, found)
    assert report.encoded == ("A red&nbsp;cat ", "a dog", "")
    assert "encode_prompts" in caught.value.hint


def test_pipeline_with_a_text_encoder_fills_the_cache_and_uses_it(
    tiny: Project, cache: EmbeddingCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    with load_pipeline("ti2v-5B", device="cpu", project=tiny, embeddings=cache) as loaded:
        first = loaded("a red cat", **SHORT).frames
        assert cache.kept().files == 2
        monkeypatch.setattr(type(loaded.pipe), "_get_t5_prompt_embeds", None)
        assert np.array_equal(first, loaded("a red cat", **SHORT).frames)


def test_encoding_loads_the_text_side_alone_and_nothing_when_all_is_kept(
    tiny: Project, cache: EmbeddingCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def watched(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 (those of `read_pipeline`)
        seen.append(load.read_pipeline(*arguments, **options))
        return seen[-1]

    monkeypatch.setattr(prompts, "read_pipeline", watched)

    encode_prompts("t2v-A14B", ["a red cat"], device="cpu", project=tiny, embeddings=cache)
    again = encode_prompts("i2v-A14B", ["a red cat"], device="cpu", project=tiny, embeddings=cache)

    (pipe,) = seen
    assert (pipe.transformer, pipe.transformer_2, pipe.vae) == (None, None, None)
    assert (again.encoded, again.kept) == ((), ("a red cat", "")), "both models have the same text encoder"


def test_cache_is_in_the_store_unless_it_is_named(tiny: Project, tiny_store: Path) -> None:
    encode_prompts("t2v-A14B", ["a lonely tree"], device="cpu", project=tiny)

    kept = [*(tiny_store / ".cache" / "embeddings").iterdir()]
    assert kept
    assert all(b"lonely" not in path.read_bytes() for path in kept)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_what_is_kept_comes_back_bit_by_bit(cache: EmbeddingCache, dtype: torch.dtype) -> None:
    embedding = torch.randn(1, 16, 32, generator=torch.Generator().manual_seed(0)).to(dtype)

    assert cache.get(KEY) is None
    cache.put(KEY, embedding)

    found = cache.get(KEY)
    assert found is not None
    assert found.dtype == dtype
    assert torch.equal(embedding, found)


@pytest.mark.parametrize(
    "change",
    [
        {"text_encoder": "other"},
        {"tokenizer": "other"},
        {"prompt": "a red dog"},
        {"max_sequence_length": 17},
        {"dtype": "fp32"},
        {"made_by": "torch 3 on cpu"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_decides_about_the_bits_is_part_of_the_key(cache: EmbeddingCache, change: dict[str, Any]) -> None:
    cache.put(KEY, torch.zeros(1, 2))

    assert cache.get(replace(KEY, **change)) is None


def test_key_follows_the_locked_bytes(tiny: Project) -> None:
    dtypes = choose_dtypes(Mode.PRODUCTION, "cpu")
    sides = [TextSide.of(get_wan_paths(name, project=tiny), dtypes, "cpu") for name in ("t2v-A14B", "ti2v-5B")]

    trees = {component.id: str(component.tree) for component in tiny.workspace().lock()[0].components}
    assert {side.text_encoder for side in sides} == {trees["tiny-umt5"]}
    assert {side.tokenizer for side in sides} == {trees["tiny-umt5-tokenizer"]}
    assert sides[0].key("a  red\ncat") == sides[1].key("a red cat")


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "other key", "not safetensors"])
def test_damaged_embedding_is_a_miss_and_is_written_anew(cache: EmbeddingCache, damage: str) -> None:
    embedding = torch.ones(1, 4, 8)
    cache.put(KEY, embedding)
    (path,) = cache.folder.iterdir()
    data = path.read_bytes()
    other = replace(KEY, prompt="another")
    if damage == "other key":
        cache.put(other, embedding)
        (cache.folder / f"{other.digest}.safetensors").replace(path)
    else:
        flipped = data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]
        path.write_bytes({"cut": data[:-1], "flip": flipped, "empty": b"", "not safetensors": b"x" * 99}[damage])

    assert cache.get(KEY) is None
    cache.put(KEY, embedding)
    found = cache.get(KEY)
    assert found is not None
    assert torch.equal(embedding, found)


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    embedding = torch.zeros(1, 256)
    probe = EmbeddingCache(tmp_path / "probe")
    probe.put(KEY, embedding)
    size = probe.kept().size
    cache = EmbeddingCache(tmp_path / "embeddings", max_bytes=3 * size)
    keys = [replace(KEY, prompt=str(number)) for number in range(4)]
    for age, key in enumerate(keys[:3]):
        cache.put(key, embedding)
        os.utime(cache.folder / f"{key.digest}.safetensors", (age + 1, age + 1))

    assert cache.get(keys[0]) is not None
    cache.put(keys[3], embedding)

    assert [cache.get(key) is not None for key in keys] == [True, False, True, True]
    assert cache.kept().size <= cache.max_bytes


def test_cache_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = EmbeddingCache(tmp_path / "file" / "embeddings")

    cache.put(KEY, torch.zeros(1, 2))

    assert cache.get(KEY) is None
    assert cache.kept().files == 0


def test_embedding_larger_than_the_limit_is_not_kept(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path, max_bytes=10)

    cache.put(KEY, torch.zeros(1, 256))

    assert cache.kept().files == 0

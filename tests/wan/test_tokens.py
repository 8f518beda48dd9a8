"""Prompts are counted as the pipeline counts them, so that none is cut off without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("transformers", reason="transformers is not installed (make wan)")

from transformers import AutoTokenizer

from tests.support.wan_tree import WanTree
from wansync.errors import InvalidInputError
from wansync.wan import validate_inputs
from wansync.wan.tokens import token_counter

if TYPE_CHECKING:
    from pathlib import Path

PROMPTS = ("a red cat", "Zwei Katzen, die boxen.", "\u4e00\u53ea\u732b", "x")


@pytest.fixture
def t2v(tmp_path: Path) -> WanTree:
    return WanTree(tmp_path, "t2v-A14B")


def test_tokens_are_counted_as_transformers_does(t2v: WanTree) -> None:
    tokenizer = AutoTokenizer.from_pretrained(t2v / "tokenizer")
    count = token_counter(t2v.paths)

    assert count is not None
    assert [count(prompt) for prompt in PROMPTS] == [len(tokenizer(prompt).input_ids) for prompt in PROMPTS]


def test_prompt_is_counted_by_the_tokenizer_of_the_model(t2v: WanTree) -> None:
    assert validate_inputs(t2v.paths, "a red cat").prompt_tokens == token_counter(t2v.paths)("a red cat")  # type: ignore[misc]

    with pytest.raises(InvalidInputError, match="would be cut off"):
        validate_inputs(t2v.paths, "q " * 600)


def test_model_without_a_tokenizer_has_nobody_who_counts(t2v: WanTree) -> None:
    del t2v.slots["tokenizer"]

    assert token_counter(t2v.paths) is None

"""How models are named."""

from __future__ import annotations

import re

import pytest

from wansync.errors import UsageError
from wansync.manifest import ModelRef, fold
from wansync.manifest.names import ID_PATTERN, is_id

HINT = "Write `t2v-A14B`, `t2v-A14B@native` or `t2v-A14B@2.2.0:native`"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("t2v-A14B", ModelRef(model_id="t2v-A14B")),
        ("t2v-A14B@native", ModelRef(model_id="t2v-A14B", variant="native")),
        ("t2v-A14B@2.2.0:native", ModelRef(model_id="t2v-A14B", version="2.2.0", variant="native")),
        ("a@1+cu12:b", ModelRef(model_id="a", version="1+cu12", variant="b")),
    ],
)
def test_model_ref_reads_and_prints_the_same(text: str, expected: ModelRef) -> None:
    assert expected == ModelRef.parse(text)
    assert text == str(expected)


@pytest.mark.parametrize(
    "text", ["", "@", "a@", "@b", "a@b@c", "a@:b", "a@1:", "a@1:b:c", "a:b", "a b", "a@b\n", "../a", "a/b", "a.", "ä"]
)
def test_model_ref_of_another_form_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        ModelRef.parse(text)

    shown = text.replace("\n", "\\n")
    assert (f"`{shown}` is no model", HINT) == (str(caught.value), caught.value.hint)


@pytest.mark.parametrize("text", ["a", "A14B", "wan2.2-t2v-a14b", "a_", "a+", "a-", "1", "a" * 64])
def test_id_that_is_portable_is_well_formed(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "-a", "_a", "a b", "a@b", "a/b", "a\n", "\n", "é", "a" * 65])
def test_id_that_is_not_portable_is_not(text: str) -> None:
    assert not is_id(text)


@pytest.mark.parametrize("text", ["a\n", "a.\n", "\na"])
def test_pattern_as_json_schema_searches_it_agrees_with_is_id(text: str) -> None:
    assert is_id(text) is bool(re.search(ID_PATTERN, text))


def test_fold_makes_case_equal() -> None:
    assert fold("T2V-a14b") == fold("t2v-A14B")

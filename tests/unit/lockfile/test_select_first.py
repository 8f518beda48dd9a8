"""Which components come first: by the rule of `select`, and only what is selected."""

from __future__ import annotations

import pytest

from tests.unit.samples import shared_lock
from wansync.errors import UnknownModelError, UsageError
from wansync.lockfile import Selection, select, select_first

LOCK = shared_lock(default_profile=None, profiles={"small": ("alpha@small",)})
TEXT = {"umt5", "tokenizer"}
SMALL = {"alpha-transformer", *TEXT}


@pytest.mark.parametrize(
    ("selected", "first", "expected"),
    [
        ((), (), set()),
        ((), ("umt5",), TEXT),
        ((), ("UMT5",), TEXT),
        ((), ("tokenizer",), {"tokenizer"}),
        ((), ("beta",), {"beta-transformer", *TEXT}),
        ((), ("beta", "tokenizer", "alpha-transformer"), {"beta-transformer", "alpha-transformer", *TEXT}),
        # The default variant, where it is selected as well.
        (("alpha@big", "alpha@small"), ("alpha",), {"alpha-transformer"}),
        (("alpha@big", "alpha@small"), ("wan-alpha@1.0:small",), SMALL),
        # Whatever has all of its files in the run.
        (("alpha@small",), ("alpha@big",), {"alpha-transformer"}),
        (("umt5",), ("tokenizer",), {"tokenizer"}),
    ],
)
def test_names_mean_what_they_mean_to_a_command(
    selected: tuple[str, ...], first: tuple[str, ...], expected: set[str]
) -> None:
    assert select_first(LOCK, first, select(LOCK, selected)) == expected


def test_profile_says_which_variant_is_meant() -> None:
    selection = select(LOCK, ["alpha@small", "alpha@big"])

    assert select_first(LOCK, ["alpha"], selection, profile="small") == SMALL


def test_model_without_a_variant_is_the_one_that_is_selected() -> None:
    lock = shared_lock(default_profile=None, profiles={"small": ("alpha@small",)})
    selection = select(lock, ["alpha@big"])

    assert select_first(lock, ["alpha"], selection, profile="small") == {"alpha-transformer"}


def test_models_of_a_selection_do_not_matter_but_its_components_do() -> None:
    """A fetch knows components alone."""
    selection = Selection(models=(), components=select(LOCK, ["alpha@small"]).components)

    assert select_first(LOCK, ["alpha@small"], selection) == SMALL


@pytest.mark.parametrize(
    ("first", "hint"),
    [
        ("beta", "Known: alpha-transformer, alpha@big"),
        ("beta-transformer", "Did you mean `alpha-transformer`?"),
        ("umt5", "Known: alpha-transformer, alpha@big"),
        ("alpha@small", "Did you mean `alpha@big`?"),
    ],
)
def test_what_is_not_selected_is_refused(first: str, hint: str) -> None:
    with pytest.raises(UnknownModelError) as caught:
        select_first(LOCK, ["alpha", first], select(LOCK, ["alpha@big"]))

    assert str(caught.value) == f"`{first}` is no part of what this run works on"
    assert caught.value.hint == hint
    assert caught.value.facts == {"name": first, "known": ["alpha-transformer", "alpha@big"]}


@pytest.mark.parametrize("first", ["gamma", "alpha@huge", "alpha@2.0:big"])
def test_what_the_lock_has_not_is_refused_as_everywhere(first: str) -> None:
    with pytest.raises(UnknownModelError, match=" has no "):
        select_first(LOCK, [first], select(LOCK))


def test_name_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError):
        select_first(LOCK, ["alpha@"], select(LOCK))

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wansync.plan.turns import take_turns

ITEMS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 99)), max_size=30)


def test_models_have_their_turn_one_after_the_other() -> None:
    items = ["a1", "a2", "a3", "b1", "c1", "c2"]

    assert take_turns(items, lambda item: item[0]) == ["a1", "b1", "c1", "a2", "c2", "a3"]


def test_what_is_wanted_first_comes_before_all_else() -> None:
    items = ["a1", "a2", "b1", "b2"]

    assert take_turns(items, lambda item: item[0], lambda item: item == "b2") == ["b2", "a1", "b1", "a2"]


@given(ITEMS)
def test_nothing_is_lost_and_each_model_keeps_its_order(items: list[tuple[str, int]]) -> None:
    turns = take_turns(items, lambda item: item[0])

    assert sorted(turns) == sorted(items)
    for model in "abc":
        assert [item for item in turns if item[0] == model] == [item for item in items if item[0] == model]


@given(ITEMS)
def test_no_model_waits_for_two_of_another(items: list[tuple[str, int]]) -> None:
    turns = take_turns(items, lambda item: item[0])

    for place, item in enumerate(turns):
        before = [each[0] for each in turns[:place]]
        left = {each[0] for each in turns[place:]}
        assert all(before.count(item[0]) <= before.count(other) for other in left)

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.disks import NO_RESERVE, empty, plan_for
from tests.unit.samples import component, lock_of, locked, model, shared_lock, variant
from wansync.plan import in_turn
from wansync.plan.turns import take_turns

Item = tuple[str, int]
ITEMS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 99)), max_size=30)
WANTED = st.sets(st.integers(0, 99))


def model_of(item: Item) -> str:
    return item[0]


def paths(first: frozenset[str], *wanted: str) -> list[list[str]]:
    policy = dataclasses.replace(NO_RESERVE, first=first)
    rounds = in_turn(plan_for(shared_lock(), empty(), wanted, policy=policy))
    return [[str(item.path) for item in items] for items in rounds]


def test_models_have_their_turn_one_after_the_other() -> None:
    items = ["a1", "a2", "a3", "b1", "c1", "c2"]

    assert take_turns(items, lambda item: item[0]) == [["a1", "b1", "c1", "a2", "c2", "a3"]]


def test_what_is_wanted_first_has_a_round_before_all_else() -> None:
    items = ["a1", "a2", "b1", "b2"]

    assert take_turns(items, lambda item: item[0], lambda item: item == "b2") == [["b2"], ["a1", "b1", "a2"]]


@given(ITEMS)
def test_nothing_is_lost_and_each_model_keeps_its_order(items: list[Item]) -> None:
    turns = [item for round_ in take_turns(items, model_of) for item in round_]

    assert sorted(turns) == sorted(items)
    for name in "abc":
        assert [item for item in turns if item[0] == name] == [item for item in items if item[0] == name]


@given(ITEMS)
def test_no_model_waits_for_two_of_another(items: list[Item]) -> None:
    turns = [item for round_ in take_turns(items, model_of) for item in round_]

    for place, item in enumerate(turns):
        before = [each[0] for each in turns[:place]]
        left = {each[0] for each in turns[place:]}
        assert all(before.count(item[0]) <= before.count(other) for other in left)


@given(ITEMS, WANTED)
def test_each_round_is_what_would_be_taken_of_its_items_alone(items: list[Item], wanted: set[int]) -> None:
    first = [item for item in items if item[1] in wanted]
    rest = [item for item in items if item[1] not in wanted]

    rounds = take_turns(items, model_of, lambda item: item[1] in wanted)

    assert rounds == [*take_turns(first, model_of), *take_turns(rest, model_of)]
    assert all(rounds)


def test_files_of_what_comes_first_are_a_round_of_their_own() -> None:
    (everything,) = paths(frozenset())

    assert paths(frozenset({"beta-transformer"})) == [["b1"], [path for path in everything if path != "b1"]]
    first, rest = paths(frozenset({"umt5", "tokenizer"}))
    assert (set(first), sorted(first + rest)) == ({"umt5", "vocab.json"}, sorted(everything))


def test_file_of_two_components_comes_first_if_one_of_them_does() -> None:
    lock = lock_of(
        component("one", locked("a", content="same"), locked("b")),
        component("two", locked("c", content="same"), locked("d")),
        model("alpha", variant("small", {"x": ("one", "two")})),
    )
    plan = plan_for(lock, empty(), policy=dataclasses.replace(NO_RESERVE, first=frozenset({"two"})))

    assert [[str(item.path) for item in items] for items in in_turn(plan)] == [["a", "d"], ["b"]]


def test_plan_says_what_comes_first() -> None:
    plan = plan_for(shared_lock(), empty(), policy=dataclasses.replace(NO_RESERVE, first=frozenset({"umt5", "a"})))

    assert plan.to_dict()["first"] == ["a", "umt5"]
    assert plan_for(shared_lock(), empty()).to_dict()["first"] == []

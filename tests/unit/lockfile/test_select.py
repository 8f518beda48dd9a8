"""Which models of a lock are meant: explicit, else the active profile's, else the default variant."""

from __future__ import annotations

import pytest

from tests.unit.samples import component, lock_of, model, shared_lock, variant
from wansync.errors import UnknownModelError, UsageError
from wansync.lockfile import Selection, locked_tree, select
from wansync.paths import RelativePath

PROFILES: dict[str, tuple[str, ...]] = {"big": ("alpha@big",), "aliased": ("WAN-ALPHA@SMALL",), "bare": ("alpha",)}
LOCK = shared_lock(default_profile=None, profiles=PROFILES)


def names(selection: Selection) -> tuple[str, ...]:
    return tuple(selected.name for selected in selection.models)


def ids(selection: Selection) -> tuple[str, ...]:
    return tuple(entry.id for entry in selection.components)


@pytest.mark.parametrize(
    ("wanted", "profile", "expected"),
    [
        # Nothing wanted: the profile, and without one every model.
        ((), None, ("alpha@big", "beta@small")),
        ((), "big", ("alpha@big",)),
        ((), "aliased", ("alpha@small",)),
        ((), "bare", ("alpha@big",)),
        # Explicit > profile > default variant.
        (("alpha@small",), "big", ("alpha@small",)),
        (("alpha",), "aliased", ("alpha@small",)),
        (("alpha",), "big", ("alpha@big",)),
        (("alpha",), "bare", ("alpha@big",)),
        (("alpha",), None, ("alpha@big",)),
        # A model that the profile does not name has its default variant.
        (("beta",), "big", ("beta@small",)),
        # Spellings.
        (("ALPHA@Small",), None, ("alpha@small",)),
        (("Wan-Alpha",), None, ("alpha@big",)),
        (("wan-alpha@1.0:small",), None, ("alpha@small",)),
        # Each once, in the order of their names.
        (("beta", "alpha", "wan-alpha@big", "ALPHA@small"), None, ("alpha@big", "alpha@small", "beta@small")),
    ],
)
def test_select_follows_the_one_rule(wanted: tuple[str, ...], profile: str | None, expected: tuple[str, ...]) -> None:
    assert expected == names(select(LOCK, wanted, profile=profile))


def test_select_default_profile_is_active_when_none_is_named() -> None:
    lock = shared_lock(default_profile="aliased", profiles=PROFILES)

    assert names(select(lock)) == ("alpha@small",)
    assert names(select(lock, ["alpha"])) == ("alpha@small",)
    assert names(select(lock, profile="big")) == ("alpha@big",)


@pytest.mark.parametrize(
    ("wanted", "components", "explicit"),
    [
        (["alpha@big"], ("alpha-transformer",), ()),
        (["alpha@small"], ("alpha-transformer", "tokenizer", "umt5"), ()),
        (["umt5"], ("tokenizer", "umt5"), ("umt5",)),
        (["UMT5", "umt5"], ("tokenizer", "umt5"), ("umt5",)),
        (["tokenizer"], ("tokenizer",), ("tokenizer",)),
        (["beta", "tokenizer"], ("beta-transformer", "tokenizer", "umt5"), ("tokenizer",)),
    ],
)
def test_select_takes_components_with_all_that_they_require(
    wanted: list[str], components: tuple[str, ...], explicit: tuple[str, ...]
) -> None:
    selection = select(LOCK, wanted)

    assert (components, explicit) == (ids(selection), selection.explicit)


def test_select_requirements_of_requirements_and_cycles_end() -> None:
    chain = [("a", ("b",)), ("b", ("c",)), ("c", ("a",)), ("d", ())]
    lock = lock_of(*(component(id_, requires=requires) for id_, requires in chain))

    assert ids(select(lock, ["a"])) == ("a", "b", "c")


def test_select_name_of_a_model_and_a_component_is_the_model() -> None:
    lock = lock_of(component("alpha"), model("alpha", variant("v", {".": ("alpha",)})))

    selection = select(lock, ["alpha"])

    assert (names(selection), selection.explicit) == (("alpha@v",), ())


def test_select_gives_the_files_of_the_view_with_its_tree() -> None:
    (selected,) = select(LOCK, ["alpha@small"]).models

    assert tuple(str(f.path) for f in selected.files) == ("text_encoder/umt5", "transformer/a1", "transformer/a2")
    assert locked_tree(LOCK.view_files(selected.variant)) == selected.tree
    assert RelativePath("transformer/a1") == selected.files[1].path


@pytest.mark.parametrize(
    ("wanted", "profile", "message", "hint"),
    [
        ("gamma", None, "`models.lock` has no model `gamma`", "Known: alpha, beta, wan-alpha"),
        ("alhpa", None, "`models.lock` has no model `alhpa`", "Did you mean `alpha`?"),
        ("wan-alfa@big", None, "`models.lock` has no model `wan-alfa`", "Did you mean `wan-alpha`?"),
        ("alpha@bigg", None, "`alpha` has no variant `bigg`", "Did you mean `big`?"),
        ("alpha@fp8", None, "`alpha` has no variant `fp8`", "Known: big, small"),
        ("alpha@2.0:big", None, "`alpha` has no version `2.0`", "Did you mean `1.0`?"),
        ("alpha", "bug", "`models.lock` has no profile `bug`", "Did you mean `big`?"),
    ],
)
def test_select_unknown_name_is_refused_with_a_suggestion(
    wanted: str, profile: str | None, message: str, hint: str
) -> None:
    with pytest.raises(UnknownModelError) as caught:
        select(LOCK, [wanted], profile=profile)

    assert (message, hint) == (str(caught.value), caught.value.hint)


def test_select_component_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(UnknownModelError) as caught:
        select(LOCK, ["tokeniser"])

    assert caught.value.hint == "Did you mean `tokenizer`?"


def test_select_default_profile_that_the_lock_lacks_is_refused() -> None:
    with pytest.raises(UnknownModelError, match=r"^`models.lock` has no profile `gone`$"):
        select(shared_lock(default_profile="gone"))


def test_select_profile_with_an_unknown_model_only_matters_to_who_needs_it() -> None:
    lock = shared_lock(default_profile=None, profiles={"odd": ("gone@x",)})

    assert names(select(lock, ["alpha"], profile="odd")) == ("alpha@big",)
    with pytest.raises(UnknownModelError, match=r"^`models.lock` has no model `gone`$"):
        select(lock, profile="odd")


@pytest.mark.parametrize("text", ["", "alpha@", "../alpha", "alpha@big\n", "alpha big"])
def test_select_malformed_name_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match=r"is no model$"):
        select(LOCK, [text])


def test_select_hostile_name_is_named_clean() -> None:
    with pytest.raises(UsageError, match=r"^`\\x1b\[2J` is no model$"):
        select(LOCK, ["\x1b[2J"])

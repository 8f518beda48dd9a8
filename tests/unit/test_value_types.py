from __future__ import annotations

import copy
import dataclasses
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from wansync.value_types import field_names, value_type

if TYPE_CHECKING:
    from collections.abc import Callable


def written() -> type:
    """Return a new class with fields of every sort."""

    class Written:
        """Fields of every sort."""

        kind: ClassVar[str] = "k"
        name: str
        size: int = 3
        parts: list[str] = field(default_factory=list, compare=False)
        secret: str = field(default="s", repr=False)

        def __post_init__(self) -> None:
            if self.size < 0:
                raise ValueError(f"{self.size} is less than nothing")

        @property
        def doubled(self) -> int:
            """Twice the size."""
            return 2 * self.size

    return Written


def lazy() -> Any:  # noqa: ANN401
    """Return a type of values that has no value yet."""
    return value_type(written())


EAGER: Any = dataclass(frozen=True, slots=True, kw_only=True)(written())


@value_type(kw_only=False, order=True)
class Ordered:
    """Two fields in an order, given by position."""

    first: int
    second: str = "b"

    def __str__(self) -> str:
        return f"{self.first}{self.second}"


@value_type
class Base:
    """A value with a default."""

    run: str = ""


@value_type
class Below(Base):
    """A value of a type below it."""

    name: str


QUESTIONS: dict[str, Callable[[Any], object]] = {
    "repr": lambda kind: repr(kind(name="a")),
    "fields": lambda kind: [(f.name, f.type, f.default, f.kw_only, f.compare) for f in fields(kind)],
    "fields of a value": lambda kind: [f.name for f in fields(kind(name="a"))],
    "asdict": lambda kind: asdict(kind(name="a", parts=["p"])),
    "replace": lambda kind: asdict(replace(kind(name="a", size=4), name="b")),
    "is a dataclass": dataclasses.is_dataclass,
    "equal": lambda kind: (kind(name="a") == kind(name="a", parts=["p"]), kind(name="a") == kind(name="b")),
    "hash": lambda kind: hash(kind(name="a")) == hash(kind(name="a", parts=["p"])),
    "other type": lambda kind: kind(name="a") == "a",
    "own list": lambda kind: kind(name="a").parts is kind(name="b").parts,
    "property": lambda kind: kind(name="a", size=5).doubled,
    "of the class": lambda kind: (kind.kind, kind.__doc__, kind.__module__, kind.__qualname__),
    "slots": lambda kind: (kind.__slots__, hasattr(kind(name="a"), "__dict__")),
    "deep copy": lambda kind: copy.deepcopy(kind(name="a", parts=["p"])) == kind(name="a"),
    "positions": lambda kind: kind.__match_args__ if kind(name="a") else None,
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=list(QUESTIONS))
def test_type_of_values_is_like_the_dataclass(question: Callable[[Any], object]) -> None:
    assert question(lazy()) == question(EAGER)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda kind: kind(),
        lambda kind: kind("a"),
        lambda kind: kind(name="a", other=1),
        lambda kind: kind(name="a", size=-1),
        lambda kind: setattr(kind(name="a"), "name", "b"),
        lambda kind: delattr(kind(name="a"), "name"),
        lambda kind: kind(name="a") < kind(name="b"),
        lambda kind: replace(kind(name="a"), other=1),
    ],
)
def test_what_a_dataclass_refuses_a_type_of_values_refuses_alike(wrong: Callable[[Any], object]) -> None:
    said = []
    for kind in (lazy(), EAGER):
        with pytest.raises((TypeError, ValueError, AttributeError)) as caught:
            wrong(kind)
        said.append((caught.type, str(caught.value)))

    assert said[0] == said[1]


def test_values_with_an_order_are_sorted_by_their_fields() -> None:
    values = [Ordered(2), Ordered(1, "c"), Ordered(1)]

    assert [str(value) for value in sorted(values)] == ["1b", "1c", "2b"]
    assert Ordered.__match_args__ == ("first", "second")


def test_type_below_another_has_the_fields_of_both() -> None:
    value = Below(name="a", run="r")

    assert (repr(value), asdict(value)) == ("Below(run='r', name='a')", {"run": "r", "name": "a"})
    assert isinstance(value, Base)
    assert list(field_names(Below)) == ["run", "name"]
    assert Below.__slots__ == ("name",)  # type: ignore[attr-defined]
    assert Base() != Below(name="")
    assert {kind.__name__ for kind in Base.__subclasses__()} == {"Below"}


def test_value_is_the_same_after_pickling() -> None:
    assert pickle.loads(pickle.dumps(Below(name="a"))) == Below(name="a")  # noqa: S301 (our own)


def test_methods_are_made_when_one_is_needed() -> None:
    kind = lazy()
    values = [kind(name="a"), kind(name="a")]
    before = vars(kind)["__eq__"]

    assert values[0] == values[1]
    assert vars(kind)["__eq__"] is not before


@pytest.mark.parametrize("name", ["name", "other"])
def test_value_is_frozen_before_its_type_is_whole(name: str) -> None:
    value = lazy()(name="a")

    with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to field '{name}'"):
        setattr(value, name, "b")
    with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot delete field '{name}'"):
        delattr(value, name)


def test_first_values_made_by_many_threads_are_all_whole() -> None:
    for _ in range(20):
        kind, start = lazy(), threading.Barrier(8)
        with ThreadPoolExecutor(8) as threads:
            made = list(
                threads.map(lambda n, kind=kind, start=start: start.wait() >= 0 and kind(name="a", size=n), range(8))
            )

        assert {value.size for value in made} == set(range(8))
        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(lambda value, made=made: start.wait() >= 0 and value in made, made))  # noqa: B023

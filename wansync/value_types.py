"""Types of values: what `dataclass(frozen=True, slots=True, kw_only=True)` makes, made when the first value is. No IO.

dataclasses writes and compiles the source of six methods for each class, which takes longer than all else that loading
a module does; and most of the types that a command loads have no value in its run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform, overload

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")
_OF_ONE_CLASS = frozenset({"__dict__", "__weakref__"})


@overload
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def value_type(written: type[_T], /) -> type[_T]: ...
@overload
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def value_type(*, kw_only: bool = True, order: bool = False) -> Callable[[type[_T]], type[_T]]: ...
def value_type(written: type[Any] | None = None, /, *, kw_only: bool = True, order: bool = False) -> Any:
    """Make a class a type of values: frozen, with slots, equal where all of its fields are.

    Fields are written as in a dataclass, and so are their defaults, `field` and `__post_init__`. It is one to everybody
    else: `replace`, `fields` and `asdict` of `dataclasses` take it.

    Args:
        written: the class, where the decorator has no arguments.
        kw_only: whether a value is made with the names of its fields alone.
        order: whether values have an order, that of their fields from the first to the last.
    """

    def decorate(written: type) -> type:
        return _lazily(written, dataclass(frozen=True, slots=True, kw_only=kw_only, order=order))

    return decorate if written is None else decorate(written)


class _Fields:
    """Stands for `__dataclass_fields__`, by which everybody knows a dataclass, until that is made."""

    def __init__(self, complete: Callable[[], Any]) -> None:
        self._complete = complete

    def __get__(self, _value: object, _type: type) -> object:
        return self._complete().__dataclass_fields__


def _lazily(written: type, make: Callable[[type], type]) -> type:
    """Return the class with its slots; `make` makes the rest of it when it is first asked for."""
    fields = [
        name for name, annotation in written.__annotations__.items() if not str(annotation).startswith("ClassVar")
    ]
    own = {name: value for name, value in vars(written).items() if name not in _OF_ONE_CLASS}
    own["__qualname__"] = written.__qualname__
    # Not `written` itself, which would stay among the subclasses of its bases.
    kind: Callable[[str, tuple[type, ...], dict[str, Any]], type] = type(written)
    name, bases = written.__name__, written.__bases__

    def complete() -> Any:  # noqa: ANN401 (to mypy a `type` has no fields)
        full = vars(make(kind(name, bases, dict(own))))
        new = [each for each in full if full[each] is not own.get(each) and each not in {*fields, "__slots__"}]
        # Several threads may come here at once. What they make is alike, and whoever finds `__init__` finds the rest.
        for each in sorted(new, key="__init__".__eq__):
            setattr(made, each, full[each])
        return made

    def first(value: object, /, *positional: object, **named: object) -> None:
        complete().__init__(value, *positional, **named)

    inherited = {each for above in written.__mro__[1:] for each in vars(above).get("__slots__", ())}
    slots = tuple(each for each in fields if each not in inherited)
    lazy = {"__slots__": slots, "__init__": first, "__dataclass_fields__": _Fields(complete)}
    made = kind(name, bases, {**{each: own[each] for each in own if each not in fields}, **lazy})
    return made

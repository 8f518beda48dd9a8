"""Types of values: what `dataclass(frozen=True, slots=True, kw_only=True)` makes, made as late as can be. No IO.

dataclasses writes and compiles the source of six methods for each class, which takes longer than all else that loading
a module does. Most of the types that a command loads have no value in its run, and of most of the others no two values
are compared: these get by with a constructor that needs no compiling.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, dataclass_transform, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_T = TypeVar("_T")
_OF_ONE_CLASS = frozenset({"__dict__", "__weakref__"})
_DEFAULTS = "__defaults_of_fields__"
_LATER = (
    *("__dataclass_fields__", "__dataclass_params__", "__match_args__"),
    *("__repr__", "__eq__", "__hash__", "__getstate__", "__setstate__"),
)
_OF_AN_ORDER = ("__lt__", "__le__", "__gt__", "__ge__")


@overload
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def value_type(written: type[_T], /) -> type[_T]: ...
@overload
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def value_type(*, kw_only: bool = True, order: bool = False) -> Callable[[type[_T]], type[_T]]: ...
def value_type(written: type[Any] | None = None, /, *, kw_only: bool = True, order: bool = False) -> Any:
    """Make a class a type of values: frozen, with slots, equal where all of its fields are.

    Fields are written as in a dataclass, and so are their defaults, `field` (without `init`) and `__post_init__`. It is
    one to everybody else: `replace`, `fields` and `asdict` of `dataclasses` take it.

    Args:
        written: the class, where the decorator has no arguments.
        kw_only: whether a value is made with the names of its fields alone.
        order: whether values have an order, that of their fields from the first to the last.
    """

    def decorate(written: type) -> type:
        make = dataclass(frozen=True, slots=True, kw_only=kw_only, order=order)
        return _lazily(written, make, (*_LATER, *_OF_AN_ORDER) if order else _LATER)

    return decorate if written is None else decorate(written)


def field_names(kind: type) -> Iterable[str]:
    """Return the names of the fields of a type of values, which `fields` would make whole."""
    names: Iterable[str] = getattr(kind, _DEFAULTS)
    return names


class _Later:
    """Stands for what a class has once it is whole; whoever asks for it makes it so."""

    def __init__(self, name: str, complete: Callable[[], type]) -> None:
        self._name, self._complete = name, complete

    def __get__(self, value: object, owner: type) -> object:
        self._complete()
        return getattr(owner if value is None else value, self._name)


def _lazily(written: type, make: Callable[[type], type], later: tuple[str, ...]) -> type:
    """Return the class with its slots; `make` makes the rest of it, which has what is named in `later`."""
    fields = [
        name for name, annotation in written.__annotations__.items() if not str(annotation).startswith("ClassVar")
    ]
    own = {name: value for name, value in vars(written).items() if name not in _OF_ONE_CLASS}
    own["__qualname__"] = written.__qualname__
    # Not `written` itself, which would stay among the subclasses of its bases.
    kind: Callable[[str, tuple[type, ...], dict[str, Any]], type] = type(written)
    name, bases = written.__name__, written.__bases__

    def complete() -> type:
        # Several threads may come here at once: what they make is alike.
        full = vars(make(kind(name, bases, dict(own))))
        for each in ("__init__", *later):
            if full[each] is not own.get(each):
                setattr(made, each, full[each])
        return made

    def first(value: object, /, *positional: object, **named: object) -> None:
        construct: Any = _constructor(made, complete)
        made.__init__ = construct  # type: ignore[misc]
        construct(value, *positional, **named)

    inherited: dict[str, Any] = {}
    for above in reversed(written.__mro__):
        inherited |= vars(above).get(_DEFAULTS, {})
    lazy: dict[str, Any] = {each: _Later(each, complete) for each in later if own.get(each) is None}
    lazy |= {"__init__": first, "__setattr__": _keep, "__delattr__": _keep}
    lazy["__slots__"] = tuple(each for each in fields if each not in inherited)
    lazy[_DEFAULTS] = {**inherited, **{each: own.get(each, MISSING) for each in fields}}
    made = kind(name, bases, {**{each: own[each] for each in own if each not in fields}, **lazy})
    return made


def _keep(_value: object, name: str, *_new: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot {'assign to' if _new else 'delete'} field {name!r}")


def _constructor(made: type, complete: Callable[[], Any]) -> Callable[..., None]:
    """Return a constructor that takes fields by their names; what else it is given, it leaves to the whole class."""
    stated: dict[str, Any] = getattr(made, _DEFAULTS)
    plain = {name: each.default if isinstance(each, Field) else each for name, each in stated.items()}
    defaults = {name: each for name, each in plain.items() if each is not MISSING}
    factories = {
        name: each.default_factory
        for name, each in stated.items()
        if isinstance(each, Field) and each.default_factory is not MISSING
    }
    setters = {name: getattr(made, name).__set__ for name in stated}
    is_checked = hasattr(made, "__post_init__")

    def construct(value: Any, /, *positional: object, **named: object) -> None:  # noqa: ANN401
        values = {**defaults, **named}
        for name, make in factories.items():
            if name not in named:
                values[name] = make()
        if positional or values.keys() != setters.keys():
            complete().__init__(value, *positional, **named)
            return
        for name, each in values.items():
            setters[name](value, each)
        if is_checked:
            value.__post_init__()

    return construct

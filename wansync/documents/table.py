"""Typed getters over a parsed table; every error knows the key path. No IO.

A reader takes what it knows and then calls `finish`, which refuses what nobody took.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from wansync.digest import Digest
from wansync.documents.errors import DocumentError
from wansync.documents.toml_text import format_toml_value
from wansync.errors import PathUnsafeError
from wansync.paths import RelativePath
from wansync.text import printable, suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from enum import Enum

    _E = TypeVar("_E", bound=Enum)

_T = TypeVar("_T")


class Table:
    """One table of a document.

    Args:
        values: the parsed mapping.
        key_path: where it stands in its document.
    """

    def __init__(self, values: Mapping[str, Any], key_path: tuple[str | int, ...] = ()) -> None:
        self._values = values
        self._taken: set[str] = set()
        self.key_path = key_path

    def has(self, key: str) -> bool:
        """Return whether the key is there."""
        return key in self._values

    def holds(self, key: str, kind: type) -> bool:
        """Return whether the key is there with a value of a type; for keys that may have one of two."""
        return isinstance(self._values.get(key), kind)

    def string(self, key: str) -> str:
        """Return a required string. Every getter raises DocumentError for a missing key or another type."""
        return self._text(key, self._get(key, str))

    def optional_string(self, key: str) -> str | None:
        """Return a string, or `None` when the key is absent."""
        return self.string(key) if key in self._values else None

    def integer(self, key: str) -> int:
        """Return a required integer that is not negative."""
        value = self.signed_integer(key)
        if value < 0:
            raise self.error(key, f"expected a number that is not negative, not {value}")
        return value

    def signed_integer(self, key: str) -> int:
        """Return a required integer of either sign."""
        return self._get(key, int)

    def number(self, key: str) -> float:
        """Return a required number, whole or not; TOML and JSON leave no infinite ones through their parsers."""
        whole = isinstance(self._values.get(key), int)
        return self.signed_integer(key) if whole else self._get(key, float)

    def boolean(self, key: str, *, default: bool = False) -> bool:
        """Return a boolean, or the default when the key is absent."""
        return self._get(key, bool) if key in self._values else default

    def strings(self, key: str) -> tuple[str, ...]:
        """Return an optional list of strings, empty when the key is absent."""
        items = self._get(key, list) if key in self._values else []
        for position, item in enumerate(items):
            if not isinstance(item, str):
                raise self.error(key, f"expected a string, not {_type_name(item)}", position)
        return tuple(self._text(key, item) for item in items)

    def integers(self, key: str) -> tuple[int, ...]:
        """Return a required list of integers that are not negative."""
        items = self._get(key, list)
        for position, item in enumerate(items):
            if not isinstance(item, int) or isinstance(item, bool):
                raise self.error(key, f"expected an integer, not {_type_name(item)}", position)
            if item < 0:
                raise self.error(key, "expected a number that is not negative", position)
        return tuple(items)

    def mapping(self, key: str) -> dict[str, Any]:
        """Return an optional free table as it is, empty when the key is absent; dates and times are refused."""
        values = dict(self._get(key, dict)) if key in self._values else {}
        try:
            format_toml_value(values)
        except TypeError as error:
            raise self.error(key, str(error)) from error
        return values

    def table(self, key: str) -> Table:
        """Return a required table."""
        return Table(self._get(key, dict), (*self.key_path, key))

    def optional_table(self, key: str) -> Table:
        """Return a table that is empty when the key is absent."""
        return self.table(key) if key in self._values else Table({}, (*self.key_path, key))

    def tables(self, key: str) -> Iterator[Table]:
        """Yield the tables of an optional list of tables."""
        for position, item in enumerate(self._get(key, list) if key in self._values else []):
            if not isinstance(item, dict):
                raise self.error(key, f"expected a table, not {_type_name(item)}", position)
            yield Table(item, (*self.key_path, key, position))

    def names(self) -> tuple[str, ...]:
        """Return the keys as they stand in the document, all of them valid text."""
        return tuple(self._text(key, key) for key in self._values)

    def items(self) -> Iterator[tuple[str, Table]]:
        """Yield every entry of a table of tables."""
        for key in self._values:
            yield key, self.table(key)

    def choice(self, key: str, kind: type[_E]) -> _E:
        """Return a required member of an enum, given by its value."""
        text = self.string(key)
        try:
            return kind(text)
        except ValueError:
            known = ", ".join(str(member.value) for member in kind)
            raise self.error(key, f"expected one of {known}, not `{printable(text)}`") from None

    def digest(self, key: str) -> Digest:
        """Return a required digest, bare or with its prefix."""
        return self.convert(key, Digest.parse)

    def path(self, key: str) -> RelativePath:
        """Return a required portable relative path."""
        return self.convert(key, RelativePath)

    def optional_path(self, key: str) -> RelativePath | None:
        """Return a portable relative path, or `None` when the key is absent."""
        return self.path(key) if key in self._values else None

    def convert(self, key: str, convert: Callable[[str], _T], *, show: bool = True) -> _T:
        """Return a required string as another type; its ValueError becomes a DocumentError.

        The message shows the text, unless it may hold a secret (`show=False`).
        """
        text = self.string(key)
        try:
            return convert(text)
        except PathUnsafeError as error:
            raise self.error(key, error.reason, fix=error.hint) from error
        except ValueError as error:
            shown = f", not `{printable(text, limit=80)}`" if show else ""
            raise self.error(key, f"{error}{shown}") from error

    def finish(self, known: Iterable[str] = ()) -> None:
        """Refuse the keys that no getter asked for; of the `known` ones that a person may have meant, name the closest.

        Raises:
            DocumentError: there is one.
        """
        for key in self._values:
            if key not in self._taken:
                raise self.error(key, f"unknown key `{printable(key)}`", fix=suggest(key, known) if known else "")

    def error(self, key: str, message: str, position: int | None = None, fix: str = "") -> DocumentError:
        """Return an error about the value at `key`."""
        where = (*self.key_path, key) if position is None else (*self.key_path, key, position)
        return DocumentError(message, key_path=where, fix=fix)

    def _text(self, key: str, text: str) -> str:
        try:
            text.encode()
        except UnicodeEncodeError:
            # JSON can spell half of a character, which no file and no terminal can take.
            raise self.error(key, "the text is no valid Unicode") from None
        return text

    def _get(self, key: str, kind: type[_T]) -> _T:
        self._taken.add(key)
        if key not in self._values:
            raise DocumentError(f"`{key}` is missing", key_path=self.key_path)
        value = self._values[key]
        # bool is an int in Python and never one in a document.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.error(key, f"expected {_TYPE_NAMES[kind]}, not {_type_name(value)}")
        return value


_TYPE_NAMES: dict[type, str] = {
    str: "a string",
    int: "an integer",
    bool: "true or false",
    float: "a number",
    list: "a list",
    dict: "a table",
}


def _type_name(value: object) -> str:
    return _TYPE_NAMES.get(type(value), type(value).__name__)

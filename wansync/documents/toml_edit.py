"""Edits of TOML text that leave every other character as its author wrote it. No IO.

Values are edited by tomlkit. Lines are moved here: tomlkit gives a comment above a header to the table before it, so
that the comment goes with the wrong one of the two, and it breaks tables that are made of dotted keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from wansync.documents.toml_pieces import KeyPath, Piece, PieceKind, split_toml
from wansync.documents.toml_text import format_toml_key, format_toml_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class TomlText:
    """A TOML text in work; `str` is the text.

    Args:
        text: well-formed TOML.
        order: the keys of the root as they are expected to follow each other, for the place of a new one.
    """

    def __init__(self, text: str, order: Sequence[str] = ()) -> None:
        self._order = tuple(order)
        self._pieces = split_toml(text)

    def __str__(self) -> str:
        return "".join(piece.text for piece in self._pieces)

    def add(self, section: str, key: str, value: object) -> None:
        """Add a key to a table of the root, spelled as the keys that are there: inline, or under its own header."""
        own = [index for index, piece in enumerate(self._pieces) if piece.is_of((section,))]
        last = self._pieces[own[-1]] if own else None
        if last and last.kind is PieceKind.KEY and last.path == (section,):
            self._change(own[-1], (section,), lambda table: table.update({key: _tomlkit_value(value)}))
        elif last and last.kind is PieceKind.KEY and len(last.path) == len((section, key)):
            dotted = _dotted((section, key)[len(last.table) :])
            indent = last.text[: len(last.text) - len(last.text.lstrip())]
            self._insert(own[-1] + 1, f"{indent}{dotted} = {_inline(value)}\n")
        elif isinstance(value, Mapping):
            gap = "\n" if self._is_airy() else ""
            tables = gap.join(_tables((section, key), value))
            self._insert(self._end_of_block(own[-1] if own else self._before(section)), gap + tables)
        elif last:
            self._insert(own[-1] + 1, f"{format_toml_key(key)} = {_inline(value)}\n")
        else:
            gap = "\n" if self._is_airy() else ""
            line = f"{format_toml_key(key)} = {_inline(value)}\n"
            self._insert(self._end_of_block(self._before(section)), f"{gap}[{format_toml_key(section)}]\n{line}")

    def append(self, path: KeyPath, item: str) -> None:
        """Append to the list at a path.

        Raises:
            LookupError: there is none, or its key is spelled in parts.
        """
        self._change(self._holder(path), path, lambda items: items.append(item))

    def discard(self, path: KeyPath, unwanted: Sequence[str]) -> None:
        """Take items out of the list at a path; raises as `append`."""

        def discard(items: list[str]) -> None:
            for position in reversed(range(len(items))):
                if items[position] in unwanted:
                    del items[position]

        self._change(self._holder(path), path, discard)

    def remove(self, path: KeyPath) -> None:
        """Remove what stands at a path: its lines, and the comments inside, directly above and directly below.

        A table that is left without any key goes too. Raises as `append`.
        """
        own = [index for index, piece in enumerate(self._pieces) if piece.is_of(path)]
        if own:
            gone = {index for run in self._runs(own) for index in self._with_surroundings(run, path)}
            self._pieces = [piece for index, piece in enumerate(self._pieces) if index not in gone]
        else:
            self._change(self._holder(path), path[:-1], lambda table: table.pop(path[-1]))
        if path[:-1] and self._is_empty(path[:-1]):
            self.remove(path[:-1])

    def _is_empty(self, path: KeyPath) -> bool:
        """Return whether all that is left of a table is its header or its braces."""
        own = [index for index, piece in enumerate(self._pieces) if piece.is_of(path)]
        if len(own) != 1:
            return False
        piece = self._pieces[own[0]]
        return piece.path == path and (piece.kind is PieceKind.HEADER or _opened(piece, path)[1] == {})

    def _holder(self, path: KeyPath) -> int:
        """Return the key whose value is at `path` or holds it.

        Raises:
            LookupError: no single key does.
        """
        for index, piece in enumerate(self._pieces):
            if piece.kind is PieceKind.KEY and piece.path == path[: len(piece.path)]:
                return index
        raise LookupError(f"no key holds {_dotted(path)}")

    def _change(self, index: int, path: KeyPath, change: Callable[[Any], object]) -> None:
        """Change the value at a path that the key at `index` holds."""
        piece = self._pieces[index]
        document, value = _opened(piece, path)
        change(value)
        self._replace(index, index + 1, document.as_string())

    def _insert(self, index: int, text: str) -> None:
        if index and not self._pieces[index - 1].text.endswith("\n"):
            text = f"\n{text}"
        self._replace(index, index, text)

    def _replace(self, start: int, end: int, text: str) -> None:
        before, after = self._pieces[:start], self._pieces[end:]
        self._pieces = split_toml("".join([*(p.text for p in before), text, *(p.text for p in after)]))

    def _before(self, section: str) -> int:
        """Return the last statement that a new section should follow, -1 when it should be the first."""
        earlier = self._order[: self._order.index(section)]
        places = (i for name in reversed(earlier) for i, p in reversed([*enumerate(self._pieces)]) if p.is_of((name,)))
        return next(places, len(self._pieces) - 1)

    def _end_of_block(self, index: int) -> int:
        """Return where the table ends in which a statement stands, with the comments directly below its last key."""
        following = range(index + 1, len(self._pieces))
        header = next((i for i in following if self._pieces[i].kind is PieceKind.HEADER), len(self._pieces))
        last = next((i for i in reversed(range(header)) if self._pieces[i].speaks), -1)
        return self._below(last)

    def _below(self, last: int) -> int:
        """Return the place after a statement and the comments that follow it, unless they lead to the next one."""
        end = last + 1
        while end < len(self._pieces) and self._pieces[end].kind is PieceKind.COMMENT:
            end += 1
        return last + 1 if end < len(self._pieces) and self._pieces[end].speaks else end

    def _above(self, index: int, kind: PieceKind) -> int:
        """Return where the pieces of one kind begin that stand directly above a piece."""
        while index and self._pieces[index - 1].kind is kind:
            index -= 1
        return index

    def _is_airy(self) -> bool:
        """Return whether blank lines stand between the tables, as they do unless somebody left them out."""
        headers = [index for index, piece in enumerate(self._pieces) if piece.kind is PieceKind.HEADER]
        starts = [start for index in headers if (start := self._above(index, PieceKind.COMMENT))]
        return not starts or any(self._pieces[start - 1].kind is PieceKind.BLANK for start in starts)

    def _runs(self, own: Sequence[int]) -> Iterator[range]:
        """Yield the statements in runs that nothing else interrupts."""
        start = own[0]
        for last, following in zip(own, [*own[1:], None], strict=True):
            if following is None or any(piece.speaks for piece in self._pieces[last + 1 : following]):
                yield range(start, last + 1)
                start = following or 0

    def _with_surroundings(self, run: range, path: KeyPath) -> range:
        """Return a run with the comments that belong to it, and with the blank lines that would be too many."""
        start = self._above(run.start, PieceKind.COMMENT)
        last = self._pieces[run.stop - 1]
        # Below a key in somebody else's table a comment is as likely about the next key.
        inside = last.kind is PieceKind.HEADER or last.table[: len(path)] == path
        end = self._below(run.stop - 1) if inside else run.stop
        if end == len(self._pieces) or self._pieces[end].kind is PieceKind.BLANK:
            start = self._above(start, PieceKind.BLANK)
        return range(start, end)


def _opened(piece: Piece, path: KeyPath) -> tuple[Any, Any]:
    """Return one key as tomlkit's document, and in it the value at a path."""
    import tomlkit  # noqa: PLC0415 (only `add` and `remove` need it)

    document = tomlkit.parse(piece.text)
    value: Any = document
    for key in path[len(piece.table) :]:
        value = value[key]
    return document, value


def _tomlkit_value(value: object) -> Any:  # noqa: ANN401 (any TOML value)
    import tomlkit  # noqa: PLC0415 (only `add` and `remove` need it)

    # From text: a mapping would become a table of its own, which cannot stand in an inline one.
    return tomlkit.parse(f"value = {_inline(value)}\n")["value"]


def _tables(path: KeyPath, values: Mapping[str, object]) -> Iterator[str]:
    """Yield a table as text, and then the tables in it; one that holds only tables needs no header."""
    lines = [f"{format_toml_key(k)} = {_inline(v)}\n" for k, v in values.items() if not isinstance(v, Mapping)]
    nested = {key: value for key, value in values.items() if isinstance(value, Mapping)}
    if lines or not nested:
        yield "".join([f"[{_dotted(path)}]\n", *lines])
    for key, value in nested.items():
        yield from _tables((*path, key), value)


def _inline(value: object) -> str:
    """Return a value on one line, with the keys of a table in their own order."""
    if not isinstance(value, Mapping):
        return format_toml_value(value)
    items = [f"{format_toml_key(key)} = {_inline(item)}" for key, item in value.items()]
    return "{ " + ", ".join(items) + " }" if items else "{}"


def _dotted(path: KeyPath) -> str:
    return ".".join(format_toml_key(key) for key in path)

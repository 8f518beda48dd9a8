"""Which line of a TOML text says what is at a key path; the parser does not tell. No IO."""

from __future__ import annotations

from wansync.documents.toml_pieces import split_toml


def find_line(text: str, key_path: tuple[str | int, ...]) -> int | None:
    """Return the line, from 1, of the deepest part of the key path that stands in the text, or `None`.

    Positions in lists end the search: their line is that of the list's key.
    """
    wanted = tuple(key for key in key_path if isinstance(key, str))
    best_line, best_depth = None, 0
    for piece in split_toml(text):
        depth = len(piece.path)
        if depth > best_depth and piece.path == wanted[:depth]:
            best_line, best_depth = piece.line, depth
    return best_line

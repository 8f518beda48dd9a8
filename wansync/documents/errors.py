"""What is wrong with a document, before anybody knows which document it is. No IO."""

from __future__ import annotations


class DocumentError(ValueError):
    """A document breaks a limit, its syntax, or the shape that its reader expects.

    The caller turns it into the error of its own document, with the file's name.

    Args:
        message: what is wrong, without a final period.
        key_path: where, as keys and list positions from the document's root.
        line: the line, counted from 1, where the parser knows it.
        fix: what to do about it, where one thing is clearly meant.
    """

    def __init__(
        self, message: str, *, key_path: tuple[str | int, ...] = (), line: int | None = None, fix: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.key_path = key_path
        self.line = line
        self.fix = fix


def format_key_path(key_path: tuple[str | int, ...]) -> str:
    """Return `component[3].files[0].size` for the keys that lead to a value."""
    text = ""
    for key in key_path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text

"""Untrusted text and tables as GitHub's markdown, which hosts of pull requests show. It prints nothing."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from wansync.text import printable

_LIMIT = 120
_MAX_ROWS = 100
# In a code span only these end a span, or a cell of a table before spans are even looked for.
_ENDS_A_SPAN = re.compile(r"[`|\\]")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 ]")


def code(text: str) -> str:
    """Return text that nobody here wrote as code: no markup, link, mention or line break in it takes effect."""
    shown = printable(text, limit=_LIMIT)
    if not shown.strip():
        return "<code></code>"
    if not _ENDS_A_SPAN.search(shown):
        return f"`{shown}`"
    # An entity is always text, whatever character it stands for.
    return f"<code>{_NOT_PLAIN.sub(lambda found: f'&#{ord(found[0])};', shown)}</code>"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of at most 100 rows, and how many more there are; cells are markdown already.

    A head that ends in `:` is that of a column of numbers.
    """
    names = [name.removesuffix(":") for name in head]
    rules = ["--:" if name.endswith(":") else "---" for name in head]
    more = [["", f"and {len(rows) - _MAX_ROWS} more", *[""] * (len(head) - 2)]] if len(rows) > _MAX_ROWS else []
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (names, rules, *rows[:_MAX_ROWS], *more))


def details(summary: str, body: str) -> str:
    """Return a body that is folded away below its summary, which is plain text."""
    return f"<details><summary>{html.escape(printable(summary))}</summary>\n\n{body}\n\n</details>"

"""Names of files in a few columns of a terminal: cut in the middle, where they say least. No IO."""

from __future__ import annotations

import re

from rich.cells import cell_len, set_cell_size

from wansync.text import printable

_TAIL = re.compile(r"(?:[-_.]?\d{2,}-of-\d{2,})?(?:\.[A-Za-z0-9]{1,12})?$")
_BEGINNING = 4
"""An extension alone would tell nothing."""
_SHARD = re.compile(r"(\d{2,})-of-(\d{2,})")


def shorten(path: str, columns: int, *, ellipsis: str = "…") -> str:
    """Return the name of a file in at most `columns` columns; wide characters take two, control characters none.

    What tells files apart stays as long as it can: the number of a shard, then the extension, then the beginning.
    """
    name = printable(path.rpartition("/")[2], limit=1000)
    if cell_len(name) <= columns:
        return name
    tail = _TAIL.search(name)
    ending = tail.group() if tail else ""
    room = columns - cell_len(ending) - cell_len(ellipsis)
    shard = _SHARD.search(ending)
    if room >= (0 if shard else _BEGINNING):
        return set_cell_size(name, room).rstrip() + ellipsis + ending
    if shard:
        numbers = shard.group(), "-of-".join(str(int(number)) for number in shard.groups())
        if fitting := [number for number in numbers if len(number) <= columns]:
            return fitting[0]
    return set_cell_size(name, max(0, columns - cell_len(ellipsis))).rstrip() + ellipsis if columns > 1 else ""

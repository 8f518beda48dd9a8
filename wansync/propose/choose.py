"""Which files of a folder a component should leave out, and the patterns that say so. No IO."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wansync.errors import UsageError
from wansync.formats.copies import by_precision, pickled, precision_of
from wansync.paths import PathFilter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SUFFIX = re.compile(r"\.[^./]+(\.index\.json)?$")


def repeated(folder: str, names: Sequence[str], precision: str | None) -> set[str]:
    """Return the files of a Diffusers folder that repeat others: pickles beside safetensors, other precisions.

    Args:
        folder: for messages.
        names: all that is in it.
        precision: the wanted one; where it is not there, the files that state none are taken.

    Raises:
        UsageError: there are several precisions, and nothing says which is meant.
    """
    pickles = pickled(names) if any(name.casefold().endswith(".safetensors") for name in names) else set()
    others: set[str] = set()
    for group in by_precision(name for name in names if name not in pickles):
        chosen = precision if precision in group else None
        if chosen not in group:
            stated = sorted(str(precision) for precision in group)
            raise UsageError(
                f"The weights in `{folder}` are there as {' and '.join(stated)}",
                hint=f"Choose one, such as `--precision {stated[0]}`",
                folder=folder,
                precisions=stated,
            )
        others |= {name for precision, files in group.items() if precision != chosen for name in files}
    return pickles | others


def excluding(unwanted: set[str], names: Iterable[str]) -> tuple[str, ...]:
    """Return patterns that match the unwanted ones of the names and no other, short ones where these do."""
    wanted = [name for name in names if name not in unwanted]
    found: list[str] = []
    for name in sorted(unwanted):
        if not _matches(found, [name]):
            fitting = (p for p in _patterns(name) if _matches([p], [name]) and not _matches([p], wanted))
            found.append(next(fitting))
    return tuple(found)


def literal(name: str) -> str:
    """Return the pattern that matches exactly this path; a portable one has no other mark of a pattern."""
    return name.replace("[", "[[]")


def _patterns(name: str) -> Iterator[str]:
    """Yield patterns that may match a name, the most telling first, the name itself last."""
    precision = precision_of(name)
    if precision:
        yield f"*.{precision}.*"
        yield f"*.{precision}-*"
    suffix = _SUFFIX.search(name)
    if suffix:
        yield f"*{literal(suffix[0])}"
    yield literal(name)


def _matches(patterns: Sequence[str], names: Iterable[str]) -> bool:
    return any(not PathFilter(exclude=tuple(patterns)).takes(name) for name in names)

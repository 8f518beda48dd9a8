"""What a plan says of the places that its files will be asked for. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from wansync.cli.render.columns import fill
from wansync.cli.render.plan_words import MOST_NAMED
from wansync.plan import Routes
from wansync.text import count_noun, format_bytes, printable

NOWHERE_HINT = "Allow sources (`origin`, `offline`), or name a mirror that can have them: `wansync mirror list`"


def route_lines(routes: Routes, width: int) -> Iterator[str]:
    """Yield where files are asked for, unless that is simply what the lock names."""
    if not any(route.mirror for route in routes.places):
        return
    names = dict.fromkeys(
        f"mirror {printable(route.place.removeprefix('mirror:'))}"
        if route.mirror
        else "the sources that the lock names"
        for route in routes.places
    )
    yield from fill("Asked in this order, until one has a file:", [f"{', '.join(names)}."], width=width, gap=" ")


def nowhere(routes: Routes) -> str:
    """Return the sentence about files that no place may be asked for."""
    names = [printable(str(item.path)) for item in routes.nowhere[:MOST_NAMED]]
    more = len(routes.nowhere) - len(names)
    named = ", ".join(names) + (f" and {more} more" if more else "")
    size = format_bytes(sum(item.size for item in routes.nowhere))
    return f"No place may be asked for {count_noun(len(routes.nowhere), 'file')}, {size}: {named}"

"""What a terminal shows of a run at one moment: a line for each large file in flight, and one for all of it. No IO.

Every line leaves the last column free, so that no terminal wraps it. What does not fit is left out, least important
first; nothing moves when a number grows a digit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.text import Text

from wansync.cli.short_names import shorten
from wansync.cli.snapshot import Activity, Flight, Snapshot
from wansync.text import format_bytes, format_eta, format_part
from wansync.value_types import value_type

LARGE_BYTES = 2**20
"""A smaller file has no line of its own: thousands of them would only flicker."""
_STEADY_SECONDS = 0.5
_MAX_FILES = 8
_NAME_COLUMNS, _BAR_COLUMNS = (12, 44), (10, 30)
"""The least and the most of each."""
_VERB_COLUMNS, _RATE_COLUMNS, _ETA_COLUMNS = 32, 12, 10
_GAP = "  "


_FULL, _REST, _ELLIPSIS = ("━", "#"), ("─", "-"), ("…", "..")
"""Each for a terminal that has it, and for one that has ASCII alone."""


@value_type
class Area:
    """Where to draw: the size of the terminal, and the encoding of the stream that leads to it."""

    columns: int
    rows: int
    encoding: str = "utf-8"

    def choose(self, glyphs: tuple[str, str]) -> str:
        """Return the first of two glyphs if the terminal has it, else the second."""
        return glyphs[0] if self.shown(glyphs[0]) == glyphs[0] else glyphs[1]

    def shown(self, text: str) -> str:
        """Return text with escapes for what the stream would escape, so that it can be measured."""
        return text.encode(self.encoding, "backslashreplace").decode(self.encoding)


def make_frame(snapshot: Snapshot, area: Area, now: float) -> list[Text]:
    """Return the lines to show, the total last; none while the run is at nothing that takes time.

    Args:
        snapshot: the run.
        area: how large the terminal is; at most a line less than it has is used.
        now: a time of the tally's clock.
    """
    if snapshot.activity is Activity.NONE or area.rows <= 1:
        return []
    shown = [f for f in snapshot.flights if f.size >= LARGE_BYTES and now - f.began >= _STEADY_SECONDS]
    room = min(_MAX_FILES, area.rows - 2)
    lines = [_file_line(flight, area) for flight in shown[: max(0, room)]]
    if room > 0 and len(shown) > room:
        lines[-1] = Text(f"and {len(shown) - room + 1} more files"[: area.columns - 1])
    return [*lines, _total_line(snapshot, area)]


def _file_line(flight: Flight, area: Area) -> Text:
    width, share = area.columns - 1, _share(flight.done, flight.size)
    ending = [_amount(flight.done, flight.size, "/"), f"{int(100 * share):3}%"]
    while ending and width - _length(ending) < _NAME_COLUMNS[0]:
        del ending[0]
    bar = min(_BAR_COLUMNS[1], (width - _length(ending)) // 3)
    bar = bar if bar >= _BAR_COLUMNS[0] else 0
    name = min(_NAME_COLUMNS[1], width - _length(ending) - (bar + len(_GAP) if bar else 0))
    verb = f"{flight.verb} " if name >= _VERB_COLUMNS else ""
    shown = verb + shorten(area.shown(flight.path), name - len(verb), ellipsis=area.choose(_ELLIPSIS))
    line = Text(shown + " " * (name - cell_len(shown)))
    if bar:
        line.append(_GAP).append(_bar(share, bar, area))
    return line.append("".join(_GAP + part for part in ending))


def _length(parts: Sequence[str]) -> int:
    return sum(len(_GAP) + len(part) for part in parts)


def _amount(done: int, size: int, between: str) -> str:
    return format_part(done, size, between=between).rjust(len(format_part(size, size, between=between)))


def _total_line(snapshot: Snapshot, area: Area) -> Text:
    """Return the first of the lines that fits, with a bar where there is room for one."""
    width, verb = area.columns - 1, str(snapshot.activity)
    fields = next((fields for fields in _choices(snapshot) if len(verb) + _length(fields) <= width), None)
    if fields is None:
        return Text(next((text for text in _short(snapshot) if len(text) <= width), ""))
    line = Text(verb)
    bar = min(_BAR_COLUMNS[1], width - len(verb) - _length(fields) - len(_GAP))
    if snapshot.size and bar >= _BAR_COLUMNS[0] and snapshot.activity is not Activity.REMOVE:
        line.append(_GAP).append(_bar(_share(snapshot.done, snapshot.size), bar, area))
    return line.append("".join(_GAP + field for field in fields))


def _choices(snapshot: Snapshot) -> Iterable[Sequence[str]]:
    """Yield what a total line can say behind its verb, the longest first."""
    files = f"{snapshot.files_done:,} of {snapshot.files:,}"
    if snapshot.activity is Activity.REMOVE:
        yield [format_bytes(snapshot.size)]
    elif not snapshot.size:
        yield [files if snapshot.activity is Activity.ASK else f"{files} files"]
    else:
        amount = _amount(snapshot.done, snapshot.size, " of ")
        rate = f"{'--' if snapshot.rate is None else format_bytes(int(snapshot.rate))}/s".rjust(_RATE_COLUMNS)
        eta = f"ETA {format_eta(snapshot.eta)}".ljust(_ETA_COLUMNS)
        yield [amount, rate, eta, f"{files} files verified"]
        yield [amount, rate, eta, f"{files} verified"]
        yield [amount, rate, eta]
        yield [amount, eta]
        yield [_amount(snapshot.done, snapshot.size, "/"), eta]
        yield [amount]


def _short(snapshot: Snapshot) -> Iterable[str]:
    """Yield what a narrow terminal shows instead, the longest first."""
    if not snapshot.size or snapshot.activity is Activity.REMOVE:
        yield f"{snapshot.files_done:,} of {snapshot.files:,}"
        return
    percent = f"{int(100 * _share(snapshot.done, snapshot.size))}%"
    amount = _amount(snapshot.done, snapshot.size, "/")
    yield f"{amount}{_GAP}{percent}"
    yield amount
    yield percent


def _share(done: int, size: int) -> float:
    return min(1.0, done / size) if size else 1.0


def _bar(share: float, columns: int, area: Area) -> Text:
    full = int(share * columns)
    return Text.assemble((area.choose(_FULL) * full, "cyan"), (area.choose(_REST) * (columns - full), "dim"))

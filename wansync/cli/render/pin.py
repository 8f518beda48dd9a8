"""Text of `wansync pin`."""

from __future__ import annotations

from wansync.cli.console import hint_line, note, result, warning_line
from wansync.cli.render.table import table_lines
from wansync.ops.pin import PinReport
from wansync.text import count_noun, format_bytes, format_date

_HEAD = ("PIN", "NAME", "PROJECT", "SIZE", "HERE", "SINCE", "REASON")


def render_pins(report: PinReport) -> None:
    """Print the table of pins, or what the command did to them."""
    for verb, ids in (("Pinned", report.added), ("Unpinned", report.removed)):
        if ids:
            note(f"{verb} {count_noun(len(ids), 'time')}: {', '.join(ids)}")
    rows = [
        (
            pin.id,
            pin.name,
            pin.project,
            format_bytes(pin.size),
            format_bytes(report.here[pin.id]),
            format_date(pin.made_at),
            pin.reason,
        )
        for pin in report.pins
    ]
    for line in table_lines(_HEAD, rows, right=("SIZE", "HERE")):
        result(line)
    if not report.pins:
        note("Nothing is pinned")
    for id_ in report.damaged:
        warning_line(f"The pin `{id_}` cannot be read, so `wansync gc` will not work")
        hint_line(f"Remove it with `wansync pin --remove {id_}`")

"""The tables, as Markdown for `docs/benchmarks.md`. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.transfer.peers import CURL, PEERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.benchmarks.transfer.bars import Verdict
    from tests.benchmarks.transfer.measured import Measured

_MB = 10**6
_REACHED = {True: "yes", False: "**no**", None: "not measured"}


def format_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def format_case(title: str, measured: Measured) -> str:
    """Return one case: a row for each program, quickest first, then those that were left out."""
    order = sorted(measured.runs, key=lambda name: measured.median(name, "seconds") or 0.0)
    known = [name for name in PEERS if name in measured.skipped]
    left_out = [*known, *(name for name in measured.skipped if name not in PEERS)]
    rows = [*(_row(name, measured) for name in order), *((name, measured.skipped[name], "", "") for name in left_out)]
    head = ("Program", f"Wall, against {_baseline(measured)}", "CPU s", "Peak MB")
    about = f"{measured.files:,} x {measured.size // measured.files / 2**20:g} MiB"
    return f"### {title} ({about})\n\n{format_table(head, rows)}\n"


def format_verdicts(verdicts: Iterable[Verdict]) -> str:
    """Return what was to be reached."""
    rows = ((v.measure, v.reach, v.program, v.engine, _REACHED[v.reached]) for v in verdicts)
    head = ("Measure", "To reach", "Program (rounds)", "Engine alone (rounds)", "Reached")
    return f"### To reach\n\n{format_table(head, rows)}\n"


def _row(name: str, measured: Measured) -> tuple[str, str, str, str]:
    baseline = _baseline(measured)
    ratio = measured.ratio(name, baseline, "seconds")
    wall = f"{ratio.median:.2f} ({ratio.low:.2f} to {ratio.high:.2f})" if ratio and name != baseline else "1"
    cpu, peak = measured.median(name, "cpu") or 0.0, measured.median(name, "peak") or 0.0
    return name, wall, f"{cpu:.2f}", f"{peak / _MB:.0f}"


def _baseline(measured: Measured) -> str:
    return CURL if CURL in measured.runs else next(reversed(list(measured.runs)), CURL)

"""Text of `wansync status`: a table, what is wrong below each row, and what runs on the store now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wansync.cli.console import note, nothing_asked_for, result
from wansync.cli.render.table import table_lines
from wansync.ops.status import ModelState, ModelStatus, StatusReport
from wansync.store import Phase, RunRecord
from wansync.text import count_noun, format_bytes, format_seconds

_HEAD = ("MODEL", "VARIANT", "STATE", "SIZE", "NEEDED", "PATH")
_WRONG = {ModelState.PARTIAL, ModelState.CORRUPT}


def render_status(report: StatusReport) -> None:
    """Print the table."""
    for line in status_lines(report):
        result(line)
    if not report.models:
        note(nothing_asked_for("status"))
    note(f"Store: {report.root}")


def status_lines(report: StatusReport, rates: Mapping[str, float] | None = None) -> list[str]:
    """Return the table with its details.

    Args:
        report: the status.
        rates: run -> bytes per second, as far as they are known.
    """
    head, *rows = table_lines(_HEAD, [_row(model) for model in report.models], right=("SIZE", "NEEDED")) or [""]
    lines = [head] if rows else []
    for row, model in zip(rows, report.models, strict=True):
        lines += [row, *(f"    {detail}" for detail in _details(model))]
    return [*lines, *(_run_line(run, (rates or {}).get(run.run, 0.0)) for run in report.runs)]


def change_line(model: ModelStatus) -> str:
    """Return one line that says how far a model is."""
    needed = f"  {format_bytes(model.bytes_needed)} of {format_bytes(model.size)} needed" if model.bytes_needed else ""
    return f"{model.name}  {model.state}{needed}"


def _row(model: ModelStatus) -> tuple[str, ...]:
    return (
        model.model_id or model.name,
        model.variant or "",
        model.state,
        format_bytes(model.size),
        format_bytes(model.bytes_needed) if model.bytes_needed else "",
        str(model.path or ""),
    )


def _details(model: ModelStatus) -> Iterator[str]:
    if model.state is ModelState.VERIFYING:
        yield "being hashed by another process"
    if model.state not in _WRONG:
        return
    for word, paths in (("corrupt", model.corrupt), ("missing", model.missing), ("unverified", model.unverified)):
        yield from (f"{word} {path}" for path in paths)
    if model.unverified:
        yield f"{count_noun(len(model.unverified), 'file')} to check again (`wansync sync` does)"
    if model.unlinked:
        yield f"{count_noun(model.unlinked, 'file')} to link"


_DOING = {Phase.STAGE: "bringing files", Phase.LINK: "linking", Phase.VERIFY: "hashing"}


def _run_line(run: RunRecord, rate: float) -> str:
    host, process, *_ = (*run.writer.split("."), "?", "?")
    line = f"running: {run.command} (process {process} on {host}), {_DOING[run.phase]}"
    if run.total:
        line += f": {format_bytes(run.done)} of {format_bytes(run.total)}"
    if rate > 0:
        left = max(0, run.total - run.done)
        line += f", {format_bytes(int(rate))}/s, ETA {format_seconds(left / rate)}"
    return line

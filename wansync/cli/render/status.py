"""Text of `wansync status`."""

from __future__ import annotations

from wansync.cli.console import note, result
from wansync.ops.status import ModelState, ModelStatus, StatusReport
from wansync.text import count_noun, format_bytes


def render_status(report: StatusReport) -> None:
    """Print a line for each model and, where something is wrong, the files."""
    width = max((len(model.name) for model in report.models), default=0)
    for model in report.models:
        result(f"{model.name:<{width}}  {model.state:<11}  {_detail(model)}")
        for word, paths in (("corrupt", model.corrupt), ("missing", model.missing), ("unverified", model.unverified)):
            for path in paths if model.state in {ModelState.PARTIAL, ModelState.CORRUPT} else ():
                result(f"    {word} {path}")
    note(f"Store: {report.root}")


def _detail(model: ModelStatus) -> str:
    if model.state is ModelState.COMPLETE:
        return f"{format_bytes(model.size)}  {model.path}"
    if model.state is ModelState.VERIFYING:
        return f"{format_bytes(model.size)}, being hashed by another process"
    needed = f"{format_bytes(model.bytes_needed)} of {format_bytes(model.size)} needed"
    parts = [needed if model.bytes_needed else "all bytes are here"]
    if model.unverified:
        parts.append(f"{count_noun(len(model.unverified), 'file')} to check again (`wansync sync` does)")
    if model.unlinked:
        parts.append(f"{count_noun(model.unlinked, 'file')} to link")
    return ", ".join(parts)

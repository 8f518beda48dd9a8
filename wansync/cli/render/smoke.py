"""Text of `wansync smoke`."""

from __future__ import annotations

from wansync.cli.console import note, result
from wansync.text import format_bytes, format_seconds
from wansync.wan.smoke import SmokeReport


def render_smoke(report: SmokeReport) -> None:
    """Print what the run took, line by line, and beside it that it passed."""
    calls = ", ".join(f"{name} {count}" for name, count in report.experts.items())
    frames, height, width, _ = report.shape
    result(f"model     {report.model}, {report.pipeline}")
    result(f"device    {report.device_name} ({report.device}), offload {report.offload}")
    result(f"precision {', '.join(f'{name} {dtype}' for name, dtype in report.precision.items())}")
    result(f"load      {format_seconds(report.load_seconds)}")
    result(f"step      {format_seconds(report.seconds_per_step)}")
    result(f"run       {format_seconds(report.run_seconds)}, {frames} frames of {width}x{height}")
    result(f"memory    {_memory(report)}")
    note(f"Both steps ran; calls: {calls}")


def _memory(report: SmokeReport) -> str:
    found = {"device": report.device_peak_bytes, "process": report.process_peak_bytes}
    told = [f"{name} {format_bytes(count)}" for name, count in found.items() if count is not None]
    return ", ".join(told) or "not known"

"""Text of `wansync wan`."""

from __future__ import annotations

from wansync.cli.console import note, result
from wansync.cli.render.table import table_lines
from wansync.text import format_bytes
from wansync.wan.check.report import ComponentsReport
from wansync.wan.memory import VramReport
from wansync.wan.vram import VramEstimate

_HEAD = ("OFFLOAD", "VAE", "PEAK", "WEIGHTS", "LARGEST PHASE", "FITS")


def render_check(report: ComponentsReport) -> None:
    """Say that the parts fit, and what it took to know."""
    parts = ", ".join(part.name for part in report.paths.parts)
    result(f"{report.paths.name}: {len(report.paths.parts)} parts fit together ({parts})")
    read = format_bytes(report.bytes_read)
    note(f"Looked at {len(report.paths.files)} files, {format_bytes(report.size)}; read {read} of them")


def render_vram(report: VramReport) -> None:
    """Print a row for each mode, and which is the first that fits."""
    request = report.request
    image = ", with an image" if request.image else ""
    video = f"{request.width}x{request.height}, {request.frames} frames{image}"
    result(f"{report.model} ({request.backend}), {video}, {request.dtype}, VAE {request.vae_dtype}")
    for line in table_lines(_HEAD, [_row(report, one) for one in report.estimates], right=("PEAK", "WEIGHTS")):
        result(line)
    if not report.published:
        note(f"{report.model} is a smaller copy of the published model, and so is this; name a variant with @")
    if report.free_gib is None:
        note("How much is free is not known: there is no torch with a device here; say it with `--memory 24GiB`")
    elif fit := report.first_fit:
        note(f"{report.free_gib:.1f} GiB free ({report.device}): the quickest that fits is `{fit.mode}`")
    else:
        note(f"{report.free_gib:.1f} GiB free ({report.device}): nothing fits; take a smaller size or fewer frames")


def _row(report: VramReport, one: VramEstimate) -> tuple[str, ...]:
    fits = "" if report.free_gib is None else "yes" if one.fits(report.free_gib) else "no"
    weights = f"{one.weights_gib:.1f} GiB" if one.phases else ""
    vae = ("tiled" if one.request.tiled else "whole") if one.phases else ""
    return (
        str(one.request.offload),
        vae,
        f"{one.peak_gib:.1f} GiB",
        weights,
        str(one.largest) if one.largest else "",
        fits,
    )

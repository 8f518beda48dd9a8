"""Text of `wansync store`."""

from __future__ import annotations

from wansync.cli.console import note, result
from wansync.cli.render.table import table_lines
from wansync.ops.store import StoredBlob, StoreListing, StorePath
from wansync.ops.store_sizes import StoreSize
from wansync.text import count_noun, format_bytes

_MOST_NAMED = 2


def render_path(report: StorePath) -> None:
    """Print the path alone, so that a shell can use it."""
    result(report.root)


def render_size(report: StoreSize) -> None:
    """Print a table of the parts, what sharing saves, and each project."""
    parts = (("blobs", report.blobs), ("partials", report.partials), ("trash", report.trash))
    rows = [(name, str(amount.count), format_bytes(amount.size)) for name, amount in parts]
    for line in table_lines(("PART", "FILES", "SIZE"), rows, right=("FILES", "SIZE")):
        result(line)
    for saved, what in ((report.views, "view"), (report.projects, "project")):
        result(
            f"{count_noun(saved.count, what)}: {format_bytes(saved.apart)} apart, {format_bytes(saved.together)} here, "
            f"{format_bytes(saved.size)} saved"
        )
    projects = [(r.project or r.id, r.id, format_bytes(r.size), format_bytes(r.alone)) for r in report.roots]
    for line in table_lines(("PROJECT", "ID", "SIZE", "ALONE"), projects, right=("SIZE", "ALONE")):
        result(line)
    freed = format_bytes(report.reclaimable)
    note(f"Store: {report.root}, {format_bytes(report.free)} free; `wansync gc` would free {freed}")


def render_ls(report: StoreListing) -> None:
    """Print a line for each blob."""
    rows = [(blob.digest.short, format_bytes(blob.size), _users(blob)) for blob in report.blobs]
    for line in table_lines(("DIGEST", "SIZE", "USED BY"), rows, right=("SIZE",)):
        result(line)
    note(f"{count_noun(len(report.blobs), 'blob')}, {format_bytes(sum(blob.size for blob in report.blobs))}")


def _users(blob: StoredBlob) -> str:
    named = [f"{use.project}: {use.component}/{use.path}" for use in blob.users[:_MOST_NAMED]]
    more = len(blob.users) - _MOST_NAMED
    return ", ".join([*named, *([f"{more} more"] if more > 0 else []), *(["a pin"] if blob.pinned else [])])

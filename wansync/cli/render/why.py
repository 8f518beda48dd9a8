"""Text of `wansync why`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wansync.cli.console import note, result
from wansync.ops.why import Keeper, WhyReport
from wansync.surroundings import MANIFEST_NAME
from wansync.text import count_noun, format_bytes

_MOST_FILES = 5


def render_why(report: WhyReport) -> None:
    """Print what it is, then each reason."""
    size, here = sum(report.digests.values()), sum(report.here.values())
    held = "in the store" if here == size else f"{format_bytes(here)} of it in the store"
    if not report.here:
        held = "not in the store"
    (first, *_) = report.digests
    what = f"sha256 {first}" if len(report.digests) == 1 else count_noun(len(report.digests), "file")
    result(f"{report.query}: {what}, {format_bytes(size)}, {held}")
    for line in (*_uses(report), *_keepers(report)):
        result(f"  {line}")
    if report.unused:
        note(f"`wansync gc` would remove {format_bytes(sum(report.unused.values()))} of it: nothing keeps that")


def _uses(report: WhyReport) -> Iterator[str]:
    if report.declared:
        yield f"declared at line {report.declared} of {MANIFEST_NAME}"
    if report.views:
        yield from _views(report)
    else:
        yield from _files(report)
    for profile, views in report.profiles.items():
        yield f"the profile {profile} names {', '.join(views)}"


def _views(report: WhyReport) -> Iterator[str]:
    for view in report.views:
        mounts = [(mount.slot, id_) for id_, found in report.mounts.items() for mount in found if mount.view == view]
        yield f"{view} mounts {', '.join(f'{id_} at {slot}' for slot, id_ in sorted(mounts))}"


def _files(report: WhyReport) -> Iterator[str]:
    yield from _some([f"file {use.path} of {use.component} in {use.project}" for use in report.files])
    for id_, mounts in report.mounts.items():
        yield from (f"{id_} is mounted by {mount.view} at {mount.slot}" for mount in mounts)
    for id_, requiring in report.required_by.items():
        yield f"{id_} is required by {', '.join(requiring)}"


def _some(lines: Iterable[str]) -> Iterator[str]:
    every = list(lines)
    yield from every[:_MOST_FILES]
    if len(every) > _MOST_FILES:
        yield f"and {len(every) - _MOST_FILES} more files"


def _keepers(report: WhyReport) -> Iterator[str]:
    for keeper in report.kept_by:
        yield f"kept by {_named(keeper)}"
    for name in report.pins:
        yield f"kept by the pin of {name}"
    for lease in report.leases:
        yield f"in use: {lease}"


def _named(keeper: Keeper) -> str:
    return f"{keeper.project} at {keeper.path}" + (" (this project)" if keeper.current else "")

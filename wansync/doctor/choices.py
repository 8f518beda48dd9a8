"""Checks of what the user chose: settings that contradict each other, the lock, or the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.doctor.model import Finding, Level, Subject, quoted, shown
from wansync.errors import WansyncError
from wansync.lockfile import select
from wansync.text import format_bytes, printable

if TYPE_CHECKING:
    from collections.abc import Iterator


def look_at_settings(subject: Subject) -> Iterator[Finding]:
    """Do the settings agree with each other?"""
    settings = subject.settings
    both = sorted(set(settings.allow_license) & set(settings.deny_license))
    if both:
        yield _finding(
            Level.PROBLEM,
            f"The licence `{printable(both[0])}` is both allowed and denied",
            {"licenses": both},
            "Take it out of WANSYNC_ALLOW_LICENSE or WANSYNC_DENY_LICENSE; `wansync config` says where each is set",
        )
    cache = settings.hub_cache
    if cache and (subject.root.is_relative_to(cache) or cache.is_relative_to(subject.root)):
        yield _finding(
            Level.PROBLEM,
            f"The store and the Hugging Face cache lie in each other: `{shown(subject.root)}`, `{shown(cache)}`",
            {"store": shown(subject.root), "hub_cache": shown(cache)},
            "Choose another directory with MODELS_ROOT",
        )
    capacity, _ = subject.store.usage()
    if settings.reserve.of(capacity) >= capacity > 0:
        yield _finding(
            Level.PROBLEM,
            f"{format_bytes(settings.reserve.of(capacity))} are to stay free on a disk of {format_bytes(capacity)}",
            {"reserve": settings.reserve.of(capacity), "capacity": capacity},
            "Choose a smaller reserve with WANSYNC_MIN_FREE",
        )


def look_at_lock(subject: Subject) -> Iterator[Finding]:
    """Do the settings agree with the lock?"""
    if subject.lock is None:
        return
    try:
        selection = select(subject.lock, (), profile=subject.settings.profile)
    except WansyncError as error:
        yield _finding(Level.PROBLEM, error.reason, {"profile": subject.settings.profile}, error.hint)
        return
    needed = sum({file.digest: file.size for c in selection.components for file in c.files}.values())
    limit = subject.settings.max_size
    if limit is not None and needed > limit:
        yield _finding(
            Level.PROBLEM,
            f"The active profile has {format_bytes(needed)}, and the store may have {format_bytes(limit)}",
            {"bytes": needed, "max_size": limit},
            f"Allow more with WANSYNC_MAX_SIZE={quoted(str(needed))}, or choose a smaller profile",
        )


def _finding(level: Level, text: str, facts: dict[str, object], hint: str) -> Finding:
    return Finding(check="settings", level=level, text=text, facts=facts, hint=hint)

"""The checks, in the order in which they are shown, and how one that fails becomes a finding itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from wansync.doctor import blobs, choices, disk, place, records, views
from wansync.doctor.model import Check, Finding, Level, Subject, give_back, shown
from wansync.errors import StoreFailError
from wansync.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CHECKS = (
    Check("store", place.look_at_store, "The store is there", needs_store=False),
    Check("layout", place.look_at_layout, "Its layout is the one that this wansync knows", needs_store=False),
    Check("folders", place.look_at_folders, "Its folders are there, and its own"),
    Check("permissions", place.look_at_permissions, "This user may use its folders"),
    Check("locks", place.look_at_locks, "This user may take every lock"),
    Check("roots", records.look_at_roots, "Every root can be read, and its project is there"),
    Check("generations", records.look_at_generations, "Every lock that a project applied can be read"),
    Check("pins", records.look_at_pins, "Every pin can be read"),
    Check("leases", records.look_at_leases, "Every lease can be read"),
    Check("blobs", blobs.look_at_blobs, "By stat, no blob has changed since it was verified"),
    Check("verified", blobs.look_at_verified, "Every blob has been verified where it is"),
    Check("read-only", blobs.look_at_writable_blobs, "Every blob is read-only"),
    Check("strange", blobs.look_at_strange_blobs, "Nothing but blobs stands among the blobs"),
    Check("attests", blobs.look_at_attests, "Every attest belongs to a blob"),
    Check("views", views.look_at_views, "Every file of every view leads to its blob"),
    Check("strays", views.look_at_strays, "Nothing else is in the views"),
    Check("links", views.look_at_links, "Every link for people leads to a view"),
    Check("leftovers", disk.look_at_leftovers, "No run has left anything"),
    Check("room", disk.look_at_room, "The disk has room", needs_store=False),
    Check("file-system", disk.look_at_file_system, "The file system is this machine's own", needs_store=False),
    Check("lock-probe", disk.look_at_lock_probe, "Locks hold between processes, where the store can be written"),
    Check("link-mode", disk.look_at_link_modes, "Links work, where the store can be written"),
    Check("clock", disk.look_at_clocks, "The clocks agree"),
    Check("settings", choices.look_at_settings, "The settings agree with each other", needs_store=False),
    Check("settings", choices.look_at_lock, "The settings agree with the lock", needs_store=False),
)


def examine(subject: Subject, checks: Iterable[Check] = CHECKS) -> tuple[Finding, ...]:
    """Return what every check finds; each says at least that it found nothing. No failure of a disk leaves it."""
    there = _is_there(subject)
    return tuple(found for check in checks if there or not check.needs_store for found in _examined(subject, check))


def _is_there(subject: Subject) -> bool:
    if not subject.root.is_dir():
        return False
    try:
        subject.store.check_version()
    except StoreFailError as error:
        # What another version keeps there is not ours to judge; a number that was damaged is no other version.
        return error.hint != "Upgrade wansync"
    return True


def _examined(subject: Subject, check: Check) -> Iterator[Finding]:
    found = False
    try:
        for finding in check.look(subject):
            found = True
            yield finding
    except FileNotFoundError:
        text = "Another process changed the store while it was looked at"
        yield Finding(check=check.name, level=Level.NOTE, text=text)
        return
    except OSError as error:
        yield _failed(check, error)
        return
    if not found:
        yield Finding(check=check.name, level=Level.OK, text=check.healthy)


def _failed(check: Check, error: OSError) -> Finding:
    path = shown(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes | os.PathLike) else None
    what = printable(error.strerror or type(error).__name__)
    hint = "Check the owner, the permissions and the health of that disk"
    if isinstance(error, PermissionError) and path:
        hint = give_back(Path(path))
    return Finding(
        check=check.name,
        level=Level.PROBLEM,
        text=f"This could not be looked at: {what}" + (f": `{printable(path)}`" if path else ""),
        facts={"path": path},
        hint=hint,
    )

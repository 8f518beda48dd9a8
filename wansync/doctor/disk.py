"""Checks of the disk: room, kind of file system, locks, links, clocks; and what dead runs have left there.

The probes make files in the store's `.tmp`, and among its blobs, and remove them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wansync.doctor.model import Finding, Level, Subject, may, shown
from wansync.store.layout import parse_partial
from wansync.store.lock_probe import LockVerdict, probe_lock
from wansync.store.scan import dead_temporaries, scan_partials
from wansync.text import count_noun, format_bytes, format_date, format_seconds, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHARED = {
    "nfs": "NFS",
    "cifs": "SMB",
    "smb": "SMB",
    "lustre": "Lustre",
    "gpfs": "GPFS",
    "ceph": "Ceph",
    "beegfs": "BeeGFS",
    "afs": "AFS",
    "9p": "9P",
    "virtiofs": "virtiofs",
    "fuse": "FUSE",
}
"""How the types of file systems begin that another machine, or a program, answers for."""
_SKEW_SECONDS = 300.0
"""Kerberos allows clocks to differ by 5 minutes; a day without a heartbeat ends a lease, so that much does no harm."""
_LOCK_TEXT = {
    LockVerdict.IGNORED: (Level.WARNING, "Locks do not hold here: two processes had one at the same time"),
    LockVerdict.REFUSED: (Level.WARNING, "The file system of the store has no locks"),
    LockVerdict.UNKNOWN: (Level.NOTE, "Locks could not be tried: no second process can be started"),
}


def look_at_room(subject: Subject) -> Iterator[Finding]:
    """Is there room for another sync?"""
    capacity, free = subject.store.usage()
    reserve, limit = subject.settings.reserve.of(capacity), subject.settings.max_size
    if free < reserve:
        yield Finding(
            check="room",
            level=Level.WARNING,
            text=f"{format_bytes(free)} free on the disk of the store, and {format_bytes(reserve)} are to stay free",
            facts={"free": free, "reserve": reserve, "capacity": capacity},
            hint="Run `wansync gc`, make room, or choose a smaller reserve with WANSYNC_MIN_FREE",
        )
    used = subject.store.size() if limit is not None else 0
    if limit is not None and used > limit:
        yield Finding(
            check="room",
            level=Level.WARNING,
            text=f"The store has {format_bytes(used)}, more than the {format_bytes(limit)} that it may have",
            facts={"bytes": used, "max_size": limit},
            hint="Run `wansync gc`, or allow more with WANSYNC_MAX_SIZE",
        )


def look_at_file_system(subject: Subject) -> Iterator[Finding]:
    """Is the store on a file system of this machine alone?"""
    kind = subject.store.fs.kind(subject.root)
    shared = next((name for begin, name in _SHARED.items() if kind and kind.startswith(begin)), None)
    if shared:
        yield Finding(
            check="file-system",
            level=Level.NOTE,
            text=f"The store is on {shared} (`{printable(kind or '')}`): where its locks do not reach other machines,"
            " two of them may fetch the same bytes; no wrong ones get into the store by that",
            facts={"fs": kind},
        )


def look_at_lock_probe(subject: Subject) -> Iterator[Finding]:
    """Do locks hold between two processes?"""
    tmp = subject.store.layout.tmp
    if not _is_usable(subject):
        return
    verdict = probe_lock(subject.store.fs, tmp)
    if verdict in _LOCK_TEXT:
        level, text = _LOCK_TEXT[verdict]
        hint = "Sync from one process at a time, or put the store elsewhere with MODELS_ROOT: double work is the harm"
        facts = {"verdict": str(verdict)}
        yield Finding(
            check="lock-probe", level=level, text=text, facts=facts, hint=hint if level is Level.WARNING else None
        )


def look_at_link_modes(subject: Subject) -> Iterator[Finding]:
    """Does the link mode that was asked for work, and does any that takes no space?"""
    if not _is_usable(subject):
        return
    failures = subject.store.links.try_all()
    works = next((mode for mode, failure in failures.items() if failure is None), None)
    asked = subject.settings.link_mode
    facts = {"works": [str(mode) for mode, failure in failures.items() if failure is None], "asked": asked}
    if asked and failures[asked]:
        text = f"Link mode `{asked}` does not work in this store: {printable(failures[asked] or '')}"
        hint = "Use `--link-mode auto`, or put the store on another file system with MODELS_ROOT"
        yield Finding(check="link-mode", level=Level.PROBLEM, text=text, facts=facts, hint=hint)
    elif works is None:
        text = "No link mode works in this store, not even copying"
        hint = "Check the owner, the permissions and the health of that disk, or choose another with MODELS_ROOT"
        yield Finding(check="link-mode", level=Level.PROBLEM, text=text, facts=facts, hint=hint)
    elif works not in list(failures)[:3]:
        text = "Files of views are copies here, and take their space again: nothing else works on this file system"
        yield Finding(check="link-mode", level=Level.NOTE, text=text, facts=facts)


def look_at_clocks(subject: Subject) -> Iterator[Finding]:
    """Do this machine's clock and the file system's agree, and is nothing from the future?"""
    stamp = subject.store.answers.now() if _is_usable(subject) else None
    off = abs(stamp / 1e9 - subject.now) if stamp is not None else 0.0
    if off > _SKEW_SECONDS:
        yield Finding(
            check="clock",
            level=Level.WARNING,
            text=f"The clocks of this machine and of the store's file system differ by {format_seconds(off)}",
            facts={"seconds": round(off)},
            hint="Set the clock of this machine, or of the file server",
        )
    latest = max((root.seen_at for _, root in subject.store.roots.each() if root), default=0.0)
    if latest > subject.now + _SKEW_SECONDS:
        yield Finding(
            check="clock",
            level=Level.WARNING,
            text=f"A project synced at a time that has not come yet: {format_date(latest)}",
            facts={"latest": latest, "now": subject.now},
            hint="Set the clock of this machine, or of the one that synced",
        )


def look_at_leftovers(subject: Subject) -> Iterator[Finding]:
    """Have dead runs left anything?"""
    store = subject.store
    paths = [path for path in dead_temporaries(store.fs, store.layout) if not parse_partial(path.name)]
    paths += [*store.trash.contents(), *store.runs.dead(), *store.leases.dead()]
    if paths:
        text = f"{count_noun(len(paths), 'thing')} left by runs that were cut short"
        facts = {"paths": [shown(path) for path in paths]}
        hint = "Run `wansync sync`, which sweeps them up"
        yield Finding(check="leftovers", level=Level.NOTE, text=text, facts=facts, hint=hint)
    partials = scan_partials(store.fs, store.layout)
    waiting = {d: size for d, size in partials.items() if store.fs.fingerprint(store.layout.blob(d)) is None}
    if waiting:
        size = sum(waiting.values())
        text = f"{count_noun(len(waiting), 'partial')} ({format_bytes(size)}) for the next sync to go on from"
        yield Finding(check="partials", level=Level.NOTE, text=text, facts={"count": len(waiting), "bytes": size})


def _is_usable(subject: Subject) -> bool:
    """Return whether a probe can be made where a sync would work, without making a folder for it."""
    folders = (subject.store.layout.tmp, subject.store.layout.blobs)
    return all(subject.store.fs.is_directory(path) and may(path, os.W_OK | os.X_OK) for path in folders)

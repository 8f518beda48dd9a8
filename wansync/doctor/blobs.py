"""Checks of blobs: are they files, unchanged since they were verified, read-only, and named as blobs are?

Nothing is hashed: that is `wansync verify`'s, and what it found stands in the attests.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wansync.doctor.model import Finding, Level, Subject, may, shown
from wansync.doctor.seen_blobs import SeenBlob, digest_of
from wansync.store.layout import PROBE
from wansync.text import count_noun, format_bytes, format_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wansync.store.attests import Attest
    from wansync.store.fingerprint import Fingerprint


def look_at_blobs(subject: Subject) -> Iterator[Finding]:
    """Does each have the bytes that it had when it was verified, as far as stat can tell?"""
    for blob in subject.blobs:
        wrong = _what_is_wrong(subject, blob)
        if wrong:
            yield _finding(subject, blob, Level.PROBLEM, f"{_named(blob)} {wrong}")


def look_at_verified(subject: Subject) -> Iterator[Finding]:
    """Is there any that the next sync has to hash first?"""
    touched = [blob for blob in subject.blobs if _what_is_wrong(subject, blob) is None and not _is_proven(blob)]
    if touched:
        size = sum(blob.fingerprint.size for blob in touched)
        yield Finding(
            check="verified",
            level=Level.NOTE,
            text=f"{count_noun(len(touched), 'blob')} ({format_bytes(size)}) moved, linked or not verified yet: the"
            " next sync hashes what it needs of them",
            facts={"count": len(touched), "bytes": size},
        )


def look_at_writable_blobs(subject: Subject) -> Iterator[Finding]:
    """Are they read-only, so that nobody writes to one by mistake?"""
    layout = subject.store.layout
    for blob in subject.blobs:
        path = layout.blob(blob.digest)
        if subject.store.fs.is_file(path) and subject.store.fs.is_writable(path):
            text = f"{_named(blob)} is writable"
            yield _finding(subject, blob, Level.WARNING, text, check="read-only")


def look_at_strange_blobs(subject: Subject) -> Iterator[Finding]:
    """Is everything among the blobs one?"""
    fs, layout = subject.store.fs, subject.store.layout
    strange = []
    for folder in fs.list_directory(layout.blobs):
        path = layout.blobs / folder
        if not fs.is_directory(path):
            strange += [] if folder.startswith(PROBE) else [path]
            continue
        strange += [path / name for name in fs.list_directory(path) if digest_of(name, folder) is None]
    if strange:
        text = f"{count_noun(len(strange), 'file')} among the blobs not wansync's, and left alone"
        facts = {"paths": [shown(path) for path in strange]}
        yield Finding(check="strange", level=Level.NOTE, text=text, facts=facts)


def look_at_attests(subject: Subject) -> Iterator[Finding]:
    """Does each attest belong to a blob?"""
    orphans = sum(1 for _ in subject.store.attests.orphans())
    if orphans:
        text = f"{count_noun(orphans, 'attest')} of blobs that are gone: harmless, and gone with the next `wansync gc`"
        yield Finding(check="attests", level=Level.NOTE, text=text, facts={"count": orphans})


def _what_is_wrong(subject: Subject, blob: SeenBlob) -> str | None:
    path = subject.store.layout.blob(blob.digest)
    if not subject.store.fs.is_file(path):
        # One that is gone by now was collected, or replaced, by somebody else meanwhile.
        return "is no file" if subject.store.fs.fingerprint(path) else None
    if not may(path, os.R_OK):
        return "cannot be read by this user"
    return _how_changed(blob.attest, blob.fingerprint) if blob.attest else None


def _how_changed(attest: Attest, now: Fingerprint) -> str | None:
    then, when = attest.fingerprint, format_date(attest.verified_at)
    if then.size != now.size:
        change = f"{format_bytes(then.size)} then, {format_bytes(now.size)} now"
        return f"has been changed since it was verified on {when}: {change}"
    if then.mtime_ns != now.mtime_ns:
        return f"has been written to since it was verified on {when}"
    return f"has wrong bytes, found on {when}" if then == now and not attest.intact else None


def _is_proven(blob: SeenBlob) -> bool:
    return blob.attest is not None and blob.attest.fingerprint == blob.fingerprint


def _named(blob: SeenBlob) -> str:
    if not blob.views:
        return f"The blob `{blob.digest.short}`"
    more = f" (and {len(blob.views) - 1} more)" if len(blob.views) > 1 else ""
    return f"The blob of `{blob.views[0]}`{more}"


def _finding(subject: Subject, blob: SeenBlob, level: Level, text: str, check: str = "blobs") -> Finding:
    facts: dict[str, object] = {
        "sha256": str(blob.digest),
        "path": shown(subject.store.layout.blob(blob.digest)),
        "views": list(blob.views),
    }
    hint = subject.owners.cure(blob.digest, _wanted(subject, blob.models))
    return Finding(check=check, level=level, text=text, facts=facts, hint=hint)


def _wanted(subject: Subject, names: Iterable[str]) -> tuple[str, ...]:
    """Return the names among these that a sync of the owner can be told."""
    named = subject.owners.own
    known = {key.name for key in named.views} if named else set()
    return tuple(name for name in names if not known or name in known)

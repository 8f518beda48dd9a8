"""Checks of records: roots, copies of locks, pins and leases. Where one cannot be read, gc rightly refuses to work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.doctor.model import Finding, Level, Subject, quoted, shown
from wansync.doctor.owners import sync_of
from wansync.store.roots import directory_exists
from wansync.text import count_noun, format_date, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.digest import Digest
    from wansync.store import Root


def look_at_roots(subject: Subject) -> Iterator[Finding]:
    """Can every root be read, and is its project still there?"""
    folder = subject.store.layout.state / "roots"
    for record, root in subject.store.roots.each():
        if root is not None:
            yield from _gone(root)
            continue
        id_, path = record.removesuffix(".json"), folder / record
        forgettable = record.endswith(".json") and subject.store.fs.is_file(path)
        forget = f"`wansync roots forget {quoted(id_)}`" if forgettable else subject.set_aside(path)
        yield Finding(
            check="roots",
            level=Level.PROBLEM,
            text=f"The root `{printable(shown(id_))}` cannot be read, so `wansync gc` will not work",
            facts={"path": shown(path)},
            hint=f"Run `wansync sync` in its project, or {forget} if it is gone",
        )


def _gone(root: Root) -> Iterator[Finding]:
    if directory_exists(root.project) is not False:
        return
    since = f", since {format_date(root.missing_since)} at the latest" if root.missing_since else ""
    yield Finding(
        check="roots",
        level=Level.WARNING,
        text=f"The directory of the project `{printable(root.project.name)}` is gone{since}: `{root.project.path}`",
        facts={"id": root.project.id, "project": root.project.name, "path": root.project.path},
        hint=f"Run `wansync roots forget {quoted(root.project.id)}`, or mount the disk that it is on",
    )


def look_at_generations(subject: Subject) -> Iterator[Finding]:
    """Does the store still have its copy of every lock that a root names?"""
    for root in (root for _, root in subject.store.roots.each() if root):
        kept = root.kept(subject.settings.keep_generations)
        lost = [lock for lock in sorted(root.history) if subject.store.roots.generations.find(lock) is None]
        for lock in lost:
            if lock in kept:
                yield _lost(root, lock)
        former = [lock for lock in lost if lock not in kept]
        if former:
            text = f"`{printable(root.project.name)}` cannot go back to {count_noun(len(former), 'former lock')}"
            facts = {"project": root.project.path, "locks": [str(lock) for lock in former]}
            yield Finding(check="generations", level=Level.NOTE, text=text, facts=facts)


def _lost(root: Root, lock: Digest) -> Finding:
    name = printable(root.project.name)
    return Finding(
        check="generations",
        level=Level.PROBLEM,
        text=f"The store's copy of a lock of `{name}` is missing or damaged, so `wansync gc` will not work",
        facts={"project": root.project.path, "lock": str(lock)},
        hint=sync_of(root.project),
    )


def look_at_pins(subject: Subject) -> Iterator[Finding]:
    """Can every pin be read?"""
    for id_, pin in subject.store.pins.each():
        if pin is not None:
            continue
        path = subject.store.layout.state / "pins" / f"{id_}.json"
        removable = subject.store.fs.is_file(path)
        command = f"`wansync pin --remove {quoted(id_)}`" if removable else subject.set_aside(path)
        yield Finding(
            check="pins",
            level=Level.PROBLEM,
            text=f"The pin `{printable(shown(id_))}` cannot be read, so `wansync gc` will not work",
            facts={"path": shown(path)},
            hint=f"Run {command}, and pin again what it was for",
        )


def look_at_leases(subject: Subject) -> Iterator[Finding]:
    """Can every lease of a program that runs be read?"""
    for path in subject.store.leases.unreadable():
        host, process, *_ = map(printable, path.name.split("."))
        yield Finding(
            check="leases",
            level=Level.PROBLEM,
            text=f"The lease of process {process} on `{host}` cannot be read, so `wansync gc` will not work",
            facts={"path": shown(path)},
            hint=f"End that program, or run {subject.set_aside(path)} if it uses no model of this store",
        )

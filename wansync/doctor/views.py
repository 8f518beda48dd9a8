"""Checks of views: are they there, does every file lead to its blob, is there anything else in them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.doctor.model import Finding, Level, Subject, give_back, quoted, shown
from wansync.inventory import ViewFolder
from wansync.store.named import lock_views
from wansync.store.roots import directory_exists
from wansync.text import count_noun, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.digest import Digest
    from wansync.doctor.seen import SeenView
    from wansync.inventory import ViewKey
    from wansync.store import Root


def look_at_views(subject: Subject) -> Iterator[Finding]:
    """Does every file of every view lead to its blob?"""
    for view in subject.views:
        facts: dict[str, object] = {"view": str(view.key), "path": shown(subject.store.layout.view(view.key))}
        hint = subject.owners.cure(view.key, [view.key.name])
        if not view.recorded:
            text = f"The record of the view `{view.key}` is missing or damaged, so it has to be linked again"
            yield Finding(check="views", level=Level.WARNING, text=text, facts=facts, hint=hint)
        if view.closed:
            text = f"A folder of the view `{view.key}` cannot be looked at"
            facts |= {"path": shown(view.closed)}
            yield Finding(check="views", level=Level.PROBLEM, text=text, facts=facts, hint=give_back(view.closed))
        lost = [str(file.path) for file in view.files if not file.leads]
        if lost:
            more = f" (and {len(lost) - 1} more)" if len(lost) > 1 else ""
            text = f"`{lost[0]}`{more} of the view `{view.key}` does not lead to its blob"
            facts["files"] = lost
            yield Finding(check="views", level=Level.PROBLEM, text=text, facts=facts, hint=hint)
    yield from _absent(subject)


def look_at_strays(subject: Subject) -> Iterator[Finding]:
    """Is there anything in a view that is none of its files? A program that loads the directory may load it too."""
    for view in subject.views:
        if view.strays:
            yield _stray(subject, view)


def look_at_links(subject: Subject) -> Iterator[Finding]:
    """Does each link for people lead to a view?"""
    fs, folder = subject.store.fs, subject.store.layout.models
    for name in fs.list_directory(folder):
        path = folder / name
        leads = fs.read_link(path)
        if leads is not None and fs.is_directory(leads):
            continue
        what = "leads nowhere" if leads is not None else "is no link"
        yield Finding(
            check="links",
            level=Level.WARNING,
            text=f"`models/{printable(shown(name))}` {what}",
            facts={"path": shown(path), "target": shown(leads) if leads else None},
            hint=_cure_of_link(subject, name),
        )


def _cure_of_link(subject: Subject, name: str) -> str:
    own = subject.owners.own
    if own and any(key.name == name and key.folder is ViewFolder.MODELS for key in own.views):
        return f"Run `wansync sync {quoted(name)}`"
    return f"Run {subject.set_aside(subject.store.layout.models / name)}; the sync of its project makes another one"


def _stray(subject: Subject, view: SeenView) -> Finding:
    path = subject.store.layout.view(view.key) / view.strays[0]
    others = f", and {count_noun(len(view.strays) - 1, 'other file')}," if len(view.strays) > 1 else ""
    return Finding(
        check="strays",
        level=Level.WARNING,
        text=f"`{shown(view.strays[0])}`{others} in the view `{view.key}` not wansync's, and left alone",
        facts={"view": str(view.key), "files": [shown(name) for name in view.strays]},
        hint=f"Run {subject.set_aside(path)}, and keep your files elsewhere",
    )


def _absent(subject: Subject) -> Iterator[Finding]:
    """Yield the views that are not there although a project was told that they are ready."""
    roots = [root for _, root in subject.store.roots.each() if root]
    for root in roots:
        if directory_exists(root.project) is False:
            continue
        for name, lock in root.views.items():
            key = _key(subject, name, lock)
            if key and not subject.store.fs.is_directory(subject.store.layout.view(key)):
                yield _lost(subject, root, key)


def _key(subject: Subject, name: str, lock: Digest) -> ViewKey | None:
    found = subject.store.roots.generations.find(lock)
    return next((key for key in lock_views(found) if key.name == name), None) if found else None


def _lost(subject: Subject, root: Root, key: ViewKey) -> Finding:
    return Finding(
        check="views",
        level=Level.PROBLEM,
        text=f"The view `{key}`, ready for `{printable(root.project.name)}`, is not there any more",
        facts={"view": str(key), "project": root.project.path},
        hint=subject.owners.cure(key, [key.name]),
    )

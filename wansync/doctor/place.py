"""Checks of the place: is a store there, of which layout, with folders of its own that this user may use?"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wansync.doctor.model import Finding, Level, Subject, give_back, may, quoted, shown
from wansync.errors import StoreFailError
from wansync.inventory import ViewFolder
from wansync.store.layout import VERSION
from wansync.text import count_noun, printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_STATE = ("roots", "generations", "pins", "leases", "attests", "runs", "answers")
_VERSION_BYTES = 32


def look_at_store(subject: Subject) -> Iterator[Finding]:
    """Is there a store?"""
    root, fs = subject.root, subject.store.fs
    if root.is_dir():
        return
    facts = {"path": shown(root)}
    if fs.fingerprint(root) is None:
        text, hint = f"There is no store yet: `{shown(root)}`", "Run `wansync sync`, which makes it"
        yield Finding(check="store", level=Level.NOTE, text=text, facts=facts, hint=hint)
        return
    what = "a link that leads nowhere" if root.is_symlink() else "no directory"
    hint = f"Run {subject.set_aside(root)} and then `wansync sync`; if it is on a disk, see that this is mounted"
    text = f"`{shown(root)}` is {what}"
    yield Finding(check="store", level=Level.PROBLEM, text=text, facts=facts, hint=hint)


def look_at_layout(subject: Subject) -> Iterator[Finding]:
    """Does it say that it has the layout that this program knows?"""
    path = subject.store.layout.version
    if not subject.root.is_dir():
        return
    data = subject.store.fs.read_bytes(path, _VERSION_BYTES)
    found = None if data is None else data.decode("ascii", "replace").strip()
    facts = {"path": shown(path), "found": found, "known": VERSION}
    try:
        if subject.store.check_version():
            return
    except StoreFailError as error:
        newer = error.hint == "Upgrade wansync"
        hint = error.hint if newer else f"Run {subject.set_aside(path)} and then `wansync sync`, if it is a store"
        yield Finding(check="layout", level=Level.PROBLEM, text=error.reason, facts=facts, hint=hint)
        return
    text = "The store does not say which layout it has" if found is None else "`VERSION` of the store is empty"
    hint = "Run `wansync sync`, which writes it"
    yield Finding(check="layout", level=Level.WARNING, text=text, facts=facts, hint=hint)


def look_at_folders(subject: Subject) -> Iterator[Finding]:
    """Are its folders there, and its own?"""
    fs, layout = subject.store.fs, subject.store.layout
    # What a run needs besides, such as `.tmp`, it makes when it needs it.
    needed = (layout.blobs.parent, layout.blobs, layout.models, layout.state)
    missing = [path for path in needed if may(path.parent, os.F_OK) and fs.fingerprint(path) is None]
    if missing:
        names = [subject.name(path) for path in missing]
        yield Finding(
            check="folders",
            level=Level.WARNING,
            text=f"Missing of the store: `{'`, `'.join(names)}`",
            facts={"paths": [shown(path) for path in missing]},
            hint="Run `wansync sync`, which makes them and fetches what was in them",
        )
    for path in _folders(subject):
        if path != layout.root and fs.fingerprint(path) is not None and not fs.is_directory(path):
            what = "a link" if path.is_symlink() else "no directory"
            yield Finding(
                check="folders",
                level=Level.PROBLEM,
                text=f"`{subject.name(path)}` is {what}; the folders of a store must be its own",
                facts={"path": shown(path)},
                hint=f"Run {subject.set_aside(path)} and then `wansync sync`",
            )


def look_at_permissions(subject: Subject) -> Iterator[Finding]:
    """May this user read and write its folders?"""
    if not may(subject.root, os.W_OK) and may(subject.root, os.R_OK | os.X_OK):
        text = "This user cannot write to the store: what is ready can be used, nothing can be synced"
        facts = {"path": shown(subject.root)}
        yield Finding(check="permissions", level=Level.NOTE, text=text, facts=facts)
        wanted = os.R_OK | os.X_OK
    else:
        wanted = os.R_OK | os.W_OK | os.X_OK
    for path in _folders(subject):
        if subject.store.fs.is_directory(path) and not may(path, wanted):
            yield _forbidden(subject, path, wanted)


def _forbidden(subject: Subject, path: Path, wanted: int) -> Finding:
    status, writable = path.stat(), bool(wanted & os.W_OK)
    return Finding(
        check="permissions",
        level=Level.PROBLEM,
        text=f"This user cannot {'use' if writable else 'read'} the folder `{subject.name(path)}`",
        facts={"path": shown(path), "mode": f"{status.st_mode & 0o7777:04o}", "owner": status.st_uid},
        hint=give_back(path, writable=writable),
    )


def look_at_locks(subject: Subject) -> Iterator[Finding]:
    """Can the files that locks are made of be locked?"""
    fs, folder = subject.store.fs, subject.store.layout.locks
    foreign = []
    for name in fs.list_directory(folder):
        path = folder / name
        if name.endswith(".lock") and not fs.is_file(path):
            yield Finding(
                check="locks",
                level=Level.PROBLEM,
                text=f"The lock `{printable(shown(name))}` is no file, so nobody can take it",
                facts={"path": shown(path)},
                hint=f"Run {subject.set_aside(path)}",
            )
        elif name.endswith(".lock") and may(folder, os.W_OK) and not may(path, os.W_OK):
            foreign.append(path)
    if foreign:
        text = f"This user cannot take {count_noun(len(foreign), 'lock')} of others, and works without: some work twice"
        hint = f"Let an owner run `chmod g+w {quoted(folder)}/*.lock`"
        facts = {"paths": [shown(path) for path in foreign]}
        yield Finding(check="locks", level=Level.WARNING, text=text, facts=facts, hint=hint)


def _folders(subject: Subject) -> Iterator[Path]:
    """Yield the paths where a store has folders, as far as this user can see; those inside of views are left out."""
    layout = subject.store.layout
    attests, views = layout.state / "attests", layout.root / ViewFolder.MODELS
    fixed = (
        *(layout.root, layout.blobs.parent, layout.blobs, layout.models, views, layout.root / ViewFolder.COMPONENTS),
        *(layout.tmp, layout.trash, layout.locks, layout.state, *(layout.state / name for name in _STATE)),
    )
    yield from (path for path in fixed if path == layout.root or may(path.parent, os.X_OK))
    for folder, length in ((layout.blobs, 2), (attests, 2), (views, None)):
        if may(folder, os.R_OK | os.X_OK):
            names = subject.store.fs.list_directory(folder)
            yield from (folder / name for name in names if length is None or len(name) == length)

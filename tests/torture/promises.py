"""What must hold whatever happened: the invariants I1, I3, I7 and I9, as sentences about what does not.

Every function returns the promises that were broken; none is what it should return.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from wansync.errors import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tests.support.project import ProjectBuilder
    from tests.torture.place import Place
    from tests.torture.program import Ran

_DIGEST = re.compile("[0-9a-f]{64}")
_SAID = 2000
# What is of a run, or says what was found, comes and goes; locks are empty files that stay.
_PASSING = re.compile(r"\.state/(answers|runs)(/|$)|\.locks/|\.state/(fresh|rate|listed)\.json$|\.named$")

_PROJECT = re.compile(r"(?<=roots/)[0-9a-f]+")
"""A project's id follows from where it is."""


def wrong_bytes(project: ProjectBuilder) -> list[str]:
    """I1: a blob has the bytes that its name says."""
    found = (path for path in project.layout.blobs.rglob("*") if path.is_file() and _DIGEST.fullmatch(path.name))
    wrong = [path.name for path in found if hashlib.sha256(path.read_bytes()).hexdigest() != path.name]
    return [f"I1: the blob {name} has other bytes" for name in wrong]


def lost(before: Mapping[str, bytes], project: ProjectBuilder) -> list[str]:
    """I9: what was there is there still, with the same bytes; paths begin at the store."""
    paths = {name: Path(os.path.normpath(project.models_root / name)) for name in before}
    return [
        f"I9: `{name}` was ready, and is {'other' if path.exists() else 'gone'}"
        for name, path in paths.items()
        if _bytes(path) != before[name]
    ]


def not_typed(ran: Ran, allowed: Collection[int]) -> list[str]:
    """I7: a run ends with an expected exit status and a message, never with a traceback."""
    if "Traceback" in ran.said:
        return [f"I7: a traceback: {ran.said[-_SAID:]}"]
    if ran.status not in allowed:
        return [f"I7: exit status {ran.status}: {ran.said[-_SAID:]}"]
    if ran.status not in {0, ExitStatus.NEGATIVE} and "error: " not in ran.said:
        return [f"I7: exit status {ran.status} without a word: {ran.said[-_SAID:]}"]
    return []


def state_of(project: ProjectBuilder) -> dict[str, bytes | None]:
    """Return what a store consists of: the bytes that a user could meet, and the name of all else that lasts."""
    root = project.models_root
    names = (path.relative_to(root).as_posix() for path in root.rglob("*"))
    lasting = {_PROJECT.sub("project", name): None for name in names if not _PASSING.search(name)}
    return lasting | dict(project.snapshot())


def not_healed(place: Place, clean: Mapping[str, bytes | None]) -> list[str]:
    """I3: the next sync gives what `clean` is, leaves nothing behind, and then there is nothing to do.

    Args:
        place: where it is run.
        clean: what `state_of` returned where nothing had happened.
    """
    ran = place.program.run("sync", "-q", "--frozen")
    if ran.status:
        return [f"I3: the next sync ends with {ran.status}: {ran.said[-_SAID:]}"]
    found = state_of(place.project)
    broken = [f"I3: `{name}` is missing" for name in sorted(clean.keys() - found.keys())]
    broken += [f"I3: `{name}` is a stray" for name in sorted(found.keys() - clean.keys())]
    broken += [f"I3: `{name}` has other bytes" for name in sorted(clean.keys() & found) if clean[name] != found[name]]
    broken += [f"I3: `{name}` was left" for name in place.project.leftovers()]
    broken += [f"I3: `{name}` was left in the project" for name in project_strays(place.project)]
    again = place.program.run("sync", "--frozen")
    if again.status or "Nothing to do" not in again.said:
        broken.append(f"I3: there is something left to do: {again.said[-_SAID:]}")
    return broken


def project_strays(project: ProjectBuilder) -> list[str]:
    """Return what stands in a project that nobody put there."""
    return [path.name for path in project.directory.iterdir() if path.name.endswith(".tmp")]


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None

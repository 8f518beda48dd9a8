"""`wansync doctor`: what is wrong with the store, its disk and the settings, and what helps. Repairs nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wansync.doctor import Finding, Level, Subject, examine, find_owners, see_blobs, see_views
from wansync.doctor.model import shown
from wansync.doctor.owners import Owners
from wansync.errors import LockMissingError, WansyncError
from wansync.listing import SourceFile
from wansync.manifest import Scheme
from wansync.sources import Span
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wansync.lockfile import Lockfile
    from wansync.project import Workspace
    from wansync.store import Store

FORMAT_VERSION = "1.0"
_ORDER = (Level.PROBLEM, Level.WARNING, Level.NOTE, Level.OK)


@value_type
class DoctorReport:
    """What every check found, the worst first."""

    root: str
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether there is no problem; warnings and notes are none."""
        return not self.of(Level.PROBLEM)

    def of(self, level: Level) -> tuple[Finding, ...]:
        """Return the findings of one level."""
        return tuple(finding for finding in self.findings if finding.level is level)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/doctor.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "store": self.root,
            "healthy": self.healthy,
            "findings": [finding.to_dict() for finding in self.findings],
        }


def doctor(workspace: Workspace, *, network: bool = False, more: Iterable[Finding] = ()) -> DoctorReport:
    """Look at everything that can be wrong. It works whatever state the store is in, also where there is none.

    Args:
        workspace: the run; its project need not have a lock.
        network: also ask the Hub and the buckets of the lock whether they can be reached; nothing else leaves this
            machine.
        more: what else was found, by those who know more than the store.
    """
    lock, project = _read_lock(workspace)
    found = [*project, *examine(_subject(workspace, lock)), *(_servers(workspace, lock) if network else ()), *more]
    ordered = sorted(found, key=lambda finding: _ORDER.index(finding.level))
    return DoctorReport(root=shown(workspace.store().layout.root), findings=tuple(ordered))


def _subject(workspace: Workspace, lock: Lockfile | None) -> Subject:
    store = workspace.store()
    views = see_views(store)
    return Subject(
        store=store,
        settings=workspace.settings,
        lock=lock,
        views=views,
        blobs=see_blobs(store, views),
        owners=_owners(workspace, store, lock),
        now=time.time(),
    )


def _owners(workspace: Workspace, store: Store, lock: Lockfile | None) -> Owners:
    try:
        return find_owners(store, lock, workspace.identity(lock).id if lock else None)
    except OSError:
        # The check of permissions says why.
        return Owners()


def _read_lock(workspace: Workspace) -> tuple[Lockfile | None, list[Finding]]:
    try:
        return workspace.lock()[0], [Finding(check="lock", level=Level.OK, text="models.lock can be read")]
    except LockMissingError as error:
        level = Level.NOTE
        return None, [Finding(check="lock", level=level, text=error.reason, facts=error.facts, hint=error.hint)]
    except WansyncError as error:
        level = Level.PROBLEM
        return None, [Finding(check="lock", level=level, text=error.reason, facts=error.facts, hint=error.hint)]


def _servers(workspace: Workspace, lock: Lockfile | None) -> Iterator[Finding]:
    yield from _hub(workspace, lock)
    yield from _buckets(workspace, lock)


def _buckets(workspace: Workspace, lock: Lockfile | None) -> Iterator[Finding]:
    """Yield for each bucket of the lock whether a byte of its first file can be had, which is what a sync needs."""
    of_buckets = [c for c in lock.components if c.source.scheme is Scheme.S3] if lock else []
    first = {component.source.location.partition("/")[0]: component for component in reversed(of_buckets)}
    for component in first.values():
        file = next((file for file in component.files if file.size), None)
        if file is None:
            continue
        source, facts = component.source, {"source": str(component.source)}
        try:
            asked = SourceFile(component.source_path(file), component.revision, file.version)
            workspace.open_source(source).body(asked, Span(0, 1)).close()
        except WansyncError as error:
            facts |= {"code": str(error.code)}
            yield Finding(check="s3", level=Level.PROBLEM, text=error.reason, facts=facts, hint=error.hint)
        else:
            yield Finding(check="s3", level=Level.OK, text=f"The bucket of `{source}` gives its files", facts=facts)


def _hub(workspace: Workspace, lock: Lockfile | None) -> Iterator[Finding]:
    """Yield whether the Hub answers, asked for the first of the lock's repositories there."""
    components = lock.components if lock else ()
    asked = next((c for c in components if c.source.scheme is Scheme.HUB), None)
    if asked is None:
        text = "The lock has nothing from the Hub, so nobody was asked"
        yield Finding(check="hub", level=Level.NOTE, text=text)
        return
    facts = {"source": str(asked.source)}
    try:
        workspace.open_source(asked.source).resolve(None)
    except WansyncError as error:
        facts |= {"code": str(error.code)}
        yield Finding(check="hub", level=Level.PROBLEM, text=error.reason, facts=facts, hint=error.hint)
    else:
        yield Finding(check="hub", level=Level.OK, text=f"The Hub answers for `{asked.source}`", facts=facts)

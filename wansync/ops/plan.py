"""`wansync plan`: the difference between the lock and the disk. Reads only, but for the file that it is asked for."""

from __future__ import annotations

import json
import math
from dataclasses import field, replace
from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.errors import UsageError
from wansync.ops.garbage import reclaimable
from wansync.ops.gather import gather, hold_together, require_fresh
from wansync.ops.out_file import require_place
from wansync.plan import Places, PlanContent, Routes, routes_of
from wansync.project import write_atomic
from wansync.sources.mirrors import directory_holds, directory_stands
from wansync.store.trash import names_below
from wansync.surroundings import absolute
from wansync.text import printable
from wansync.value_types import value_type
from wansync.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wansync.ops.gather import Gathered
    from wansync.plan import Plan
    from wansync.project import Workspace
    from wansync.settings import Settings
    from wansync.store import Store


@value_type
class Site:
    """What a plan's reader needs to know of the disk.

    Args:
        root: absolute path of the store.
        file_system: its type, such as `ext4`, where the system tells.
        rate: bytes per second that the last run got from the network; `None` when nobody has measured one.
        remote: bytes that come over a network, since no directory that is asked before has them; counted where a rate
            is known.
        reclaimable: bytes that garbage collection would free; asked for only when the plan does not fit.
        unmanaged: paths in the store of files in views that are not wansync's; they are left alone.
    """

    root: str
    file_system: str | None = None
    rate: int | None = None
    remote: int = 0
    reclaimable: int = 0
    unmanaged: tuple[str, ...] = ()


@value_type
class Against:
    """The lock of a commit that a plan begins with, instead of a disk."""

    revision: str
    commit: str
    lock: Digest

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {"revision": self.revision, "commit": self.commit, "lock": {"sha256": str(self.lock)}}


@value_type
class PlanReport:
    """A plan, and what its reader needs beside it.

    Args:
        plan: what is to be done.
        lock: digest of the bytes of the lock.
        differences: what the lock lacks of the manifest, as sentences.
        site: the disk that the plan is for; `None` for a plan between two locks.
        against: the other one of two locks.
        routes: where what is fetched will be asked for, by what is configured here; empty for a plan between two locks.
    """

    plan: Plan
    lock: Digest
    differences: tuple[str, ...] = ()
    site: Site | None = None
    against: Against | None = None
    routes: Routes = field(default_factory=Routes)

    @property
    def settled(self) -> bool:
        """Whether there is nothing to do: for the disk, and for the lock."""
        return self.plan.noop and not self.differences

    @property
    def applyable(self) -> bool:
        """Whether a sync could carry out just this: it fits, it may, and nothing needs to be locked first."""
        possible = self.plan.disk.fits and not self.plan.over_download
        return self.site is not None and possible and not self.differences

    @property
    def content(self) -> PlanContent | None:
        """What a saved plan is held to."""
        return PlanContent.of(self.plan, lock=self.lock, store=self.site.root) if self.site else None

    @property
    def seconds(self) -> int | None:
        """About how long fetching takes, by the rate that was measured last; `None` when nobody can say."""
        site = self.site
        return math.ceil(site.remote / site.rate) if site and site.rate and site.remote else None

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/plan.schema.json`."""
        site, content = self.site, self.content
        return {
            **self.plan.to_dict(),
            "tool": f"wansync {__version__}",
            "lock": {"sha256": str(self.lock)},
            "store": site.root if site else None,
            "disk": {**self.plan.disk.to_dict(), "fs": site.file_system} if site else None,
            "lock_differences": list(self.differences),
            "reclaimable": site.reclaimable if site else 0,
            "unmanaged": list(site.unmanaged) if site else [],
            "eta": self._eta(),
            **self.routes.to_dict(),
            "against": self.against.to_dict() if self.against else None,
            "applyable": self.applyable,
            "expires_with": {"state": content.fingerprint.prefixed} if content else None,
        }

    def _eta(self) -> dict[str, object] | None:
        if self.site is None or self.seconds is None:
            return None
        return {"bytes": self.site.remote, "bytes_per_second": self.site.rate, "seconds": self.seconds}


def plan(workspace: Workspace, wanted: Sequence[str] = ()) -> PlanReport:
    """Return the plan of a selection; nothing wanted means the active profile.

    Raises:
        LockStaleError: with `frozen`, the manifest that is present disagrees with the lock.
        WansyncError: the lock cannot be used, or the store has a newer layout.
    """
    agreement = require_fresh(workspace) if workspace.settings.frozen else None
    gathered = gather(workspace, wanted)
    with gathered.store.guard():
        found = gathered.plan()
        site = _site(gathered, found)
    agreement = agreement or hold_together(workspace, gathered)
    return PlanReport(
        plan=found,
        lock=Digest.of(gathered.lock_data),
        differences=tuple(str(difference) for difference in agreement.differences),
        site=site,
        routes=routes_of(found.stage, _configured(workspace.settings)),
    )


def _configured(settings: Settings) -> Places:
    """Return the places that are configured; no directory is looked into, since a mirror may be far away."""
    return Places(mirrors=settings.mirrors, origin=settings.origin, offline=settings.offline)


def save(report: PlanReport, path: Path) -> None:
    """Write the document of a plan to a file, in one step; `wansync sync --plan` reads it. A link stays a link.

    Raises:
        UsageError: the file cannot be written, its directory is not there, or something stands there that is no file: a
            plan would replace it.
    """
    require_place(path, "--out")
    write_atomic(_file_at(path), json.dumps(report.to_dict(), indent=2).encode() + b"\n")


def _file_at(path: Path) -> Path:
    place = absolute(path)
    try:
        if str(path) != "-" and (place.is_file() or not place.exists()):
            return place.resolve()
    except (OSError, RuntimeError):
        return place  # writing to it says what is wrong
    raise UsageError(
        f"`{printable(str(path))}` is no file that a plan can be saved in",
        hint="Name a file with `--out FILE`; `wansync plan --json` prints the same document",
        file=printable(str(path)),
    )


def root_of(store: Store) -> str:
    """Return the absolute path of a store as text that every document can hold."""
    return str(store.layout.root).encode("utf-8", "backslashreplace").decode()


def _site(gathered: Gathered, found: Plan) -> Site:
    store, settings = gathered.store, gathered.workspace.settings
    rate = store.rate.last()
    return Site(
        root=root_of(store),
        file_system=store.fs.kind(store.layout.root),
        rate=rate,
        remote=_remote(found, settings) if rate else 0,
        reclaimable=0 if found.disk.fits else reclaimable(store, settings.keep_generations),
        unmanaged=tuple(_unmanaged(store, found)),
    )


def _remote(found: Plan, settings: Settings) -> int:
    """Return how many bytes of a plan no directory will give; mirrors that are directories are looked into."""
    places = replace(_configured(settings), holds=directory_holds, stands=directory_stands)
    items = (item for item in found.stage if item.is_fetched)
    return sum(item.size - item.have for item in items if not places.begins_local(item))


def _unmanaged(store: Store, found: Plan) -> Iterator[str]:
    """Yield what stands in the views of a plan and is none of their files."""
    for view in found.views:
        root = store.layout.view(view.spec.key)
        managed = {str(file.path) for file in view.spec.files}
        for name in names_below(store.fs, root):
            if name not in managed:
                yield f"{view.spec.key}/{name}".encode("utf-8", "backslashreplace").decode()

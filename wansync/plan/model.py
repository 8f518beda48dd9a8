"""A plan as a value that can be printed, counted, compared and refused. Sizes are in bytes. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.plan.actions import DriftedFile
from wansync.plan.verbs import ComponentVerb, Drift, FileVerb
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.plan.actions import ComponentAction, StageItem, ViewAction
    from wansync.settings import LinkMode

FORMAT_VERSION = "1.5"


@value_type
class Disk:
    """The room for a sync, in bytes: on the store's file system, and below the most that the store may have.

    Args:
        peak: how many more bytes are used at the worst moment of the sync.
        max_size: the most that the store may have; `None` is no limit.
        used: what it has now, where there is a limit.
    """

    free: int
    capacity: int
    reserve: int
    peak: int
    max_size: int | None = None
    used: int = 0

    @property
    def fits(self) -> bool:
        """Whether the sync leaves the reserve free and keeps to the limit; one that writes nothing always fits."""
        return self.missing == 0

    @property
    def missing(self) -> int:
        """The bytes that must be freed before it fits."""
        return max(self.peak + self.reserve - self.free, self.over, 0) if self.peak else 0

    @property
    def over(self) -> int:
        """The bytes by which the sync would go beyond the limit of the store; 0 where it keeps to it."""
        return max(self.used + self.peak - self.max_size, 0) if self.peak and self.max_size is not None else 0

    @property
    def after(self) -> int:
        """The bytes free after the sync; negative when it cannot fit."""
        return self.free - self.peak

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "free": self.free,
            "capacity": self.capacity,
            "reserve": self.reserve,
            "peak": self.peak,
            "after": self.after,
            "max_size": self.max_size,
            "used": self.used if self.max_size is not None else None,
            "fits": self.fits,
        }


@value_type
class Plan:
    """What a sync will do.

    Args:
        stale_records: what is written although no byte moves.
        link_mode: how files will be linked; `None` before the first link was tried.
        asked_mode: the link mode that the user named, if any.
        max_download: the most bytes that the user lets it fetch; `None` is no limit.
        first: the ids of the components whose files are made present before all others, sorted.
    """

    selection: tuple[str, ...]
    components: tuple[ComponentAction, ...]
    stage: tuple[StageItem, ...]
    views: tuple[ViewAction, ...]
    disk: Disk
    stale_records: tuple[str, ...] = ()
    link_mode: LinkMode | None = None
    asked_mode: LinkMode | None = None
    max_download: int | None = None
    first: tuple[str, ...] = ()

    @property
    def noop(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.stage or self.stale_records or any(view.links for view in self.views))

    @property
    def to_fetch(self) -> int:
        """The bytes still to come from sources: each digest once."""
        return sum(item.size - item.have for item in self.stage if item.is_fetched)

    @property
    def over_download(self) -> int:
        """The bytes by which the sync would fetch more than the user lets it; 0 where it keeps to that."""
        return max(self.to_fetch - self.max_download, 0) if self.max_download is not None else 0

    @property
    def to_adopt(self) -> int:
        """The bytes to be taken from the user's Hugging Face cache: each digest once."""
        return sum(item.size for item in self.stage if item.verb is FileVerb.ADOPT)

    @property
    def freed(self) -> int:
        """The bytes of what is replaced or removed that garbage collection frees after the sync."""
        return sum(component.freed for component in self.components)

    @property
    def drift(self) -> tuple[DriftedFile, ...]:
        """Every file on disk that differs from what was applied."""
        return tuple(self._drift())

    def _drift(self) -> Iterator[DriftedFile]:
        broken = set()
        for component in self.components:
            for file in component.files:
                if file.drift:
                    broken.add(file.digest)
                    yield DriftedFile(
                        how=file.drift, path=file.path, size=file.size, component=component.id, found=file.found
                    )
        for view in self.views:
            damaged = set(view.damaged)
            for linked in view.spec.files if damaged else ():
                # Where the blob itself is wrong, its links say nothing more.
                if linked.path in damaged and linked.digest not in broken:
                    yield DriftedFile(how=Drift.LINK, path=linked.path, size=linked.size, view=str(view.spec.key))

    def count(self, verb: ComponentVerb) -> int:
        """Return how many components have the verb."""
        return sum(1 for component in self.components if component.verb is verb)

    @property
    def as_folders(self) -> int:
        """The bytes of all views if each were a directory of its own."""
        return sum(file.size for view in self.views for file in view.spec.files)

    @property
    def in_store(self) -> int:
        """The bytes of the same views in the store: each digest once."""
        return sum({file.digest: file.size for view in self.views for file in view.spec.files}.values())

    def totals(self) -> dict[str, int]:
        """Return the sums in bytes, and `link` as a number of files.

        Each digest counts once, under what happens to it; its further places count as shared.
        """
        kept = [file for component in self.components for file in component.files if file.verb is FileVerb.KEEP]
        present = sum({file.digest: file.size for file in kept}.values())
        repeated = sum(file.size for file in kept) - present
        return {
            "fetch": self.to_fetch,
            "resume": sum(item.have for item in self.stage),
            "adopt": self.to_adopt,
            "check": sum(item.size for item in self.stage if item.verb is FileVerb.CHECK),
            "shared": sum(component.bytes_of(FileVerb.SHARED) for component in self.components) + repeated,
            "present": present,
            "link": sum(len(view.links) for view in self.views),
            "copy": sum(component.copied for component in self.components),
            "free_after_gc": self.freed,
        }

    def to_dict(self) -> dict[str, object]:
        """Return the part of `schemas/plan.schema.json` that the plan itself knows."""
        return {
            "format_version": FORMAT_VERSION,
            "selection": list(self.selection),
            "actions": [component.to_dict() for component in self.components],
            "views": [view.to_dict() for view in self.views],
            "drift": [file.to_dict() for file in self.drift],
            "stale_records": list(self.stale_records),
            "bytes": self.totals(),
            "disk": self.disk.to_dict(),
            "max_download": self.max_download,
            "first": list(self.first),
            "link_mode": str(self.link_mode or "auto"),
            "link_mode_asked": str(self.asked_mode or "auto"),
            "noop": self.noop,
        }

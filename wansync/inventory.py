"""What is on disk, as far as a plan needs to know. Made by stat and small records, never by hashing. No IO."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wansync.digest import Digest, Revision
    from wansync.paths import RelativePath
    from wansync.settings import LinkMode


class BlobState(StrEnum):
    """What stat and the attest say about a blob."""

    INTACT = "intact"
    """It was verified, and its stat fingerprint is still the one it had then."""
    UNVERIFIED = "unverified"
    """It has the right size, but nobody has verified it as it is now."""
    CORRUPT = "corrupt"
    """It has another size, or was found to have other bytes."""
    MISSING = "missing"


class ViewFolder(StrEnum):
    """Where in the store a view stands."""

    MODELS = "views"
    COMPONENTS = "components"


@value_type(order=True)
class ViewKey:
    """The identity of a view: its folder, its name, and the short form of its tree; its text is its path."""

    folder: ViewFolder
    name: str
    tree: str

    def __str__(self) -> str:
        separator = "/" if self.folder is ViewFolder.MODELS else "@"
        return f"{self.folder}/{self.name}{separator}{self.tree}"


@value_type
class ViewRecord:
    """A view as it is: the files that do not lead to their blob, and the link mode it was built with.

    A view that is not there has no record.
    """

    mode: LinkMode | None
    damaged: tuple[RelativePath, ...] = ()


@value_type
class Former:
    """A component as this project applied it last, where the lock says otherwise now.

    `sizes` are the bytes of each of its digests.
    """

    revision: Revision
    sizes: Mapping[Digest, int]


@value_type
class Inventory:
    """The disk as a value.

    Args:
        blobs: the state of every digest that was asked about.
        found_sizes: the bytes of blobs that have another size than they should.
        partials: bytes already here of blobs that are not complete.
        adoptable: blobs that the user's Hugging Face cache should have, and the bytes that taking each of them in will
            use on the store's disk: none where a link will do.
        views: the views that stand, of those asked about.
        applied: component id -> tree, as this project applied them last.
        applied_views: the names of the views that this project applied last, of whatever tree.
        former: component id -> what was applied, where the lock says otherwise now and the store still knows it.
        freeable: digests that garbage collection will free once the lock is applied.
        stale_records: what does not say what it should, by name: the project's root, `models/` links, ...
        link_mode: the mode that links of this store use; `None` before the first link was tried.
        free: bytes free on the store's file system.
        capacity: its size in bytes.
        used: the bytes of all blobs and partials of the store; asked only where there is a limit for them.
    """

    blobs: Mapping[Digest, BlobState] = field(default_factory=dict)
    found_sizes: Mapping[Digest, int] = field(default_factory=dict)
    partials: Mapping[Digest, int] = field(default_factory=dict)
    adoptable: Mapping[Digest, int] = field(default_factory=dict)
    views: Mapping[ViewKey, ViewRecord] = field(default_factory=dict)
    applied: Mapping[str, str] = field(default_factory=dict)
    applied_views: frozenset[str] = frozenset()
    former: Mapping[str, Former] = field(default_factory=dict)
    freeable: frozenset[Digest] = frozenset()
    stale_records: tuple[str, ...] = ()
    link_mode: LinkMode | None = None
    free: int = 0
    capacity: int = 0
    used: int = 0


@value_type
class Contents:
    """All that a store holds, whoever may want it: the full scan behind garbage collection. Sizes are in bytes.

    `changed` is when the bytes of a blob or partial last changed, in seconds since the epoch.
    """

    blobs: Mapping[Digest, int] = field(default_factory=dict)
    partials: Mapping[Digest, int] = field(default_factory=dict)
    views: tuple[ViewKey, ...] = ()
    changed: Mapping[Digest, float] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The bytes of all blobs and partials."""
        return sum(self.blobs.values()) + sum(self.partials.values())


@value_type
class Named:
    """What a lock names in a store: digests with their size in bytes, and every view that it can have."""

    digests: Mapping[Digest, int] = field(default_factory=dict)
    views: frozenset[ViewKey] = frozenset()

    def __or__(self, other: Named) -> Named:
        """Return what either of the two names."""
        return Named(digests={**self.digests, **other.digests}, views=self.views | other.views)


class Owner(StrEnum):
    """Whose a file is, where that is a program that finds it by its place."""

    NOBODY = ""
    HUB_CACHE = "Hugging Face cache"
    STORE = "store"


@value_type
class FoundFile:
    """A regular file on this machine that may have the bytes of a blob. Nobody has read it.

    Args:
        path: the file itself, with no link in its path.
        size: its bytes.
        device: the file system that it is on, as `stat` numbers it.
        claims: the digests that its names, or a record beside it, say that it has.
        owner: whose it is; what another program owns is never moved away.
        linked: whether a symbolic link led to it, which moving it would break.
    """

    path: Path
    size: int
    device: int = 0
    claims: frozenset[Digest] = frozenset()
    owner: Owner = Owner.NOBODY
    linked: bool = False


@value_type
class PassedOver:
    """What was not looked at in a directory, and why."""

    path: Path
    reason: str

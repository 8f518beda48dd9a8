"""The settings as the program uses them. No IO."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from wansync.value_types import value_type

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.settings.mirrors import Mirror

DEFAULT_LOCK_TIMEOUT = 300.0
DEFAULT_RESERVE_PERCENT = 3.0
DEFAULT_RETRIES = 4
DEFAULT_GENERATIONS = 1
DEFAULT_JOBS = 16
MAX_JOBS = 64
"""Sources and routers count what goes beyond as abuse, and no measurement got more bytes by it."""


class ProgressMode(StrEnum):
    """How a run shows how far it is, on stderr."""

    AUTO = "auto"
    """Bars in a terminal, else plain."""
    BARS = "bars"
    """Lines at the bottom of the terminal that are drawn over; plain where stderr is no terminal."""
    PLAIN = "plain"
    """Lines as for a log."""
    JSON = "json"
    """Every event as a line of JSON."""
    NONE = "none"
    """Warnings and errors alone."""


class LinkMode(StrEnum):
    """How a file of a view shares its bytes with its blob; the order is the fallback chain of `auto`."""

    REFLINK = "reflink"
    """Own inode, shared extents: no extra space, a write through the view is harmless; few file systems."""
    HARDLINK = "hardlink"
    """The same inode: no extra space, survives a moved store; a write through the view damages the blob."""
    SYMLINK = "symlink"
    """A pointer to the blob: works across file systems; tools that refuse symlinks refuse the view."""
    COPY = "copy"
    """Own bytes: works everywhere and takes the space again."""


class Transport(StrEnum):
    """What brings large files of the Hub."""

    BUILTIN = "builtin"
    """Our own engine: several connections, resumed after anything, hashed while it receives."""
    HF_TRANSFER = "hf_transfer"
    """The library of that name, file by file: nothing is resumed, and no rate is kept."""


@value_type
class Reserve:
    """What must stay free on the file system of the store: a number of bytes, or a share of its size.

    The default of 3 percent is ostree's `min-free-space-percent`.
    """

    bytes_free: int | None = None
    percent: float = DEFAULT_RESERVE_PERCENT

    def of(self, capacity: int) -> int:
        """Return the reserve in bytes for a file system of `capacity` bytes."""
        return self.bytes_free if self.bytes_free is not None else int(capacity * self.percent / 100)


@value_type
class Budget:
    """How much one run may do: for so many seconds, or so many bytes."""

    seconds: float | None = None
    size: int | None = None


@value_type
class S3Settings:
    """Where and how `s3:` sources are asked; what is not said is left to boto3's own chain.

    Args:
        endpoint: the base URL of a server other than Amazon's.
        region: where the buckets are.
        anonymous: whether requests are not signed.
    """

    endpoint: str | None = None
    region: str | None = None
    anonymous: bool = False


@value_type
class Settings:
    """The choices of one run; `wansync.settings.table` says how each is spelled.

    Args:
        models_root: the directory of the store.
        link_mode: `None` lets the probe choose.
        profile: the active profile; `None` is the lock's `default_profile`.
        frozen: the lock is the only input.
        offline: no network source may be opened.
        lock_timeout: seconds to wait for another process.
        reserve: what must stay free on the store's file system.
        max_size: the most bytes that the store may have; `None` is no limit.
        keep_generations: how many of the locks that a project applied last keep their files.
        root_name: what a root says instead of the machine's name; `None` is that name.
        hub_endpoint: the base URL of the Hub; `None` leaves it to the Hub's client.
        s3: where and how `s3:` sources are asked.
        retries: how often a request is made again, in a row, after failures that waiting may cure.
        jobs: the most connections at once over which files come, and 1 is one file at a time.
        limit_rate: the most bytes per second that are fetched; `None` is no limit.
        max_download: the most bytes that a run may fetch; `None` is no limit.
        first: the models and components whose files come before all others.
        transport: what brings large files of the Hub.
        hub_cache: the directory of the Hugging Face cache that files may be taken from; `None` takes none.
        allow_license: the only licences that may be locked; empty allows all.
        deny_license: licences that may not be locked.
        mirrors: other places that have the same digests, in the order in which they are asked.
        origin: whether the sources that the lock names may be asked over a network.
    """

    models_root: Path
    link_mode: LinkMode | None = None
    profile: str | None = None
    frozen: bool = False
    offline: bool = False
    lock_timeout: float = DEFAULT_LOCK_TIMEOUT
    reserve: Reserve = field(default_factory=Reserve)
    max_size: int | None = None
    keep_generations: int = DEFAULT_GENERATIONS
    root_name: str | None = None
    hub_endpoint: str | None = None
    s3: S3Settings = field(default_factory=S3Settings)
    retries: int = DEFAULT_RETRIES
    jobs: int = DEFAULT_JOBS
    limit_rate: int | None = None
    max_download: int | None = None
    first: tuple[str, ...] = ()
    transport: Transport = Transport.BUILTIN
    hub_cache: Path | None = None
    allow_license: tuple[str, ...] = ()
    deny_license: tuple[str, ...] = ()
    mirrors: tuple[Mirror, ...] = ()
    origin: bool = True

"""What a run hands to its sources: what it knows from earlier runs, its network, and what its user allows."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from wansync.settings import S3Settings
from wansync.sources.network import Network
from wansync.sources.retry import Patience
from wansync.value_types import value_type

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from wansync.digest import Digest
    from wansync.events import EventStream
    from wansync.manifest import SourceRef
    from wansync.paths import RelativePath
    from wansync.settings.urls import UrlRule
    from wansync.sources.body import Body, Span
    from wansync.sources.credential import Credential


class KnownDigests(Protocol):
    """Digests of local files that were hashed before, so that an unchanged file is not hashed again."""

    def recall(self, path: Path, status: os.stat_result) -> Digest | None:
        """Return the digest that a file had when it had this status."""

    def remember(self, path: Path, status: os.stat_result, digest: Digest) -> None:
        """Note what hashing a file found."""


class ProvenFiles(Protocol):
    """Small files that were fetched before, found again by the git object id that their source lists."""

    def recall(self, oid: str, digest: Digest | None) -> bytes | None:
        """Return bytes that are probably those of the object; the caller proves them."""

    def keep(self, oid: str, data: bytes) -> None:
        """Note the proven bytes of a git object."""


@value_type
class Payload:
    """A file whose digest its source does not state.

    Args:
        path: from the source's root.
        size: in bytes.
        change: what changes with the object, such as a strong ETag or a version id; never proof of what it is, never a
            secret. `None` where nothing tells: then it is fetched anew each time, in one piece.
        body: returns the bytes of a span of this very object, as `Source.body`; raises `SourceChangedError` where there
            is another one now, if that can be seen.
        same: returns whether it is still this object, where its bodies cannot be held to it; asked after the last byte.
        host: what limits of connections to one server count by.
        abort: breaks off what waits at the source, as `Source.abort`.
    """

    path: RelativePath
    size: int
    change: str | None
    body: Callable[[Span], Body]
    same: Callable[[], bool] | None = None
    host: str = ""
    abort: Callable[[int | None], None] = lambda _thread: None


class Payloads(Protocol):
    """Finds out digests that nobody states, where the user allows it, by fetching the files into the store."""

    def digest(self, source: SourceRef, payload: Payload) -> Digest:
        """Return the digest of a file; it is fetched unless its source gave the same object before.

        Raises:
            DigestUnknownError: it would have to be fetched, and nobody asked for that.
            PolicyDeniedError: that would be more than a run may download.
            WansyncError: it cannot be fetched, or changed meanwhile.
        """


class Credentials(Protocol):
    """The user's tokens and passwords, each for one web origin."""

    def find(self, url: str) -> Credential | None:
        """Return what was given for the origin that a URL leads to.

        Raises:
            AuthFailError: it is damaged, or cannot be read.
        """

    def renew(self, url: str) -> Credential | None:
        """Look again, since somebody may have renewed it; raises as `find`."""


@value_type
class Access:
    """What a run hands to its sources.

    Args:
        base: the directory that `file:` locations are relative to.
        events: told about waiting.
        hub_endpoint: the base URL of the Hub; `None` leaves it to the Hub's client.
        s3: where and how `s3:` sources are asked.
        patience: when to give up on a server.
        known: digests of local files from earlier runs.
        proven: small files from earlier runs.
        network: the connections that all sources of the run share.
        payloads: finds out digests that nobody states; without it such a file cannot be listed.
        credentials: what the user has given for web servers.
        url_rules: how the user lets `https:` sources be reached, by their names without `https://`.
        variables: the environment, for sources whose URL a variable holds.
        aws: its variables of AWS, where they alone say how S3 is asked; else `None`, which leaves it to boto3.
    """

    base: Path
    events: EventStream
    hub_endpoint: str | None = None
    s3: S3Settings = field(default_factory=S3Settings)
    patience: Patience = field(default_factory=Patience)
    known: KnownDigests | None = None
    proven: ProvenFiles | None = None
    network: Network = field(default_factory=Network)
    payloads: Payloads | None = None
    credentials: Credentials | None = None
    url_rules: Mapping[str, UrlRule] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    aws: Mapping[str, str] | None = field(default=None, repr=False)

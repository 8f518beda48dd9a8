"""Which class serves which scheme. A new source is a line here, and its scheme in `manifest`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import SourceUnsupportedError
from wansync.manifest import MirrorRef, Scheme
from wansync.sources.file import FileSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wansync.manifest import SourceRef
    from wansync.sources.access import Access
    from wansync.sources.base import Source


def _hub(ref: SourceRef, access: Access) -> Source:
    _require_endpoint(access)
    from wansync.sources.huggingface import HubSource  # noqa: PLC0415 (100 ms that local sources need not pay)

    return HubSource(ref, access)


def _require_endpoint(access: Access) -> None:
    from wansync.sources.hub_home import home_of  # noqa: PLC0415 (only where the Hub is asked)

    if access.hub_endpoint:
        home_of(access.hub_endpoint.rstrip("/"))


def _s3(ref: SourceRef, access: Access) -> Source:
    from wansync.sources.s3 import S3Source  # noqa: PLC0415 (boto3: 150 ms)

    return S3Source(ref, access)


def _file(ref: SourceRef, access: Access) -> Source:
    return FileSource(ref, access.base, access.known, access.events)


def _https(ref: SourceRef, access: Access) -> Source:
    from wansync.sources.https import HttpsSource  # noqa: PLC0415 (`ssl` and all, as above)

    return HttpsSource(ref, access)


_SOURCES: Mapping[Scheme, Callable[[SourceRef, Access], Source]] = {
    Scheme.FILE: _file,
    Scheme.HUB: _hub,
    Scheme.S3: _s3,
    Scheme.HTTPS: _https,
}
_LOCAL = {Scheme.FILE}
_OF_OBJECTS = {Scheme.HTTPS, Scheme.S3}


def open_source(ref: SourceRef, access: Access) -> Source:
    """Return the source behind `ref`.

    Args:
        ref: as the manifest writes it.
        access: what the run hands to its sources.

    Raises:
        SourceUnsupportedError: this version of wansync cannot reach such a source.
        InvalidManifestError: the location is none of its scheme.
        UsageError: the run's settings make no sense to the source.
    """
    factory = _SOURCES.get(ref.scheme)
    if factory is None:
        raise SourceUnsupportedError(
            f"This version of wansync cannot reach `{ref.scheme}:` sources: `{ref}`",
            hint="Use a `file:` copy or a newer wansync; to lock it, a recorded listing (`--listings DIR`) is enough",
            source=str(ref),
        )
    return factory(ref, access)


def is_local(ref: SourceRef) -> bool:
    """Return whether the source needs no network, so that `--offline` may use it."""
    return ref.scheme in _LOCAL or (isinstance(ref, MirrorRef) and ref.local)


def may_lack_digests(ref: SourceRef) -> bool:
    """Return whether the source may have files whose SHA-256 it does not state."""
    return ref.scheme in _OF_OBJECTS


def check_hub_token(access: Access) -> str:
    """Return whose token the Hub gets.

    Raises:
        AuthFailError: the Hub does not take it, or gets none.
        WansyncError: it cannot be asked.
    """
    _require_endpoint(access)
    from wansync.sources.huggingface.whoami import whoami  # noqa: PLC0415 (as above)

    return whoami(access)

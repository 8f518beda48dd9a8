"""Whether a run may ask a source at all. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import OfflineMissingError
from wansync.manifest import Scheme
from wansync.sources.registry import is_local

if TYPE_CHECKING:
    from wansync.manifest import SourceRef
    from wansync.settings import Settings


def require_allowed(ref: SourceRef, settings: Settings) -> None:
    """Refuse a source that must not be asked.

    Raises:
        OfflineMissingError: it needs the network, which `offline` forbids, or `origin` allows mirrors alone.
    """
    if is_local(ref):
        return
    if settings.offline:
        raise OfflineMissingError(
            f"`{ref}` needs the network, and this run is offline",
            hint="Run the command once without `--offline`, WANSYNC_OFFLINE and HF_HUB_OFFLINE",
            source=str(ref),
        )
    if not settings.origin and ref.scheme is not Scheme.MIRROR:
        raise OfflineMissingError(
            f"`{ref}` may not be asked: the setting `origin` allows mirrors alone",
            hint="Run the command where sources may be asked, with WANSYNC_ORIGIN=on",
            source=str(ref),
        )

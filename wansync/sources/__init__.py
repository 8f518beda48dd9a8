"""Where bytes come from. A source lists what exists and opens ranges; it is never trusted about length or digest."""

from wansync.listing import Upstream
from wansync.sources.base import Access, KnownDigests, ProvenFiles, Source
from wansync.sources.body import BadAnswerError, Body, SourceChangedError, Span
from wansync.sources.hub_cache import HubCache
from wansync.sources.network import Network
from wansync.sources.registry import check_hub_token, is_local, open_source
from wansync.sources.retry import Patience

__all__ = [
    "Access",
    "BadAnswerError",
    "Body",
    "HubCache",
    "KnownDigests",
    "Network",
    "Patience",
    "ProvenFiles",
    "Source",
    "SourceChangedError",
    "Span",
    "Upstream",
    "check_hub_token",
    "is_local",
    "open_source",
]

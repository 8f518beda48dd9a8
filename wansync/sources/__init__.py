"""Where bytes come from. A source lists what exists and opens ranges; it is never trusted about length or digest."""

from wansync.listing import Upstream
from wansync.sources.access import Access, Credentials, KnownDigests, Payload, Payloads, ProvenFiles
from wansync.sources.base import Source
from wansync.sources.body import BadAnswerError, Body, SourceChangedError, Span
from wansync.sources.credential import Credential
from wansync.sources.hub_cache import HubCache
from wansync.sources.network import Network
from wansync.sources.on_disk import Walked, walk_for
from wansync.sources.payloads import HASHING_COMMAND, find_digest, key_of, unknown_digest
from wansync.sources.registry import check_hub_token, is_local, may_lack_digests, open_source
from wansync.sources.retry import Patience

__all__ = [
    "HASHING_COMMAND",
    "Access",
    "BadAnswerError",
    "Body",
    "Credential",
    "Credentials",
    "HubCache",
    "KnownDigests",
    "Network",
    "Patience",
    "Payload",
    "Payloads",
    "ProvenFiles",
    "Source",
    "SourceChangedError",
    "Span",
    "Upstream",
    "Walked",
    "check_hub_token",
    "find_digest",
    "is_local",
    "key_of",
    "may_lack_digests",
    "open_source",
    "unknown_digest",
    "walk_for",
]

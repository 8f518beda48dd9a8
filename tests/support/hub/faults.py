"""What a test can ask the hub to do wrong, and the count of what is left of it. No IO."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from threading import Condition
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.hub.wire import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Everything is off unless it is asked for.

    Attributes:
        only: faults of requests and of bodies meet only requests whose path or query contains this text. The address
            of a large file on the CDN contains its name.
        latency: seconds before each answer, as if the hub were far away; requests that come at once wait at once.
        rate_limit: that many requests are answered 429.
        wait: seconds that the `RateLimit` header of a 429 asks for.
        retry_after: value of a `Retry-After` header, sent instead of `RateLimit`.
        server_error: that many requests are answered with `server_status`.
        garbage: that many API requests are answered with something that is not JSON.
        endless_json: API answers never end.
        page_size: entries of one page; 0 is what the Hub takes.
        endless_pages: every page of a tree names a next one.
        next_elsewhere: the next page is said to be at the CDN's origin, which serves it.
        api_elsewhere: API requests are redirected to the CDN's origin, which answers them.
        extra_entries: put into every tree as they are.
        xet, redact_xet: Xet hashes are stated, though nothing serves them; or stated without being hexadecimal.
        no_error_code: errors lack the headers that name the case.
        no_cdn: large files come from the hub's own origin.
        resolve_cache: small files are redirected within the hub's origin, as the real Hub does.
        redirects: that many more redirects, between the two origins in turn, before a large file; -1 never arrives.
        bodies: the faults below, up to `chunk_delay`, meet only that many bodies; 0 is all of them.
        cut_after, reset_after, stall_after: that many bytes into the body of a large file the connection is closed,
            is reset, or goes silent. 0 is never.
        flip_bit: the offset in a large file of a byte that is wrong.
        wrong_size: a large file is said to be that many bytes larger than it is.
        wrong_small: the first byte of every small file is wrong.
        ignore_range: large files are sent whole, with status 200, whatever range was asked for.
        shift_range: a range of a large file begins that many bytes too late, and says so.
        endless: the body of a file has no length and never ends.
        chunk_delay: seconds to wait before each 256 KiB of a large file.
        url_ttl: seconds that a signed address works.
        url_uses: requests that a signed address works for; 0 is any number.
        bare_cdn: the CDN sends neither `ETag` nor `Accept-Ranges`.
        max_bodies: while that many bodies are being sent by the CDN, others are refused with `max_bodies_status`.
    """

    only: str = ""
    latency: float = 0.0
    rate_limit: int = 0
    wait: int = 1
    retry_after: str = ""
    server_error: int = 0
    server_status: int = 503
    garbage: int = 0
    endless_json: bool = False
    page_size: int = 0
    endless_pages: bool = False
    next_elsewhere: bool = False
    api_elsewhere: bool = False
    extra_entries: tuple[Mapping[str, Any], ...] = ()
    xet: bool = False
    redact_xet: bool = False
    no_error_code: bool = False
    no_cdn: bool = False
    resolve_cache: bool = False
    redirects: int = 0
    bodies: int = 0
    cut_after: int = 0
    reset_after: int = 0
    stall_after: int = 0
    flip_bit: int | None = None
    wrong_size: int = 0
    wrong_small: bool = False
    ignore_range: bool = False
    shift_range: int = 0
    endless: bool = False
    chunk_delay: float = 0.0
    url_ttl: float = 3600.0
    url_uses: int = 0
    bare_cdn: bool = False
    max_bodies: int = 0
    max_bodies_status: int = 403


NONE = Faults()
# A client can ask again before this process has noticed that it sent the last byte.
_GRACE_SECONDS = 0.05


@dataclass(slots=True)
class Ledger:
    """Counts, for all threads, how often each fault has struck."""

    faults: Faults = NONE
    _struck: Counter[str] = field(default_factory=Counter)
    _changed: Condition = field(default_factory=Condition)

    def for_request(self, request: Request) -> Faults:
        """Return the faults that a request meets."""
        return self.faults if request.about(self.faults.only) else NONE

    def for_body(self, request: Request, *, large: bool) -> Faults:
        """Return the faults that the body of a file meets. Only a body that is really sent counts."""
        faults = self.for_request(request)
        if not large:
            return Faults(endless=faults.endless, flip_bit=0 if faults.wrong_small else None)
        if request.method == "GET" and faults.bodies and not self.strike("bodies", faults.bodies):
            return NONE
        return faults

    def strike(self, name: str, limit: int) -> bool:
        """Count one use of `name`, unless it was used `limit` times before; say whether it was counted."""
        with self._changed:
            if self._struck[name] >= limit:
                return False
            self._struck[name] += 1
            return True

    def open(self, name: str, limit: int) -> bool:
        """Strike until `close`; wait for a moment if the limit is reached."""
        with self._changed:
            self._changed.wait_for(lambda: self._struck[name] < limit, _GRACE_SECONDS)
            return self.strike(name, limit)

    def close(self, name: str) -> None:
        """Take back what `open` counted."""
        with self._changed:
            self._struck[name] -= 1
            self._changed.notify()

"""How one run reaches servers: the proxies and certificates of its environment, and its connections, shared by all.

Light: the HTTP client is loaded with the first request.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypeVar

from wansync.surroundings.servers import AWS_CERTIFICATES

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from wansync.sources.http import HttpClient

_T = TypeVar("_T")


class Network:
    """What the sources of a run have in common.

    Args:
        variables: those of the environment that name proxies and certificates; names in upper case. A proxy's address
            can hold a password, so they are never shown.
        run: the id of the run, which servers are told.
    """

    def __init__(self, variables: Mapping[str, str] | None = None, run: str = "") -> None:
        self._variables = dict(variables or {})
        self._run = run
        self._lock = threading.Lock()
        self._client: HttpClient | None = None
        self._making = threading.RLock()
        self._kept: dict[Hashable, Any] = {}

    @property
    def variables(self) -> Mapping[str, str]:
        """The variables of the environment that it was made with."""
        return self._variables

    def once(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """Return what the run keeps under a key, made when it is asked for first; for all threads."""
        with self._making:
            if key not in self._kept:
                self._kept[key] = make()
            kept: _T = self._kept[key]
            return kept

    def trusting(self, certificates: str) -> Network:
        """Return connections like these that trust the certificates of one file or directory of S3, and no others."""
        variables = {**self._variables, AWS_CERTIFICATES: certificates}
        return self.once(("trusting", certificates), lambda: Network(variables, self._run))

    @property
    def client(self) -> HttpClient:
        """The client of the run."""
        from wansync.sources.http import HttpClient  # noqa: PLC0415 (`ssl` and all; a run without requests needs none)

        with self._lock:
            self._client = self._client or HttpClient(self._variables, self._run)
            return self._client

    def is_proxied(self, url: str) -> bool:
        """Return whether requests to a URL go through a proxy.

        Raises:
            HttpFailure: a variable names no proxy.
        """
        from wansync.sources.http.proxies import proxy_for  # noqa: PLC0415 (as above)
        from wansync.sources.origins import origin  # noqa: PLC0415

        return proxy_for(*origin(url), self._variables) is not None

    def close(self) -> None:
        """End the connections that are idle; the next request opens new ones."""
        with self._lock:
            if self._client is not None:
                self._client.close()
        for kept in list(self._kept.values()):
            if isinstance(kept, Network):
                kept.close()

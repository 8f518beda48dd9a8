"""The requests that a server has answered, since it began."""

from __future__ import annotations

from http import HTTPStatus

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from wansync.metrics.labels import Bounded

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Most answers take a millisecond; a probe of Kubernetes waits for one second, and the default limit is ten."""


class ServedRequests:
    """Counts answers by status, and how long they took."""

    def __init__(self) -> None:
        # When each of them was first counted is nothing that anybody asks about.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._codes = Bounded(known=frozenset(str(status.value) for status in HTTPStatus))
        text = "Answers of this server, by HTTP status"
        self._answers = Counter("wansync_server_requests", text, ("code",), registry=self._registry)
        text = "From a request of this server to its answer"
        self._seconds = Histogram("wansync_server_request_seconds", text, buckets=_SECONDS, registry=self._registry)

    def count(self, status: int, seconds: float) -> None:
        """Count one answer."""
        self._answers.labels(self._codes(str(status))).inc()
        self._seconds.observe(seconds)

    def text(self) -> bytes:
        """Return the counts in the text format of Prometheus."""
        return generate_latest(self._registry)

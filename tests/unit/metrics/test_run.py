"""A run as figures."""

from __future__ import annotations

import pytest

pytest.importorskip("prometheus_client", reason="needs the extra `server`")

from prometheus_client.parser import text_string_to_metric_families

from wansync import events
from wansync.metrics import RunMetrics
from wansync.metrics.labels import LABELS, MOST_VALUES

FILE = {"digest": "7c", "path": "a"}


def figures(metrics: RunMetrics) -> dict[tuple[str, ...], float]:
    """Return each sample by its name without the prefix, and its labels but the command's."""
    found = {}
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            labels = [value for name, value in sorted(sample.labels.items()) if name != "command"]
            assert set(sample.labels) <= set(LABELS)
            found[sample.name.removeprefix("wansync_run_"), *labels] = sample.value
    return found


def test_figures_of_a_run_add_up() -> None:
    seconds = iter([0.0, 0.0, 2.0, 3.0, 4.0, 10.0])
    metrics = RunMetrics("sync", lambda: next(seconds), lambda: 1.7e9)
    told: list[events.Event] = [
        events.FetchStarted(**FILE, size=100, offset=30),
        events.SourceWaiting(source="hf:a/b", seconds=1, error="NETWORK_FAIL", message="x"),
        events.FetchEnded(**FILE, source="hf:a/b", received=50, published=False),
        events.FetchRestarted(**FILE, dropped=80),
        events.SourceFailed(source="hf:a/b", error="CHECKSUM_FAIL", message="x"),
        events.FetchEnded(**FILE, source="s3:bucket/dir", received=100, published=True),
        events.FileReady(**FILE, size=100),
        events.FileFailed(digest="8d", path="b", error="NOT_FOUND", message="x"),
        events.VerifyStarted(files=1, size=100),
        events.HashProgress(**FILE, done=40, size=100),
        events.HashProgress(**FILE, done=100, size=100),
        events.HashFinished(**FILE, intact=False),
        events.RemovalStarted(blobs=2, views=1, size=70),
        events.RemovalFinished(),
    ]
    for event in told:
        metrics.report(event)
    metrics.end(success=False, code="NOT_FOUND")

    found = figures(metrics)
    assert {
        ("success",): 0,
        ("error", "NOT_FOUND"): 1,
        ("duration_seconds",): 10,
        ("finished_timestamp_seconds",): 1.7e9,
        ("files",): 1,
        ("files_bytes",): 100,
        ("resumed_bytes",): 30,
        ("dropped_bytes",): 80,
        ("fetched_bytes", "hf:a/b"): 50,
        ("fetched_files", "hf:a/b"): 0,
        ("fetched_bytes", "s3:bucket"): 100,
        ("fetched_files", "s3:bucket"): 1,
        ("retries", "NETWORK_FAIL", "hf:a/b"): 1,
        ("source_failures", "CHECKSUM_FAIL", "hf:a/b"): 1,
        ("failed_files", "NOT_FOUND"): 1,
        ("hashed_files",): 1,
        ("hashed_bytes",): 100,
        ("mismatched_files",): 1,
        ("verify_seconds",): 2,
        ("removed_blobs",): 2,
        ("removed_views",): 1,
        ("removed_bytes",): 70,
        ("gc_seconds",): 1,
    }.items() <= found.items()


def test_hostile_sources_and_codes_are_bounded_and_the_text_stays_readable() -> None:
    metrics = RunMetrics("sync")
    for number in range(3 * MOST_VALUES):
        source = f'hf:a/{number}"}} 1\nwansync_run_success{{command="x"}} 1\\'
        metrics.report(events.FetchEnded(**FILE, source=source, received=1, published=True))
        metrics.report(events.SourceFailed(source=source, error=f"CODE{number}", message="x"))
    metrics.end(success=True, code=None)

    found = figures(metrics)
    fetched = {labels: value for labels, value in found.items() if labels[0] == "fetched_bytes"}
    assert len(fetched) == MOST_VALUES + 1
    assert fetched["fetched_bytes", "other"] == 2 * MOST_VALUES
    assert {labels[1] for labels in found if labels[0] == "source_failures"} == {"other"}
    assert [labels for labels in found if labels[0] == "success"] == [("success",)]

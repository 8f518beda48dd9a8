"""Buckets of a real server, which is started once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.seaweed import ADMIN, Seaweed
from wansync.events import EventStream
from wansync.settings import S3Settings
from wansync.sources import Access, Patience


@pytest.fixture
def s3_access(seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch) -> Access:
    """What a run hands to its sources, as the user who may do everything."""
    for name, value in ADMIN.variables().items():
        monkeypatch.setenv(name, value)
    return Access(
        base=Path(),
        events=EventStream("test"),
        s3=S3Settings(endpoint=seaweed.url),
        patience=Patience(retries=0),
    )

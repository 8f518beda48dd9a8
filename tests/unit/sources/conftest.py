"""What the tests of sources share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wansync.events import EventStream
from wansync.manifest import SourceRef
from wansync.sources import Access, Network, Patience
from wansync.sources.huggingface import HubSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def hub_at(tmp_path: Path) -> Callable[..., HubSource]:
    """Return the source at a server, without patience, over the connections of a run."""

    def make(url: str, variables: dict[str, str] | None = None) -> HubSource:
        access = Access(
            base=tmp_path,
            events=EventStream("r"),
            hub_endpoint=url,
            patience=Patience(retries=0),
            network=Network(variables),
        )
        return HubSource(SourceRef.parse("hf:a/b"), access)

    return make

"""What several tests of the store find on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.store.stores import DATA

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of somebody else's cache, with the bytes of a blob."""
    path = tmp_path / "cache" / "file"
    path.parent.mkdir()
    path.write_bytes(DATA)
    path.chmod(0o640)
    return path

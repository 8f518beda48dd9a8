"""The tiny models of this repository, synced once for all tests that run them."""

from __future__ import annotations

from pathlib import Path

import pytest

from wansync import Project

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def tiny_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that tests share; none of them damages what is in it."""
    return tmp_path_factory.mktemp("tiny") / "models-root"


@pytest.fixture
def tiny(tiny_store: Path) -> Project:
    """This repository's own project."""
    return Project(REPOSITORY, models_root=tiny_store)

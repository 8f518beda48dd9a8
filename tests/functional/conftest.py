"""Where the stories of the program begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.project import wansync

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder


@pytest.fixture
def locked(project: ProjectBuilder) -> ProjectBuilder:
    """The project after its first `wansync lock`."""
    assert wansync("lock").status == 0
    return project


@pytest.fixture
def synced(locked: ProjectBuilder) -> ProjectBuilder:
    """The project after its first `wansync sync`."""
    assert wansync("sync").status == 0
    return locked

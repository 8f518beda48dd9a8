"""What all tests of a server begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.project import wansync

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder


@pytest.fixture
def project(project: ProjectBuilder) -> ProjectBuilder:
    """The project, locked, and its store empty."""
    assert wansync("lock").status == 0
    return project

"""Where the stories of a program begin that uses the Python interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder


@pytest.fixture
def locked(project: ProjectBuilder) -> ProjectBuilder:
    """The project after its first lock."""
    project.api().lock()
    return project

"""Fixtures of the contract tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import SomeReflink
from tests.faults.projects import project_with
from wansync.settings import LinkMode

if TYPE_CHECKING:
    from tests.faults.projects import TestProject
    from tests.support.project import ProjectBuilder


@pytest.fixture(params=list(LinkMode))
def mode(request: pytest.FixtureRequest) -> LinkMode:
    return LinkMode(request.param)


@pytest.fixture
def linked(project: ProjectBuilder, mode: LinkMode) -> TestProject:
    """A project whose two models were linked with the mode."""
    made = project_with(project, SomeReflink(), link_mode=mode)
    assert made.sync().applied is not None
    return made

"""Fixtures of the contract tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.olah import running_olah
from tests.faults.filesystems import SomeReflink
from tests.faults.projects import project_with
from tests.support.nginx import running_nginx
from wansync.settings import LinkMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.olah import Olah
    from tests.faults.projects import TestProject
    from tests.support.nginx import Nginx
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


@pytest.fixture(scope="session")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """One nginx for all tests; each has a folder of its own."""
    with running_nginx(tmp_path_factory.mktemp("nginx")) as started:
        yield started


@pytest.fixture(scope="session")
def olah(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Olah]:
    """One olah for all tests, since it takes seconds to start."""
    with running_olah(pytestconfig.getoption("olah"), tmp_path_factory.mktemp("olah")) as started:
        yield started

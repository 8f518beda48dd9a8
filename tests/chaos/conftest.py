"""A project, locked once, and for each test a liar that has its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chaos.server import Liar
from tests.chaos.stage import Locked, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def chaos_locked(tmp_path_factory: pytest.TempPathFactory) -> Locked:
    """The project, locked against an honest hub."""
    with pytest.MonkeyPatch.context() as patch:
        # Of a user without logins: this is before the guards of any test.
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        return Locked.make(tmp_path_factory.mktemp("locked"))


@pytest.fixture
def stage(chaos_locked: Locked, tmp_path: Path) -> Iterator[Stage]:
    """A project with an empty store, and a liar that is honest until it is told otherwise."""
    with Liar(chaos_locked.files) as liar:
        yield Stage(tmp_path / "chaos", chaos_locked, liar)

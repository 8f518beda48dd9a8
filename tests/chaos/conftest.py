"""A project, locked once for each kind of source, and for each test a liar that has its files."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.chaos.server import Liar
from tests.chaos.stage import Locked, Stage
from tests.chaos.where import Where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def chaos_locked(tmp_path_factory: pytest.TempPathFactory) -> Locked:
    """The project, locked against an honest hub."""
    with _of_nobody(tmp_path_factory):
        return Locked.make(tmp_path_factory.mktemp("locked"))


@pytest.fixture(scope="session")
def locked_at(tmp_path_factory: pytest.TempPathFactory, chaos_locked: Locked) -> Callable[[Where], Locked]:
    """Return what gives the same project with its files elsewhere; each is locked once."""
    known: dict[Where, Locked] = {}

    def locked_at(where: Where) -> Locked:
        if where not in known:
            with _of_nobody(tmp_path_factory), Liar(chaos_locked.files) as liar:
                known[where] = chaos_locked.at(where, tmp_path_factory.mktemp("locked"), liar)
        return known[where]

    return locked_at


@contextmanager
def _of_nobody(folders: pytest.TempPathFactory) -> Iterator[None]:
    """Be a user without logins: this is before the guards of any test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(folders.mktemp("home")))
        yield


@pytest.fixture
def make_stage(locked_at: Callable[[Where], Locked], tmp_path: Path) -> Iterator[Callable[[Where], Stage]]:
    """Return what makes a project with an empty store, and a liar that is honest until it is told otherwise."""
    with ExitStack() as stack:

        def make_stage(where: Where) -> Stage:
            locked = locked_at(where)
            liar = stack.enter_context(Liar(locked.files))
            source = stack.enter_context(Liar.of_source(locked.files)) if where.is_mirror else None
            return Stage(tmp_path / "chaos", locked, liar, where, source)

        yield make_stage


@pytest.fixture
def stage(make_stage: Callable[[Where], Stage]) -> Stage:
    """The same with a liar in the place of the Hub."""
    return make_stage(Where.HUB)

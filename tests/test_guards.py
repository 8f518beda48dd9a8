"""The guards of `conftest.py` guard."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.conftest import REAL_HOME, GuardError
from wansync.api import Project

if TYPE_CHECKING:
    from pathlib import Path


def test_network_beyond_loopback_raises() -> None:
    with socket.socket() as connection, pytest.raises(GuardError, match="network access"):
        connection.connect(("192.0.2.1", 80))


@pytest.mark.parametrize("name", [".cache/huggingface/token", ".local/share/wansync/models/VERSION", ".netrc"])
def test_real_home_raises(name: str) -> None:
    with pytest.raises(GuardError, match="access to"):
        (REAL_HOME / name).read_bytes()


def test_store_that_nobody_chose_cannot_be_made(tmp_path: Path) -> None:
    store = Project(tmp_path)._workspace().store()

    with pytest.raises(FileExistsError, match="home-is-a-file"):
        store.prepare()

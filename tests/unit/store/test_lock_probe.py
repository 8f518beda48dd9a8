from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.unit.store.stores import make_store
from wansync.store.lock_probe import LockVerdict, probe_lock

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store import Store


def probe(store: Store) -> LockVerdict:
    verdict = probe_lock(store.fs, store.layout.tmp)
    assert store.fs.list_directory(store.layout.tmp) == [], "the probe left something"
    return verdict


def test_lock_holds_between_two_processes(tmp_path: Path) -> None:
    assert probe(make_store(tmp_path)) is LockVerdict.WORKS


def test_lock_that_holds_nobody_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a file system that says yes to every lock: the first process believes that it has one."""
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(fcntl, "flock", lambda _descriptor, _operation: None)

    assert probe(make_store(tmp_path)) is LockVerdict.IGNORED


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EIO])
def test_file_system_without_locks_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    fcntl = pytest.importorskip("fcntl")

    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)

    assert probe(make_store(tmp_path)) is LockVerdict.REFUSED


@pytest.mark.parametrize("program", ["/no/such/python", "/bin/true"])
def test_second_process_that_says_nothing_proves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(sys, "executable", program)

    assert probe(make_store(tmp_path)) is LockVerdict.UNKNOWN


def test_file_of_the_working_directory_is_not_taken_for_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store(tmp_path)
    (tmp_path / "filelock.py").write_text("import pathlib; pathlib.Path('ran').touch()")
    monkeypatch.chdir(tmp_path)

    assert probe(store) is LockVerdict.WORKS
    assert not (tmp_path / "ran").exists()

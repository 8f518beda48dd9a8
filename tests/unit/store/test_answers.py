"""Keeping what a command said: only while it is sure, and never at the cost of the command."""

from __future__ import annotations

import os
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tests.unit.store.stores import make_store
from wansync.answers import name_of, recall
from wansync.store.answers import Grounds

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store that was there before, and is old enough for an answer."""
    store = make_store(tmp_path)
    time.sleep(0.05)
    return store


def keep(store: Store, *inputs: Path) -> object:
    """Keep an answer that rests on files, and return what is said now."""
    grounds = Grounds(inputs=frozenset(inputs), paths=frozenset({store.layout.version}))
    store.answers.keep("name", {"said": 1}, grounds, store.answers.now())
    return recall(str(store.layout.state), "name")


def test_answer_that_rests_on_a_file_is_told_again(store: Store, tmp_path: Path) -> None:
    (tmp_path / "input").write_bytes(b"1")
    time.sleep(0.05)

    assert keep(store, tmp_path / "input") == {"said": 1}


def test_file_that_is_too_large_to_compare_is_no_failure(store: Store, tmp_path: Path) -> None:
    with (tmp_path / "input").open("wb") as stream:
        stream.truncate(33 * 2**20)
    time.sleep(0.05)

    assert keep(store, tmp_path / "input") is None


def test_another_machine_asks_another_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """As containers that share a store: each registers a root of its own, so that the other's is none."""
    here = name_of("command", "/app")

    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(nodename="another"))

    assert name_of("command", "/app") != here


def test_answer_that_is_nested_too_deeply_is_none(store: Store) -> None:
    assert keep(store) is not None
    (kept,) = (store.layout.state / "answers").glob("*.json")
    kept.write_bytes(b"[" * 100_000)

    assert recall(str(store.layout.state), "name") is None

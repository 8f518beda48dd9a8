"""The history of applied locks, and what the store remembers of each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.unit.samples import component, lock_of, locked, model, variant
from tests.unit.store.stores import make_store
from wansync.digest import Digest
from wansync.documents import DocumentError
from wansync.lockfile import format_lock
from wansync.store import Claim, ProjectIdentity
from wansync.store.named import format_named, named_by, parse_named
from wansync.store.processes import writer_name
from wansync.store.root import MAX_GENERATIONS, Root

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.lockfile import Lockfile
    from wansync.store import Store

PROJECT = ProjectIdentity.of(name="app", path="/projects/app", host="here")


def lock(name: str) -> Lockfile:
    return lock_of(component("x", locked(name)), model("m", variant("small", {".": ("x",)})))


def data(name: str) -> bytes:
    return format_lock(lock(name))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_store(tmp_path)


def apply(store: Store, name: str) -> Root:
    claim = Claim(project=PROJECT, lock=data(name), writer=writer_name())
    store.roots.finish(claim, store.roots.begin(claim), ["m@small"], {})
    root = store.roots.read(PROJECT.id)
    assert root is not None
    return root


def test_every_other_lock_is_a_new_generation_and_the_same_again_is_none(store: Store) -> None:
    for name in ("one", "two", "two", "one"):
        root = apply(store, name)

    locks = [Digest.of(data(name)) for name in ("one", "two", "one")]
    assert [(one.number, one.lock) for one in root.generations] == list(enumerate(locks, start=1))


def test_history_forgets_the_oldest(store: Store) -> None:
    root = Root(project=PROJECT)
    for number in range(MAX_GENERATIONS + 5):
        root = Root(project=PROJECT, generations=root.followed_by(Digest.of(b"%d" % number), 1.0))

    assert [root.generations[0].number, root.generations[-1].number] == [6, MAX_GENERATIONS + 5]


def test_root_keeps_as_many_generations_as_are_asked_for(store: Store) -> None:
    for name in ("one", "two", "three"):
        root = apply(store, name)

    digests = [Digest.of(data(name)) for name in ("three", "two", "one")]
    for count in (0, 1, 2, 3, 9):
        assert root.kept(count) == set(digests[: max(count, 1)])
    assert root.history == set(digests)


def test_record_without_history_begins_with_what_is_applied(store: Store) -> None:
    apply(store, "one")
    path = store.layout.state / "roots" / f"{PROJECT.id}.json"
    record = json.loads(path.read_bytes())
    del record["generations"]
    path.write_text(json.dumps(record))

    root = store.roots.read(PROJECT.id)

    assert root is not None
    assert [(one.number, one.lock) for one in root.generations] == [(1, Digest.of(data("one")))]
    assert [one.number for one in apply(store, "two").generations] == [1, 2]


def test_what_a_lock_names_is_written_down_and_the_same_as_reading_it(store: Store) -> None:
    digest = Digest.of(data("one"))
    apply(store, "one")
    path = store.layout.state / "generations" / f"{digest}.named"
    assert parse_named(path.read_bytes()) == named_by(lock("one"))

    path.unlink()

    assert store.roots.generations.named(digest) == named_by(lock("one"))


@pytest.mark.parametrize("cut", [0, 10, 64, 65, 100, -1])
def test_torn_record_of_names_is_not_believed(store: Store, cut: int) -> None:
    """What it leaves out would be removed as garbage."""
    digest = Digest.of(data("one"))
    apply(store, "one")
    path = store.layout.state / "generations" / f"{digest}.named"
    path.write_bytes(path.read_bytes()[:cut])

    assert parse_named(path.read_bytes()) is None
    assert store.roots.generations.named(digest) == named_by(lock("one"))


def test_record_of_names_with_another_form_is_not_believed() -> None:
    body = b'{"version": 1, "blobs": {"zz": 1}, "views": []}'
    other = b'{"version": 2, "blobs": {}, "views": []}'

    assert parse_named(Digest.of(body).hex.encode() + b"\n" + body) is None
    assert parse_named(Digest.of(other).hex.encode() + b"\n" + other) is None
    assert parse_named(format_named(named_by(lock("one")))) == named_by(lock("one"))


def test_names_alone_do_not_stand_for_a_lock_that_is_gone(store: Store) -> None:
    digest = Digest.of(data("one"))
    apply(store, "one")
    store.roots.generations.path(digest).unlink()

    with pytest.raises(DocumentError):
        store.roots.generations.named(digest)
    assert store.roots.generations.find_named(digest) is None


def test_copies_that_no_history_names_are_dropped(store: Store) -> None:
    for name in ("one", "two"):
        apply(store, name)
    stranger = store.roots.generations.keep(data("three"))
    note = store.layout.state / "generations" / "note.txt"
    note.write_text("somebody's")

    store.roots.drop_unnamed_generations()

    assert not store.roots.generations.has(stranger)
    assert all(store.roots.generations.has(Digest.of(data(name))) for name in ("one", "two"))
    assert note.exists()


def test_missing_directory_is_noted_once_and_forgotten_when_it_is_back(store: Store) -> None:
    root = apply(store, "one")
    for missing, since in ((True, 1_000_000.0), (True, 1_000_000.0), (False, None)):
        store.roots.note_missing(root, missing=missing)
        after = store.roots.read(PROJECT.id)
        assert after is not None
        assert (after.missing_since, after.seen_at, after.generations) == (since, root.seen_at, root.generations)
        root = after

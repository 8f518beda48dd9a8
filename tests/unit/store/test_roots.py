from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.projects import project_with
from tests.unit.store.stores import dead_writer, make_store
from wansync.digest import Digest
from wansync.documents import DocumentError
from wansync.store import Claim, ProjectIdentity
from wansync.store.fsops import FileSystem
from wansync.store.processes import writer_name

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder
    from wansync.store import Store

PROJECT = ProjectIdentity.of(name="app", path="/projects/app", host="here")
OTHER = ProjectIdentity.of(name="app", path="/projects/other", host="here")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_store(tmp_path)


@pytest.fixture
def locks(project: ProjectBuilder) -> list[bytes]:
    """Three versions of one lock."""
    made = []
    for version in range(3):
        project.files["alpha/transformer/config.json"] = b"%d" % version
        project.write()
        project_with(project, FileSystem()).lock()
        made.append(project.lock_path.read_bytes())
    return made


def claim(lock: bytes, project: ProjectIdentity = PROJECT, writer: str | None = None) -> Claim:
    return Claim(project=project, lock=lock, writer=writer or writer_name())


def held(store: Store) -> set[Digest]:
    return {digest for root in store.roots.all() for digest in root.locks}


def test_identity_depends_on_host_path_and_name() -> None:
    """Two containers can share host name and path."""
    renamed = ProjectIdentity.of(name="renamed", path="/projects/app", host="here")
    elsewhere = ProjectIdentity.of(name="app", path="/projects/app", host="there")

    assert len({PROJECT.id, OTHER.id, renamed.id, elsewhere.id}) == 4
    assert PROJECT.id == ProjectIdentity.of(name="app", path="/projects/app", host="here").id


def test_root_holds_the_lock_in_use_and_the_one_being_applied(store: Store, locks: list[bytes]) -> None:
    first = claim(locks[0])
    seen = store.roots.begin(first)
    assert held(store) == {Digest.of(locks[0])}
    store.roots.finish(first, seen, ["alpha@small", "beta@small"], {})

    store.roots.begin(claim(locks[1]))

    assert held(store) == {Digest.of(locks[0]), Digest.of(locks[1])}
    assert all(store.roots.generations.has(digest) for digest in held(store))


def test_finished_root_lets_the_old_lock_go(store: Store, locks: list[bytes]) -> None:
    for lock in locks[:2]:
        made = claim(lock)
        seen = store.roots.begin(made)
        store.roots.finish(made, seen, ["alpha@small", "beta@small"], {"umt5": "0" * 16})

    root = store.roots.read(PROJECT.id)

    assert held(store) == {Digest.of(locks[1])}
    assert root is not None
    assert (root.applied, root.trees) == (Digest.of(locks[1]), {"umt5": "0" * 16})


def test_view_that_is_not_ready_keeps_the_lock_it_was_made_from(store: Store, locks: list[bytes]) -> None:
    first, second = claim(locks[0]), claim(locks[1])
    store.roots.finish(first, None, ["alpha@small", "beta@small"], {})

    store.roots.finish(second, Digest.of(locks[0]), ["beta@small"], {})

    assert held(store) == {Digest.of(locks[0]), Digest.of(locks[1])}


def test_two_processes_that_apply_different_locks_of_one_project_both_hold_theirs(
    store: Store, locks: list[bytes]
) -> None:
    slow, fast = claim(locks[0]), claim(locks[1])
    seen_by_slow, seen_by_fast = store.roots.begin(slow), store.roots.begin(fast)
    assert held(store) == {Digest.of(locks[0]), Digest.of(locks[1])}

    store.roots.finish(fast, seen_by_fast, ["alpha@small"], {})
    assert held(store) == {Digest.of(locks[0]), Digest.of(locks[1])}
    store.roots.finish(slow, seen_by_slow, ["alpha@small"], {})

    assert held(store) == {Digest.of(locks[0]), Digest.of(locks[1])}


def test_lock_of_an_overtaken_process_is_let_go_by_the_next_sync(store: Store, locks: list[bytes]) -> None:
    slow, fast = claim(locks[0]), claim(locks[1])
    seen_by_slow, seen_by_fast = store.roots.begin(slow), store.roots.begin(fast)
    store.roots.finish(fast, seen_by_fast, ["alpha@small"], {})
    store.roots.finish(slow, seen_by_slow, ["alpha@small"], {})

    again = claim(locks[1])
    store.roots.finish(again, store.roots.begin(again), ["alpha@small"], {})

    assert held(store) == {Digest.of(locks[1])}


def test_claim_of_a_dead_process_is_dropped_by_the_next(store: Store, locks: list[bytes]) -> None:
    store.roots.begin(claim(locks[0], writer=dead_writer()))

    second = claim(locks[1])
    store.roots.finish(second, store.roots.begin(second), ["alpha@small", "beta@small"], {})

    assert held(store) == {Digest.of(locks[1])}


def test_roots_of_projects_do_not_touch_each_other(store: Store, locks: list[bytes]) -> None:
    store.roots.begin(claim(locks[0], PROJECT))
    store.roots.begin(claim(locks[1], OTHER))

    assert held(store) == {Digest.of(locks[0]), Digest.of(locks[1])}
    assert store.roots.read("absent") is None


@pytest.mark.parametrize("data", [b"", b"{", b'{"version": 2}', b'{"version": 1, "project": {}}'])
def test_root_that_makes_no_sense_stops_collecting(store: Store, locks: list[bytes], data: bytes) -> None:
    store.roots.begin(claim(locks[0]))
    (store.layout.state / "roots" / f"{PROJECT.id}.json").write_bytes(data)

    assert store.roots.read(PROJECT.id) is None
    with pytest.raises(DocumentError, match="cannot be read"):
        store.roots.all()


@pytest.mark.parametrize("data", [None, b"", b"other"])
def test_copy_of_a_lock_that_is_damaged_stops_collecting_until_it_is_kept_again(
    store: Store, locks: list[bytes], data: bytes | None
) -> None:
    store.roots.begin(claim(locks[0]))
    digest = Digest.of(locks[0])
    path = store.layout.state / "generations" / f"{digest}.lock"
    assert store.roots.generations.has(digest)
    if data is None:
        path.unlink()
    else:
        path.write_bytes(data)

    assert not store.roots.generations.has(digest)
    with pytest.raises(DocumentError, match="damaged"):
        store.roots.generations.named(digest)
    store.roots.begin(claim(locks[0]))

    assert store.roots.generations.has(digest)
    assert store.roots.generations.named(digest).digests

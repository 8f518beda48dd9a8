from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.store.stores import make_store
from wansync.digest import Digest
from wansync.errors import LockTimeoutError

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = Digest.of(b"weights")


def test_lock_of_one_digest_does_not_stop_another(tmp_path: Path) -> None:
    first, second = make_store(tmp_path), make_store(tmp_path)

    with first.locks.blob(DIGEST), second.locks.blob(Digest.of(b"other")), second.locks.roots():
        pass


def test_lock_that_is_held_names_what_and_who(tmp_path: Path) -> None:
    first, second = make_store(tmp_path), make_store(tmp_path)

    with first.locks.blob(DIGEST), pytest.raises(LockTimeoutError) as raised, second.locks.blob(DIGEST):
        pass

    assert raised.value.facts["lock"] == f"blob-{DIGEST}"
    assert "(process " in str(raised.value.facts["holder"])


def test_lock_is_free_after_its_block_also_after_an_error(tmp_path: Path) -> None:
    first, second = make_store(tmp_path), make_store(tmp_path)

    with pytest.raises(KeyError), first.locks.blob(DIGEST):
        raise KeyError

    with second.locks.blob(DIGEST):
        pass
    assert [(path.suffix, path.read_bytes()) for path in first.layout.locks.iterdir()] == [(".lock", b"")]


def test_lock_file_stays_so_that_all_wait_for_one_inode(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    path = store.layout.locks / f"blob-{DIGEST}.lock"

    inodes = set()
    for _ in range(2):
        with store.locks.blob(DIGEST):
            inodes.add(path.stat().st_ino)
        assert path.is_file()

    assert len(inodes) == 1


@pytest.mark.parametrize("record", [b"", b"{", b'{"pid": "x"}', b'{"pid": 1, "host": "h", "command": "\\u001b[31m"}'])
def test_strange_record_of_a_holder_is_shown_without_harm(tmp_path: Path, record: bytes) -> None:
    first, second = make_store(tmp_path), make_store(tmp_path)

    with first.locks.blob(DIGEST):
        (first.layout.locks / f"blob-{DIGEST}.lock").write_bytes(record)
        with pytest.raises(LockTimeoutError) as raised, second.locks.blob(DIGEST):
            pass

    holder = str(raised.value.facts["holder"])
    assert holder == ("\\x1b[31m (process 1 on h)" if b"host" in record else "unknown")

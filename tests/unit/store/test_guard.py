"""What the store says when its file system fails."""

from __future__ import annotations

import errno
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import failure
from wansync.errors import NoSpaceError, StoreFailError
from wansync.events import EventStream
from wansync.store import Store

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, clock=time.time, events=EventStream("run"), lock_timeout=1)


@pytest.mark.parametrize(
    ("number", "reason", "hint"),
    [
        (errno.EIO, "Input/output error", "the health of that disk"),
        (errno.EACCES, "Permission denied", "the permissions"),
        (errno.EROFS, "Read-only file system", "Mount that file system writable"),
        (errno.EMFILE, "Too many open files", "`ulimit -n`"),
        (errno.EFBIG, "File too large", "`ulimit -f`"),
        (errno.ENFILE, "Too many open files in system", "End programs that hold many files open"),
    ],
)
def test_hint_fits_what_the_file_system_says(store: Store, number: int, reason: str, hint: str) -> None:
    with pytest.raises(StoreFailError) as raised, store.guard():
        raise failure(number, store.layout.tmp)

    assert raised.value.reason.endswith(f"cannot be used: {reason}")
    assert hint in raised.value.hint
    assert raised.value.facts["path"] == str(store.layout.tmp)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_is_no_space(store: Store, number: int) -> None:
    with pytest.raises(NoSpaceError), store.guard():
        raise failure(number)

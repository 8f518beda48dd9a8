"""Who writes waits for who makes it durable, and never for ever."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, cast

import pytest

from wansync.transfer.durable import Durable
from wansync.transfer.stop import Stop

if TYPE_CHECKING:
    from wansync.transfer.download import Download

MIB = 2**20


class Ingest:
    """Bytes that were written, until they are synced."""

    def __init__(self, unsynced: int) -> None:
        self.unsynced = unsynced
        self.syncs = 0

    def sync(self) -> None:
        self.syncs += 1
        self.unsynced = 0


class Writing:
    """What is looked at of a download."""

    def __init__(self, unsynced: int, turn: threading.Lock) -> None:
        self.ingest = Ingest(unsynced)
        self.changed = threading.Condition(turn)
        self.error: BaseException | None = None
        self.syncs = 0


def paced(*unsynced: int) -> list[int]:
    """Return how often each was synced until somebody may write again."""
    turn = threading.Lock()
    files = [Writing(size, turn) for size in unsynced]
    downloads = cast("list[Download]", list(files))
    durable = Durable(downloads, turn, Stop())
    with turn:
        durable.begin()
        durable.pace()
    with turn:
        downloads.clear()
        durable.wake()
    return [each.ingest.syncs for each in files]


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "unsynced",
    [(17 * MIB,), (8 * MIB, 9 * MIB), (6 * MIB, 7 * MIB, 6 * MIB), (MIB,) * 17],
    ids=["one", "two", "three with less than is worth a sync", "many with little"],
)
def test_nobody_waits_for_ever_however_the_bytes_are_spread(unsynced: tuple[int, ...]) -> None:
    assert sum(paced(*unsynced)) >= 1


@pytest.mark.timeout(30)
def test_most_is_synced_first_where_none_has_enough_by_itself() -> None:
    assert paced(5 * MIB, 7 * MIB, 6 * MIB) == [0, 1, 0]

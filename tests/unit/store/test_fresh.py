from __future__ import annotations

import pytest

from wansync.documents import format_json
from wansync.store.fresh import Settled, pair_of


def test_record_that_is_written_is_read_back() -> None:
    record = Settled().add("a").add("b")

    assert record == Settled(pairs=("b", "a"))
    assert record == Settled.parse(format_json(record.to_dict()))


def test_latest_pair_is_first_and_the_oldest_is_dropped() -> None:
    record = Settled()
    for number in range(65):
        record = record.add(str(number))

    assert (record.pairs[0], record.pairs[-1], len(record.pairs)) == ("64", "1", 64)


@pytest.mark.parametrize(
    "data", [None, b"", b"{", b"[]", b'{"version": 2, "pairs": ["a"]}', b'{"version": 1, "pairs": [1]}', b"\xff"]
)
def test_record_that_makes_no_sense_is_empty(data: bytes | None) -> None:
    assert Settled() == Settled.parse(data)


def test_pair_is_named_by_the_bytes_of_both() -> None:
    names = {pair_of(manifest, lock) for manifest in (b"a", b"b") for lock in (b"a", b"c")}

    assert len(names) == 4

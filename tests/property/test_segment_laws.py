"""Laws of spans and of segmented ingests: any order, any crash, any damage, and the blob is right in the end."""

from __future__ import annotations

import contextlib
import itertools
import random
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.store.segments import SEGMENT, Small, hash_all, open_small, pour
from tests.unit.store.stores import dead_writer, make_store
from wansync.digest import Digest
from wansync.store import WrongBytesError, partials
from wansync.store.journal import parse_journal
from wansync.store.partials import JOURNAL, PART
from wansync.store.processes import boot_id
from wansync.store.spans import Spans

SIZE = 4 * SEGMENT + 321
DATA = random.Random("laws").randbytes(SIZE)  # noqa: S311 (nothing secret)
DIGEST = Digest.of(DATA)
RANGE = st.tuples(st.integers(0, 60), st.integers(0, 60))
CHUNK = st.tuples(st.integers(0, SIZE - 1), st.integers(1, 2 * SEGMENT))


@given(st.lists(st.tuples(st.booleans(), RANGE)), RANGE)
def test_spans_are_a_set_of_numbers(changes: list[tuple[bool, tuple[int, int]]], asked: tuple[int, int]) -> None:
    spans, model = Spans(), set[int]()
    for add, (start, end) in changes:
        (spans.add if add else spans.remove)(start, end)
        model = model | set(range(start, end)) if add else model - set(range(start, end))

    found = list(spans)
    assert {n for start, end in found for n in range(start, end)} == model
    assert all(a[0] < a[1] < b[0] < b[1] for a, b in itertools.pairwise(found))
    assert spans.total == len(model)
    holes = {n for start, end in spans.holes(*asked) for n in range(start, end)}
    assert holes == set(range(*asked)) - model


@dataclass(frozen=True)
class Crash:
    """How an attempt ends: the journal cut somewhere, one byte of the part damaged, the machine started again."""

    cut: int
    damaged: int | None
    rebooted: bool


CRASHES = st.builds(
    Crash, cut=st.integers(0, 3000), damaged=st.none() | st.integers(0, SIZE - 1), rebooted=st.booleans()
)


@given(chunks=st.lists(CHUNK, max_size=10), synced=st.integers(0, 10), crash=CRASHES)
@settings(max_examples=80, deadline=None)
def test_any_order_and_any_crash_give_the_right_blob_from_what_was_recorded(
    chunks: list[tuple[int, int]], synced: int, crash: Crash
) -> None:
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        store = make_store(Path(place))
        with open_small(store, DIGEST, SIZE) as first:
            for number, (start, length) in enumerate(chunks):
                first.write_at(start, DATA[start : start + length])
                if number == synced:
                    first.sync()
            with contextlib.suppress(ValueError):
                hash_all(first)
            left = store.layout.partial(DIGEST, dead_writer())
            shutil.copytree(first._path, left)
        shutil.rmtree(store.layout.partial(DIGEST, "released"), ignore_errors=True)
        _spoil(left, crash)
        if crash.rebooted:
            patch.setattr(partials, "boot_id", lambda: "another")
        boot = "another" if crash.rebooted else boot_id()
        recorded = parse_journal((left / JOURNAL).read_bytes(), boot)

        with open_small(store, DIGEST, SIZE) as second:
            assert second.have == (recorded.spans.total if recorded else 0)
            fetched = _finish(second)

        assert store.layout.blob(DIGEST).read_bytes() == DATA
        assert store.fs.list_directory(store.layout.tmp) == []
        if crash.damaged is None:
            assert fetched == SIZE - second.have


def _spoil(left: Path, crash: Crash) -> None:
    journal = left / JOURNAL
    data = journal.read_bytes()
    journal.write_bytes(data[: crash.cut] + b"torn"[: crash.cut % 5] if crash.cut < len(data) else data)
    part = bytearray((left / PART).read_bytes())
    if crash.damaged is not None and crash.damaged < len(part):
        part[crash.damaged] ^= 1
        (left / PART).write_bytes(part)


def _finish(ingest: Small) -> int:
    fetched = pour(ingest, DATA)
    try:
        assert ingest.commit()
    except WrongBytesError:
        ingest.restart()
        fetched += pour(ingest, DATA)
        assert ingest.commit()
    return fetched

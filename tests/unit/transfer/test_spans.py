from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wansync.sources import Span
from wansync.store import SEGMENT
from wansync.transfer.buffers import BLOCK, DEFAULT_COUNT
from wansync.transfer.spans import Holes, span_length
from wansync.transfer.supply import Pace

SIZE = 5 * SEGMENT + 123
WHOLE = Span(0, SIZE)


def taken(holes: Holes, length: int) -> list[Span]:
    found = []
    while span := holes.take(length):
        found.append(span)
    return found


@pytest.mark.parametrize("length", [1, SEGMENT - 1, SEGMENT, 2 * SEGMENT, 100 * SEGMENT])
def test_everything_is_asked_for_once_and_in_order(length: int) -> None:
    if length < SEGMENT:
        holes = Holes([Span(0, 1000 * length if length == 1 else SIZE)])
        size = holes.size
    else:
        holes, size = Holes([WHOLE]), SIZE

    spans = taken(holes, length)

    assert spans[0].start == 0
    assert spans[-1].end == size
    assert [span.end for span in spans[:-1]] == [span.start for span in spans[1:]]
    assert not holes


def test_requests_end_where_segments_end() -> None:
    holes = Holes([Span(1000, SIZE)])

    first, second, *_ = taken(holes, 2 * SEGMENT)

    assert (first.start, first.end) == (1000, 2 * SEGMENT)
    assert (second.start, second.end) == (2 * SEGMENT, 4 * SEGMENT)


def test_what_did_not_come_is_asked_for_again_first() -> None:
    holes = Holes([WHOLE])
    first = holes.take(SEGMENT)
    assert first

    holes.add(Span(first.start + 500, first.end))

    assert list(holes) == [Span(500, SIZE)]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), max_size=20))
def test_holes_hold_each_missing_byte_once(pieces: list[tuple[int, int]]) -> None:
    holes, missing = Holes(), set[int]()
    for start, length in pieces:
        span = Span(start, start + length)
        missing |= set(range(span.start, span.end))
        holes.add(span)

    assert sorted(byte for span in holes for byte in range(span.start, span.end)) == sorted(missing)
    assert all(a.end < b.start for a, b in zip(list(holes), list(holes)[1:], strict=False))


def test_request_is_one_segment_where_many_connections_bring_one_file() -> None:
    assert span_length(10**10, 8, 1, wanted=0) == SEGMENT


def test_request_is_longer_where_nothing_comes_before_its_turn() -> None:
    assert span_length(10**10, 3, 3, wanted=0) == 4 * SEGMENT
    assert span_length(10**10, 3, 8, wanted=0) == 4 * SEGMENT


@pytest.mark.parametrize(("connections", "files"), [(2, 1), (3, 1), (4, 3), (5, 3), (6, 3), (16, 3), (16, 1)])
def test_what_comes_before_its_turn_leaves_memory_for_what_is_being_received(connections: int, files: int) -> None:
    ahead = (connections - files) * span_length(10**12, connections, files, wanted=0)

    # A segment each, where there are that many.
    assert ahead <= max(DEFAULT_COUNT * BLOCK // 2, (connections - files) * SEGMENT)


def test_request_on_a_far_server_outlasts_its_answer() -> None:
    pace = Pace()
    pace.note(50 * 10**6, 1.0, 0.2)

    length = span_length(10**10, 8, 1, pace.worth)

    assert length > 50e6 * 0.2 * 3
    assert length % SEGMENT == 0


def test_request_is_never_longer_than_eight_segments() -> None:
    assert span_length(10**12, 4, 1, wanted=20e9) == 8 * SEGMENT


def test_requests_near_the_end_are_short_so_that_all_end_together() -> None:
    assert span_length(4 * SEGMENT, 4, 1, wanted=20e9) == SEGMENT
    assert span_length(4 * SEGMENT, 3, 3, wanted=20e9) == 2 * SEGMENT

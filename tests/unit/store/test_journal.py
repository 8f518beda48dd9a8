from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import pytest

from tests.unit.store.stores import make_store
from wansync.store import journal
from wansync.store.journal import Journal, Recorded, Source, came_from, done, lost, mark, parse_journal, prefix
from wansync.store.spans import Spans

if TYPE_CHECKING:
    from pathlib import Path

HEX = "0123456789abcdef" * 4
BOOT = "this-boot"
SIZE, SEGMENT = 10_000, 1000


def written(folder: Path, *records: journal.Record, recorded: Recorded | None = None) -> bytes:
    """Return a journal that a real one has written."""
    kept = Journal(make_store(folder).fs, folder / "bytes.journal")
    kept.begin(recorded or Recorded(size=SIZE, segment=SEGMENT), BOOT)
    for record in records:
        kept.append(record)
    kept.sync()
    kept.close()
    return (folder / "bytes.journal").read_bytes()


def spans(data: bytes, boot: str = BOOT) -> list[tuple[int, int]]:
    recorded = parse_journal(data, boot)
    return list(recorded.spans) if recorded else []


def line(text: bytes) -> bytes:
    return b"%08x %s\n" % (zlib.crc32(text), text)


def test_what_was_recorded_is_read_again(tmp_path: Path) -> None:
    source = Source(name="hf:org/repo", validator='"etag"')
    data = written(tmp_path, done(0, 10), done(20, 30), done(10, 20), lost(5, 6), prefix(3, HEX), came_from(source))

    found = parse_journal(data, BOOT)

    assert found
    assert list(found.spans) == [(0, 5), (6, 30)]
    assert (found.prefixes, found.source, found.size, found.segment) == ({3: HEX}, source, SIZE, SEGMENT)


def test_journal_that_begins_anew_says_the_same(tmp_path: Path) -> None:
    recorded = Recorded(
        size=SIZE,
        segment=SEGMENT,
        spans=Spans([(0, 9), (20, 30)]),
        prefixes={1: HEX, 2: HEX[::-1]},
        source=Source(name="hf:a/b"),
    )
    data = written(tmp_path, recorded=recorded)

    for boot in (BOOT, "another", ""):
        found = parse_journal(data, boot)
        assert found
        assert list(found.spans) == list(recorded.spans)
        assert (found.prefixes, found.source) == (recorded.prefixes, recorded.source)


def test_after_a_power_cut_only_what_is_marked_counts(tmp_path: Path) -> None:
    before = len(written(tmp_path, done(0, 10)))
    data = written(tmp_path, done(0, 10), done(20, 30), mark(before), done(40, 50))

    assert spans(data) == [(0, 10), (20, 30), (40, 50)]
    assert spans(data, "another") == [(0, 10)]
    assert spans(data, "") == [(0, 10)]


def test_every_torn_tail_is_read_up_to_the_last_whole_line(tmp_path: Path) -> None:
    data = written(tmp_path, done(0, 10), done(20, 30))
    ends = [number + 1 for number, byte in enumerate(data) if byte == 10]
    expected = {ends[1]: [], ends[2]: [(0, 10)], ends[3]: [(0, 10), (20, 30)]}

    for cut in range(ends[1], len(data) + 1):
        whole = max(end for end in ends if end <= cut)
        assert spans(data[:cut]) == expected[whole]
        assert spans(data[:cut] + bytes(len(data) - cut)) == expected[whole]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"no journal at all",
        line(b"[]"),
        line(b"{"),
        line(b"[" * 4000),
        line(b'{"version":2,"size":9,"segment":8,"boot":""}'),
        line(b'{"version":1,"size":-9,"segment":8,"boot":""}'),
        line(b'{"version":1,"size":9,"segment":0,"boot":""}'),
        line(b'{"version":1,"size":9e99,"segment":8,"boot":""}'),
        line(b'{"version":1,"size":' + b"9" * 200 + b',"segment":8}'),
        b"00000000 " + b'{"version":1,"size":9,"segment":8,"boot":""}\n',
        b" " * 5000,
    ],
)
def test_what_is_no_journal_says_nothing(data: bytes) -> None:
    assert parse_journal(data, BOOT) is None


@pytest.mark.parametrize(
    "record",
    [
        b'{"done":[0]}',
        b'{"done":[5,5]}',
        b'{"done":[0,10001]}',
        b'{"done":[-1,5]}',
        b'{"done":["0","5"]}',
        b'{"lost":[0,99999]}',
        b'{"prefix":0,"sha256":"' + HEX.encode() + b'"}',
        b'{"prefix":10,"sha256":"' + HEX.encode() + b'"}',
        b'{"prefix":1,"sha256":"no digest"}',
        b'{"source":"two\\nlines","validator":""}',
        b'{"durable":"all"}',
        b'{"something":"new"}',
    ],
)
def test_record_that_makes_no_sense_says_nothing(tmp_path: Path, record: bytes) -> None:
    found = parse_journal(written(tmp_path, done(1, 2)) + line(record) + line(b'{"done":[2,3]}'), BOOT)

    assert found
    assert (list(found.spans), found.prefixes, found.source) == ([(1, 3)], {}, None)


def test_validator_that_would_break_a_header_is_none(tmp_path: Path) -> None:
    record = b'{"source":"hf:a/b","validator":"x\\r\\nAuthorization: y"}'
    found = parse_journal(written(tmp_path) + line(record), BOOT)

    assert found
    assert found.source == Source(name="hf:a/b")


def test_journal_of_more_holes_than_any_file_has_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_MAX_SPANS", 10)
    holes = [done(2 * n, 2 * n + 1) for n in range(11)]

    assert len(spans(written(tmp_path, *holes[:10]))) == 10
    assert parse_journal(written(tmp_path, *holes), BOOT) is None


def test_nothing_is_appended_beyond_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    length = len(written(tmp_path, done(0, 1)))
    monkeypatch.setattr(journal, "MAX_BYTES", length + 5)

    assert len(written(tmp_path, done(0, 1), done(2, 3))) == length


def test_journal_that_is_closed_takes_nothing(tmp_path: Path) -> None:
    kept = Journal(make_store(tmp_path).fs, tmp_path / "bytes.journal")
    kept.append(done(0, 1))
    kept.sync()
    kept.close()

    assert not (tmp_path / "bytes.journal").exists()


def test_spans_join_and_part() -> None:
    found = Spans([(5, 7), (0, 2), (2, 3), (9, 12), (6, 10), (4, 4)])
    assert (list(found), found.total, found.end, found.prefix, found.count) == ([(0, 3), (5, 12)], 10, 12, 3, 2)
    found.remove(1, 6)
    found.remove(100, 200)
    found.remove(7, 7)
    assert list(found) == [(0, 1), (6, 12)]
    found.remove(8, 9)
    found.remove(0, 1)
    assert (list(found), found.prefix) == ([(6, 8), (9, 12)], 0)
    assert found.holes(0, 20) == [(0, 6), (8, 9), (12, 20)]
    assert found.holes(6, 8) == []
    assert found.holes(7, 10) == [(8, 9)]
    assert found.holes(13, 13) == []
    assert (Spans().end, Spans().prefix) == (0, 0)

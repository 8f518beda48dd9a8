"""What the bodies of every source promise, like `test_sources.py` for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.mirror_cases import MIRRORS, mirror_case
from tests.contract.source_cases import REVISION, EndlessSource, FileCase, HubCase, MemoryCase, WebCase, s3_case
from wansync.errors import ChecksumFailError, NotFoundError, SourceFailError
from wansync.listing import SourceFile
from wansync.paths import RelativePath
from wansync.sources import Span
from wansync.sources.file import FileSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.contract.source_cases import SourceCase
    from tests.support.hub import Hub
    from wansync.sources import Body

NAME = "b/model.safetensors"
DATA = bytes(range(256)) * 20


@pytest.fixture(params=["file", "memory", "hub", "s3", "web", *MIRRORS])
def case(request: pytest.FixtureRequest, tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> SourceCase:
    monkeypatch.setenv("HF_TOKEN", hub.token)
    cases: dict[str, Callable[[], SourceCase]] = {
        "file": lambda: FileCase(tmp_path),
        "memory": MemoryCase,
        "hub": lambda: HubCase(hub),
        "s3": lambda: s3_case(request, monkeypatch),
        "web": lambda: WebCase(request.getfixturevalue("nginx"), tmp_path.name),
        **dict.fromkeys(MIRRORS, lambda: mirror_case(request, monkeypatch, tmp_path)),
    }
    made = cases[request.param]()
    made.write(NAME, DATA)
    return made


def body_of(case: SourceCase, start: int, end: int, name: str = NAME) -> Body:
    return case.source.body(SourceFile(RelativePath(name), case.revision), Span(start, end))


def read(body: Body, piece: int = 700) -> bytes:
    """Return all that a body gives, in buffers that its chunks do not fit."""
    data = bytearray()
    with body:
        read_into(data, body, piece)
        assert body.readinto(memoryview(bytearray(piece))) == 0
    return bytes(data)


def read_into(data: bytearray, body: Body, piece: int = 700) -> None:
    """Add what a body gives until it ends or fails."""
    buffer = memoryview(bytearray(piece))
    while count := body.readinto(buffer):
        data += buffer[:count]


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, len(DATA)), (0, 1), (1, 5), (999, 2001), (len(DATA) - 1, len(DATA)), (0, 0), (len(DATA), len(DATA))],
)
def test_body_gives_exactly_the_span(case: SourceCase, start: int, end: int) -> None:
    body = body_of(case, start, end)

    assert (body.start, body.ranged) == (start, True)
    assert read(body) == DATA[start:end]


def test_body_fills_a_buffer_from_its_start_and_nothing_behind_the_count(case: SourceCase) -> None:
    buffer = bytearray(b"-" * (2 * len(DATA)))
    with body_of(case, 10, 20) as body:
        count = body.readinto(memoryview(buffer))

    assert 0 < count <= 10
    assert buffer[:count] == DATA[10 : 10 + count]
    assert set(buffer[count:]) == set(b"-")


@pytest.mark.parametrize("start", [0, 5000])
def test_body_of_a_file_that_ends_early_gives_what_there_is_and_then_an_error(case: SourceCase, start: int) -> None:
    got = bytearray()
    expected = ChecksumFailError if isinstance(case.source, FileSource) else SourceFailError

    with body_of(case, start, len(DATA) + 7) as body, pytest.raises(expected, match=r"`b/model\.safetensors`"):
        read_into(got, body)

    assert bytes(got) == DATA[start:]


def test_body_of_a_file_that_has_grown_gives_no_more_than_the_span(case: SourceCase) -> None:
    case.write(NAME, DATA + b"more")

    assert read(body_of(case, 0, len(DATA))) == DATA


def test_body_of_a_missing_file_raises_not_found(case: SourceCase) -> None:
    with pytest.raises(NotFoundError, match=r"`b/absent.json`"):
        read(body_of(case, 0, 1, "b/absent.json"))


def test_body_that_is_left_in_the_middle_can_be_closed_twice(case: SourceCase) -> None:
    body = body_of(case, 0, len(DATA))
    assert body.readinto(memoryview(bytearray(10))) > 0

    body.close()
    body.close()


def test_abort_without_anything_under_way_changes_nothing(case: SourceCase) -> None:
    source = case.source
    source.abort()

    assert read(source.body(SourceFile(RelativePath(NAME), case.revision), Span(3, 9))) == DATA[3:9]


@pytest.mark.timeout(20)
def test_endless_body_ends_with_the_span() -> None:
    assert read(EndlessSource().body(SourceFile(RelativePath("any"), REVISION), Span(3, 1003))) == b"x" * 1000


def test_only_sources_behind_a_server_have_a_host(case: SourceCase) -> None:
    assert bool(case.source.host) == case.source.parallel

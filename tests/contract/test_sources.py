"""What every source promises. A new source joins by one more parameter of `case`."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from tests.contract.mirror_cases import MIRRORS, mirror_case
from tests.contract.olah import CANNOT
from tests.contract.source_cases import (
    REVISION,
    EndlessSource,
    FileCase,
    HubCase,
    MemoryCase,
    S3Case,
    WebCase,
    s3_case,
)
from tests.support.simulators import MemorySource
from wansync.digest import Digest
from wansync.errors import AuthFailError, ChecksumFailError, NotFoundError, SourceFailError, WansyncError
from wansync.listing import ListedFile, SourceFile
from wansync.manifest import Scheme, SourceRef
from wansync.paths import PathFilter, RelativePath
from wansync.sources.file import FileSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.contract.olah import Olah
    from tests.contract.source_cases import SourceCase
    from tests.support.hub import Hub

EVERYTHING = [PathFilter.everything()]
DATA = bytes(range(256)) * 20
FILES = {
    "b/model.safetensors": DATA,
    "b/config.json": b"{}",
    "a/tokenizer.json": b"tokens",
    "A-first.txt": b"",
    "b.json": b"[]",
}
OF_BYTES = {
    "test_open_gives_exactly_the_range",
    "test_open_of_a_file_that_ends_early_gives_what_there_is_and_then_an_error",
    "test_open_of_a_file_that_has_grown_gives_no_more_than_was_asked_for",
    "test_open_of_a_missing_file_raises_not_found",
    "test_open_of_a_directory_raises_a_typed_error",
}
"""What mirrors promise too, which list nothing."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        elsewhere = ["olah"] if metafunc.config.getoption("olah") else []
        mirrors = MIRRORS if metafunc.function.__name__ in OF_BYTES else ()
        metafunc.parametrize("case", ["file", "memory", "hub", "s3", "web", *mirrors, *elsewhere], indirect=True)


@pytest.fixture
def case(request: pytest.FixtureRequest, tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> SourceCase:
    # To a stranger a repository that is gone looks like a private one.
    monkeypatch.setenv("HF_TOKEN", hub.token)
    cases: dict[str, Callable[[], SourceCase]] = {
        "file": lambda: FileCase(tmp_path),
        "memory": MemoryCase,
        "hub": lambda: HubCase(hub),
        "web": lambda: WebCase(request.getfixturevalue("nginx"), tmp_path.name),
        "olah": lambda: _olah_case(request),
        "s3": lambda: s3_case(request, monkeypatch),
        **dict.fromkeys(MIRRORS, lambda: mirror_case(request, monkeypatch, tmp_path)),
    }
    made = cases[request.param]()
    for name, data in FILES.items():
        made.write(name, data)
    return made


def _olah_case(request: pytest.FixtureRequest) -> SourceCase:
    name = request.function.__name__
    olah: Olah = request.getfixturevalue("olah")
    if name in CANNOT:
        pytest.skip(CANNOT[name])
    return olah.case()


def read(case: SourceCase, name: str, offset: int, length: int) -> bytes:
    return b"".join(case.source.open(SourceFile(RelativePath(name), case.revision), offset, length))


def test_list_names_every_file_sorted_with_size_and_digest(case: SourceCase) -> None:
    expected = tuple(
        ListedFile(path=RelativePath(name), size=len(data), digest=Digest.of(data))
        for name, data in sorted(FILES.items())
    )
    assert case.source.list(None, EVERYTHING).files == expected


def test_list_of_the_same_content_is_the_same_value(case: SourceCase) -> None:
    before = case.source.list(None, EVERYTHING)
    for name, data in FILES.items():
        case.write(name, data)

    assert case.source.list(None, EVERYTHING) == before


def test_list_says_which_source_and_ref_it_is_of(case: SourceCase) -> None:
    listing = case.source.list(None, EVERYTHING)

    assert (listing.source, listing.ref) == (case.source.ref, None)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([PathFilter(subfolder=RelativePath("b"))], ["b/config.json", "b/model.safetensors"]),
        ([PathFilter(include=("*.json",))], ["a/tokenizer.json", "b.json", "b/config.json"]),
        ([PathFilter(subfolder=RelativePath("b"), exclude=("*.json",))], ["b/model.safetensors"]),
        ([PathFilter(include=("a/",)), PathFilter(include=("b.json", "a/*"))], ["a/tokenizer.json", "b.json"]),
        ([PathFilter(include=("nothing",))], []),
        ([], []),
    ],
)
def test_list_takes_what_one_of_the_filters_takes(
    case: SourceCase, filters: list[PathFilter], expected: list[str]
) -> None:
    assert [str(file.path) for file in case.source.list(None, filters).files] == expected


def test_list_reads_the_weight_maps_of_index_files(case: SourceCase) -> None:
    case.write("b/model.safetensors.index.json", b'{"weight_map": {"layer.0": "model.safetensors"}}')

    maps = case.source.list(None, EVERYTHING).weight_maps

    assert maps == {RelativePath("b/model.safetensors.index.json"): {"layer.0": "model.safetensors"}}


@pytest.mark.parametrize(
    ("offset", "length"), [(0, len(DATA)), (0, 1), (1, 4), (999, 1002), (len(DATA) - 1, 1), (0, 0), (len(DATA), 0)]
)
def test_open_gives_exactly_the_range(case: SourceCase, offset: int, length: int) -> None:
    assert read(case, "b/model.safetensors", offset, length) == DATA[offset : offset + length]


@pytest.mark.parametrize(("offset", "missing"), [(0, 7), (5000, 7), (len(DATA) + 10, 17)])
def test_open_of_a_file_that_ends_early_gives_what_there_is_and_then_an_error(
    case: SourceCase, offset: int, missing: int
) -> None:
    length = len(DATA) + 7 - offset if offset < len(DATA) else 17
    got: list[bytes] = []

    # A local file that is shorter has changed; a connection that ends early has failed.
    expected = ChecksumFailError if isinstance(case.source, FileSource) else SourceFailError

    with pytest.raises(expected, match=r"`b/model\.safetensors`") as raised:
        got.extend(case.source.open(SourceFile(RelativePath("b/model.safetensors"), case.revision), offset, length))

    assert b"".join(got) == DATA[offset:]
    # A hub that has nothing at the offset does not say how much is missing.
    assert raised.value.facts.get("missing_bytes", missing) == missing


def test_open_of_a_file_that_has_grown_gives_no_more_than_was_asked_for(case: SourceCase) -> None:
    case.write("b/model.safetensors", DATA + b"more")

    assert read(case, "b/model.safetensors", 0, len(DATA)) == DATA


def test_open_of_a_missing_file_raises_not_found(case: SourceCase) -> None:
    with pytest.raises(NotFoundError, match=r"`b/absent.json`"):
        read(case, "b/absent.json", 0, 1)


def test_open_of_a_directory_raises_a_typed_error(case: SourceCase) -> None:
    with pytest.raises(WansyncError, match="`b`"):
        read(case, "b", 0, 1)


def test_list_of_a_source_that_is_gone_raises_not_found(case: SourceCase) -> None:
    case.lose()

    with pytest.raises(NotFoundError):
        case.source.list(None, EVERYTHING)


def test_open_in_a_source_that_is_gone_raises_not_found(case: SourceCase) -> None:
    case.lose()

    with pytest.raises(NotFoundError):
        read(case, "b/config.json", 0, 2)


def test_file_that_cannot_be_read_raises_source_fail(case: SourceCase) -> None:
    case.forbid("b/config.json")

    # S3 says that it is a matter of rights.
    expected = AuthFailError if isinstance(case, S3Case) else SourceFailError

    with pytest.raises(expected):
        case.source.list(None, EVERYTHING)
    with pytest.raises(expected):
        read(case, "b/config.json", 0, 2)


def test_unknown_ref_raises_a_typed_error_with_a_hint(case: SourceCase) -> None:
    if isinstance(case.source, MemorySource):
        case.source.commit(REVISION, "main")

    with pytest.raises(WansyncError, match="absent") as raised:
        case.source.list("absent", EVERYTHING)

    assert raised.value.hint
    assert raised.value.facts.get("source", case.source.display) == case.source.display


def test_every_error_has_a_hint_and_names_the_source(case: SourceCase) -> None:
    case.lose()
    errors = []
    for failing in (lambda: case.source.list(None, EVERYTHING), lambda: read(case, "b.json", 0, 9)):
        with pytest.raises(WansyncError) as raised:
            failing()
        errors.append(raised.value)

    assert [error.facts["source"] for error in errors] == [case.source.display] * 2
    assert all(error.hint and case.source.display in error.reason for error in errors)


def test_display_and_errors_carry_no_control_characters(tmp_path: Path) -> None:
    ref = SourceRef(Scheme.FILE, "bad\x1b[31m\u202ename\n")
    with pytest.raises(NotFoundError) as raised:
        FileSource(ref, tmp_path).list(None, EVERYTHING)

    for text in (FileSource(ref, tmp_path).display, raised.value.reason, str(raised.value.facts["source"])):
        assert {c for c in text if unicodedata.category(c) in {"Cc", "Cf"}} == set()


@pytest.mark.timeout(20)
def test_endless_body_is_cut_at_the_length_asked_for() -> None:
    assert b"".join(EndlessSource().open(SourceFile(RelativePath("any"), REVISION), 3, 1000)) == b"x" * 1000


def test_what_olah_cannot_do_are_tests_of_this_suite() -> None:
    assert CANNOT.keys() - globals().keys() == set()


def test_what_mirrors_promise_too_are_tests_of_this_suite() -> None:
    assert OF_BYTES - globals().keys() == set()

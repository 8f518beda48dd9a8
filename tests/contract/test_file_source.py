"""`file:` sources, beyond what every source promises."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.contract.source_cases import FileCase
from tests.support.project import Recorder
from wansync.digest import Digest, Revision
from wansync.errors import InvalidListingError, SourceFailError, WansyncError
from wansync.events import EventStream, HashProgress, LocalHashStarted
from wansync.listing import SourceFile
from wansync.manifest import SourceRef
from wansync.paths import PathFilter, RelativePath
from wansync.sources.file import FileSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EVERYTHING = [PathFilter.everything()]
REVISION = Revision("a" * 40)


@pytest.fixture
def case(tmp_path: Path) -> FileCase:
    made = FileCase(tmp_path)
    made.write("model.safetensors", b"weights")
    return made


def listed(case: FileCase, filters: list[PathFilter] = EVERYTHING) -> dict[str, Digest]:
    return {str(file.path): file.digest for file in case.source.list(None, filters).files}


def test_revision_of_a_directory_is_none_and_a_ref_is_refused(case: FileCase) -> None:
    assert case.source.resolve(None) is None
    with pytest.raises(SourceFailError, match="has no revisions, so it cannot give `main`") as raised:
        case.source.resolve("main")
    assert raised.value.hint == "Remove `revision` from the component; the lock pins the content itself"


@pytest.mark.parametrize("absolute", [True, False])
def test_location_may_be_relative_or_absolute(case: FileCase, tmp_path: Path, absolute: bool) -> None:  # noqa: FBT001
    location = str(case.root) if absolute else "place"

    files = FileSource(SourceRef.parse(f"file:{location}"), tmp_path).list(None, EVERYTHING).files

    assert [str(file.path) for file in files] == ["model.safetensors"]


def test_link_to_a_file_is_followed(case: FileCase, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"far away")
    (case.root / "link.safetensors").symlink_to(tmp_path / "elsewhere")

    assert listed(case)["link.safetensors"] == Digest.of(b"far away")


def test_link_to_a_directory_is_not_followed(case: FileCase, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret").write_bytes(b"far away")
    (case.root / "folder").symlink_to(tmp_path / "elsewhere")
    (case.root / "circle").symlink_to(case.root)

    assert list(listed(case)) == ["model.safetensors"]


@pytest.fixture
def fifo(case: FileCase) -> Iterator[Path]:
    path = case.root / "pipe"
    os.mkfifo(path)
    yield path
    # Frees whoever hangs in `open`, so that a failing test ends.
    os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs on this system")
@pytest.mark.timeout(5)
def test_list_of_a_fifo_raises_and_does_not_wait_for_a_writer(case: FileCase, fifo: Path) -> None:
    with pytest.raises(SourceFailError, match="`pipe` in `file:place` is no regular file"):
        listed(case)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs on this system")
@pytest.mark.timeout(5)
def test_open_of_a_fifo_raises_and_does_not_wait_for_a_writer(case: FileCase, fifo: Path) -> None:
    with pytest.raises(SourceFailError, match="pipe"):
        list(case.source.open(SourceFile(RelativePath("pipe"), REVISION), 0, 1))


def test_fifo_that_no_filter_takes_is_no_obstacle(case: FileCase) -> None:
    os.mkfifo(case.root / "pipe")

    assert list(listed(case, [PathFilter(exclude=("pipe",))])) == ["model.safetensors"]


def test_broken_link_raises_a_typed_error(case: FileCase) -> None:
    (case.root / "broken").symlink_to("nowhere")

    with pytest.raises(WansyncError, match="cannot be listed: No such file"):
        listed(case)


@pytest.mark.parametrize("names", [("Model.json", "model.json"), ("caf\u00e9", "cafe\u0301")])
def test_names_that_collide_elsewhere_are_refused(case: FileCase, names: tuple[str, str]) -> None:
    for name in names:
        case.write(name, b"x")
    if len(list(case.root.iterdir())) < 3:
        pytest.skip("this file system cannot hold both names")

    with pytest.raises(InvalidListingError, match="cannot exist side by side") as raised:
        listed(case)

    assert all(name in raised.value.reason for name in names)


@pytest.mark.parametrize("name", ["a:b", "aux.txt", "ends.", "new\nline"])
def test_unsafe_name_that_is_taken_is_refused(case: FileCase, name: str) -> None:
    case.write(name, b"x")

    with pytest.raises(WansyncError, match="Unsafe path") as raised:
        listed(case)

    assert raised.value.code == "PATH_UNSAFE"


@pytest.mark.parametrize("filter_", [PathFilter(exclude=("a:b",)), PathFilter(include=("*.safetensors",))])
def test_unsafe_name_that_is_left_out_is_no_obstacle(case: FileCase, filter_: PathFilter) -> None:
    """The hint of the refusal says so: leave it out with `include` or `exclude`."""
    case.write("a:b", b"x")

    assert list(listed(case, [filter_])) == ["model.safetensors"]


@pytest.mark.parametrize("data", [b"no json", b'{"weight_map": {"t": "../up"}}', b'{"weight_map": []}'])
def test_broken_index_is_refused_with_its_name(case: FileCase, data: bytes) -> None:
    case.write("model.safetensors.index.json", data)

    with pytest.raises(InvalidListingError, match=r"`model.safetensors.index.json` in `file:place` is no index"):
        listed(case)


def test_file_that_changes_while_it_is_hashed_is_refused(case: FileCase, tmp_path: Path) -> None:
    class Meddler:
        def recall(self, path: Path, status: os.stat_result) -> Digest | None:
            # Between the two looks at the file.
            path.write_bytes(b"other weights")
            return None

        def remember(self, path: Path, status: os.stat_result, digest: Digest) -> None:
            raise AssertionError("nothing about this file is worth remembering")

    source = FileSource(case.source.ref, tmp_path, Meddler())

    with pytest.raises(SourceFailError, match=r"`model\.safetensors` in `file:place` changed while it was read"):
        source.list(None, EVERYTHING)


def test_hashing_a_file_can_be_followed(tmp_path: Path) -> None:
    (tmp_path / "place").mkdir()
    (tmp_path / "place/model.safetensors").write_bytes(b"x" * 3_000_000)
    recorder = Recorder()

    FileSource(SourceRef.parse("file:place"), tmp_path, events=EventStream("r", [recorder])).list(None, EVERYTHING)

    assert recorder.names() == [
        "LocalHashStarted",
        "HashStarted",
        "HashProgress",
        "HashProgress",
        "HashProgress",
        "HashFinished",
    ]
    assert recorder.of(HashProgress)[-1].done == recorder.of(LocalHashStarted)[0].size == 3_000_000

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from tests.unit.cli.progresses import MIB, Watch, fetched, fetching, followed, stage, started
from wansync.cli.frames import Area, make_frame
from wansync.cli.short_names import shorten
from wansync.events import AskStarted, LinkStarted, LockTaken, RemovalStarted

GIB = 2**30
SHARD = "high_noise_model/diffusion_pytorch_model-00003-of-00006.safetensors"
NAMES = [
    SHARD,
    "模型视频自动编码器的一个很长的名字-00001-of-00002.safetensors",
    "🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬.safetensors",
    "\x1b]0;owned\x07" + "x" * 40 + ".gguf",
    "a",
    "e\u0301" * 60,
]


def frame(watch: Watch, columns: int, rows: int = 24, encoding: str = "utf-8") -> list[str]:
    area = Area(columns=columns, rows=rows, encoding=encoding)
    return [line.plain for line in make_frame(watch.tally.snapshot(), area, watch.now)]


@pytest.fixture
def watch() -> Watch:
    """Six large files in flight, and four of five thousand done."""
    watch = Watch()
    watch.tell(stage(5000, 40 * GIB))
    for name in NAMES:
        watch.tell(started(name, 10 * GIB), fetching(name, 10 * GIB))
    watch.wait(2)
    for name in NAMES:
        watch.tell(fetched(name, GIB, 10 * GIB))
    return watch


def test_frame_at_80_columns_shows_files_and_total(watch: Watch) -> None:
    lines = frame(watch, 80)

    assert lines[0] == "fetch dif…-00003-of-00006.safetensors  ━──────────────────   1.0/10.0 GiB   10%"
    assert lines[-1].startswith("Fetching   6.0 of 40.0 GiB     3.0 GiB/s  ETA 11s")
    assert len(lines) == 7


@pytest.mark.parametrize("columns", [1, 2, 3, 5, 8, 12, 16, 20, 21, 30, 40, 55, 79, 80, 100, 200, 500])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_frame_never_reaches_the_last_column(watch: Watch, columns: int, encoding: str) -> None:
    for line in frame(watch, columns, encoding=encoding):
        assert cell_len(line) < columns
        assert line.isprintable()
        assert line.encode(encoding).decode(encoding) == line


@pytest.mark.parametrize(
    ("columns", "said"),
    [(20, "6.0/40.0 GiB  15%"), (12, "15%"), (40, " 6.0 of 40.0 GiB  ETA 11s"), (38, " 6.0/40.0 GiB  ETA 11s")],
)
def test_frame_leaves_out_what_matters_least(watch: Watch, columns: int, said: str) -> None:
    assert said in frame(watch, columns)[-1]


def test_frame_at_200_columns_says_everything(watch: Watch) -> None:
    lines = frame(watch, 200)

    assert "0 of 5,000 files verified" in lines[-1]
    assert re.search("━+─+", lines[-1])
    assert lines[1].startswith("fetch 模型视频自…-00001-of-00002.safetensors  ━━━──")


@pytest.mark.parametrize(("rows", "lines"), [(1, 0), (2, 1), (3, 2), (5, 4), (24, 7)])
def test_frame_leaves_a_row_and_says_what_it_does_not_show(watch: Watch, rows: int, lines: int) -> None:
    shown = frame(watch, 80, rows)

    assert len(shown) == lines
    if 3 <= rows < 8:
        assert shown[-2] == f"and {6 - (lines - 2)} more files"


def test_frame_has_no_line_for_small_files_and_for_what_has_just_begun() -> None:
    watch = Watch()
    watch.tell(stage(3, 10 * MIB), started("small.json", 2000), fetching("small.json", 2000))
    watch.wait(5)
    watch.tell(started("large", 9 * MIB), fetching("large", 9 * MIB))

    assert len(frame(watch, 80)) == 1

    watch.wait(1)

    assert [line.split()[:2] for line in frame(watch, 80)[:-1]] == [["fetch", "large"]]


def test_frame_has_no_rate_and_no_eta_until_they_are_known() -> None:
    watch = Watch()
    watch.tell(stage(1, 10 * MIB))

    assert frame(watch, 80) == ["Fetching   0.0 of 10.0 MiB          --/s  ETA --      0 of 1 files verified"]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (AskStarted(questions=12), "Asking sources  0 of 12"),
        (LinkStarted(views=1, files=1200), "Linking  0 of 1,200 files"),
        (RemovalStarted(blobs=3, views=1, size=5 * GIB), "Removing  5.0 GiB"),
    ],
    ids=["ask", "link", "remove"],
)
def test_frame_of_other_work(event: AskStarted | LinkStarted | RemovalStarted, line: str) -> None:
    watch = Watch()
    watch.tell(event)

    assert frame(watch, 80) == [line]


def test_frame_without_work_is_empty() -> None:
    assert frame(Watch(), 80) == []


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        (60, "diffusion_pytorch_model-00003-of-00006.safetensors"),
        (40, "diffusion_py…-00003-of-00006.safetensors"),
        (28, "…-00003-of-00006.safetensors"),
        (20, "00003-of-00006"),
        (13, "3-of-6"),
        (5, "diff…"),
        (1, ""),
        (0, ""),
    ],
)
def test_shorten_keeps_the_number_of_a_shard_longest(columns: int, name: str) -> None:
    assert shorten(SHARD, columns) == name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("columns", range(64))
def test_shorten_never_takes_more_columns_than_it_is_given(name: str, columns: int) -> None:
    short = shorten(name, columns)

    assert cell_len(short) <= columns
    assert short.isprintable()


@pytest.mark.parametrize(
    ("columns", "name"), [(17, "视频….safetensors"), (16, "视频自动编码器…"), (13, "视频自动编码…")]
)
def test_shorten_keeps_no_extension_that_leaves_no_name(columns: int, name: str) -> None:
    assert shorten("视频自动编码器的名字.safetensors", columns) == name


def test_run_that_is_waited_for_has_a_line_until_the_lock_is_ours() -> None:
    watch = Watch()
    watch.tell(stage(2, 40 * GIB), followed(GIB, 10 * GIB))
    watch.wait(2)
    watch.tell(followed(2 * GIB, 10 * GIB))

    shown = frame(watch, 100)
    watch.tell(LockTaken(lock="blob-1"))

    assert shown[0].startswith("follow wansync (process 7 on gpu-1)")
    assert shown[0].endswith("2.0/10.0 GiB   20%")
    assert "0.0 of 40.0 GiB" in shown[-1]
    assert len(frame(watch, 100)) == 1

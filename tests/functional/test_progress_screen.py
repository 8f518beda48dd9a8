"""Progress on the screen of a real terminal, at several widths; only what is shown is asserted, never how fast."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from tests.support.documents import check_document
from tests.support.hub import Faults
from tests.support.program import unread
from tests.support.project import ProjectBuilder, wansync
from tests.support.slow_hub import SLOW, STOPPED, SlowProject
from tests.support.tmux import Window, needs_tmux, open_window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.hub import Hub

pytestmark = needs_tmux

SCRIPT = Path(sys.executable).with_name("wansync")
SIZES = {20: "/20.0 MiB", 40: " of 20.0 MiB  ETA", 80: " of 20.0 MiB", 200: " of 4 files verified"}
SHOWN = {
    20: "1-of-2",
    40: "00001-of-00002",
    80: "-00001-of-00002.safetensors",
    200: "-00001-of-00002.safetensors",
}


@pytest.fixture
def slow(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SlowProject:
    """The project of large files, locked."""
    project = SlowProject(tmp_path / "app", tmp_path / "models-root", hub)
    project.write()
    # One file in flight, so that it is known what the screen must show.
    monkeypatch.setenv("WANSYNC_JOBS", "1")
    project.enter(monkeypatch)
    assert wansync("lock").status == 0
    return project


@pytest.fixture
def window(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Window]:
    """A terminal of as many columns as the test asks for, else 80."""
    yield from open_window(tmp_path / "tmux", getattr(request, "param", 80))


def start(window: Window, *arguments: str, before: str = "", after: str = "", **variables: str) -> None:
    environment = {**variables, "PYTHONPATH": os.pathsep.join(sys.path)}
    window.run(f"{before}{SCRIPT} {' '.join(arguments)}{after}", environment)


def fetching(lines: list[str]) -> bool:
    """Return whether the screen shows a file in flight and the total."""
    return any("%" in line for line in lines[:-1]) and bool(re.search(r"\d+\.\d", lines[-1]))


def seen_until(window: Window, text: str) -> set[str]:
    """Return every line that was seen on the screen until it showed a text."""
    seen: set[str] = set()

    def shows(lines: list[str]) -> bool:
        seen.update(lines)
        return any(text in line for line in lines)

    window.wait(shows)
    return seen


@pytest.mark.parametrize("window", SIZES, indirect=True)
def test_sync_shows_the_file_in_flight_and_the_total(
    slow: SlowProject, window: Window, request: pytest.FixtureRequest
) -> None:
    columns = request.node.callspec.params["window"]
    slow.hub.faults = SLOW
    start(window, "sync")

    lines = window.wait(fetching)

    assert len(lines) == 2
    assert SHOWN[columns] in lines[0]
    assert SIZES[columns] in lines[1]
    assert all(cell_len(line) < columns for line in lines)


def test_sync_leaves_nothing_of_its_progress_behind(slow: SlowProject, window: Window) -> None:
    slow.hub.faults = SLOW
    start(window, "sync", NO_COLOR="1")
    window.wait(fetching)
    slow.hub.faults = Faults()

    lines = window.wait_for("status=0")

    assert "".join(lines).startswith("alpha@small  ")
    assert "Synced 1 view: fetched 20.0 MiB, linked" in "".join(lines)
    assert not re.search("[━─%]", "".join(lines))


def test_resize_during_the_run_leaves_no_rest_of_a_line_and_takes_none_of_others(
    slow: SlowProject, window: Window
) -> None:
    slow.hub.faults = Faults(chunk_delay=0.4)
    # tmux moves lines out of a window that wraps what is below them: so many that none of ours is among them.
    start(window, "sync", before="seq -f line-%02g 1 20; ")
    window.wait(fetching)

    for columns in (40, 24, 120, 30, 200, 60, 20):
        # tmux tells a program at once of a first change, and a quarter of a second later of one that follows it.
        time.sleep(0.5)
        window.resize(columns, 24)
        window.wait(lambda lines, columns=columns: fits(lines, columns))  # type: ignore[misc]


def fits(lines: list[str], columns: int) -> bool:
    """Return whether what was there before is there, and below it a file and a total drawn for so many columns."""
    *before, file, total = ["", "", *lines]
    drawn = max(cell_len(file), cell_len(total)) < columns and "%" in file and "MiB" in total
    return drawn and before == ["", "", *(f"line-{number:02}" for number in range(1, 21))]


def test_name_that_is_wide_takes_the_columns_that_it_has(slow: SlowProject, window: Window) -> None:
    slow.hub.faults = SLOW
    start(window, "sync", "vae")

    lines = window.wait(lambda lines: any("视频" in line for line in lines))

    assert lines[0].startswith("fetch 视频自动编码器的名….safetensors  ")
    assert cell_len(lines[0]) < 80


def test_message_stands_above_the_progress_whole(slow: SlowProject, window: Window) -> None:
    """A connection that breaks is tried again, which is said in a line longer than the terminal is wide."""
    slow.hub.faults = Faults(chunk_delay=0.1, cut_after=3 * 2**20, bodies=1)
    start(window, "sync", NO_COLOR="1")

    lines = window.wait(lambda lines: "trying again" in "".join(lines) and fetching(lines))

    said = "".join(lines[:-2])
    assert re.fullmatch(r"`hf:test/video` broke off .*\.safetensors`; trying again in \S+", said), said
    assert "of 20.0 MiB" in lines[-1]


@pytest.mark.parametrize(
    ("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)], ids=["colour", "no colour"]
)
def test_colour_is_left_out_when_it_is_unwanted(
    slow: SlowProject, window: Window, variables: dict[str, str], *, coloured: bool
) -> None:
    slow.hub.faults = SLOW
    start(window, "sync", **variables)
    # Until something has come, the bars are empty, and that is of no colour.
    window.wait(lambda lines: any("━" in line for line in lines))

    assert ("\x1b[36m" in window.colours()) == coloured


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        ([], {"TERM": "dumb"}),
        (["--progress", "plain"], {}),
        ([], {"WANSYNC_PROGRESS": "plain"}),
        (["--progress", "none"], {}),
        (["--quiet", "--progress", "bars"], {}),
    ],
    ids=str,
)
def test_nothing_is_drawn_where_it_is_not_to_be(
    slow: SlowProject, window: Window, arguments: list[str], variables: dict[str, str]
) -> None:
    slow.hub.faults = Faults(chunk_delay=0.05)
    # Set by the shell in the window: tmux sets its own TERM.
    before = "".join(f"{name}={value} " for name, value in variables.items())
    start(window, "sync", *arguments, before=before)

    seen = seen_until(window, "status=")

    assert not any(re.search("[━─]|MiB/s  ETA", line) for line in seen)
    assert "status=0" in seen


def test_progress_is_on_stderr_alone(slow: SlowProject, window: Window, tmp_path: Path) -> None:
    slow.hub.faults = SLOW
    with unread():  # checked below
        start(window, "sync", "--json", after=f" > {tmp_path / 'result.json'}")

    assert len(window.wait(fetching)) == 2

    slow.hub.faults = Faults()
    window.wait_for("status=0")
    check_document("sync", json.loads((tmp_path / "result.json").read_text()))


def test_ctrl_c_clears_the_progress_and_says_how_to_go_on(slow: SlowProject, window: Window) -> None:
    slow.hub.faults = STOPPED
    start(window, "sync", NO_COLOR="1")
    window.wait(lambda lines: fetching(lines) and " 2.0 of 20.0 MiB" in lines[-1])

    window.press("C-c")

    lines = window.wait_for("status=130")
    assert lines[-2].endswith("Interrupted. 2.0 MiB of 20.0 MiB are kept; run `wansync sync` again to go on")
    assert not re.search("[━─]", "".join(lines))


def test_thousands_of_small_files_move_the_total_alone(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: Window
) -> None:
    project = SlowProject(tmp_path / "app", tmp_path / "models-root", hub)
    project.video.commit({f"transformer/part-{number:04}.json": b'{"a": %d}' % number for number in range(1000)})
    project.write()
    project.enter(monkeypatch)
    # Locking keeps small files in the store.
    start(window, "lock", after=f" && rm -r {project.models_root} && {SCRIPT} sync")

    seen = seen_until(window, "status=0")

    assert any(re.search(r"^Fetching .* of 1,0\d\d ", line) for line in seen), seen
    assert not any("part-" in line for line in seen)


def test_lock_shows_the_hashing_of_local_files(project: ProjectBuilder, window: Window) -> None:
    with (project.directory / "weights/alpha/transformer/model-00001-of-00002.safetensors").open("wb") as large:
        large.truncate(4 * 2**30)
    start(window, "lock")

    lines = window.wait(lambda lines: any(line.startswith("Hashing ") for line in lines))

    assert re.search(r"^check .*00001-of-00002\.safetensors ", lines[0])
    assert " of 4.0 GiB" in lines[1]

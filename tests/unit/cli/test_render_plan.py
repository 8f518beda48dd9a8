"""The text of a plan: where lines break, what is summed up, and what goes without saying."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from tests.unit.disks import empty, intact, plan_for
from tests.unit.samples import component, digest, lock_of, locked, model, variant
from wansync.cli.render.columns import Row, fill, lay_out
from wansync.cli.render.plan import about
from wansync.cli.render.plan_rows import plan_rows, unmanaged_rows
from wansync.inventory import BlobState, Inventory
from wansync.plan import plan_entries

if TYPE_CHECKING:
    from wansync.lockfile import Lockfile


def text(lock: Lockfile, disk: Inventory, width: int = 80) -> list[str]:
    """Return the lines of the rows of a plan."""
    plan = plan_for(lock, disk)
    rows = plan_rows(plan, plan_entries(plan))
    laid = zip(rows, lay_out(rows, width), strict=True)
    return [line for row, (first, *more) in laid for line in (row.mark + first, *more)]


LONG = "a-component-whose-id-is-as-long-as-an-id-may-be-that-is-64-chars"


def test_rows_stand_in_columns_and_break_where_the_terminal_ends() -> None:
    rows = [
        Row(symbol="+", name="model", count="12 files", size="1.0 GiB", rest=["to fetch"]),
        Row(symbol="-/+", name="part", depth=1, count="1 file", size="900.0 MiB", rest=["one phrase", "another one"]),
    ]

    assert lay_out(rows, 80) == [
        ["model    12 files    1.0 GiB  to fetch"],
        ["part    1 file  900.0 MiB  one phrase  another one"],
    ]
    assert lay_out(rows, 48)[1] == ["part    1 file  900.0 MiB  one phrase", "          another one"]
    assert lay_out(rows, 30)[1] == ["part  1 file  900.0 MiB", "          one phrase", "          another one"]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_name_that_is_long_pushes_nothing_aside(width: int) -> None:
    rows = [
        Row(symbol="+", name="a", count="1 file", size="5 B", rest=["here"]),
        Row(symbol="+", name=LONG, count="2 files", size="6 B", rest=["there"]),
    ]

    first, second = lay_out(rows, width)

    assert first == ["a   1 file  5 B  here"]
    assert " ".join(" ".join(second).split()) == f"{LONG} 2 files 6 B there"
    assert [len(line) for line in second if len(line) > width and LONG not in line] == []


def test_phrase_that_is_longer_than_a_line_is_broken_between_words() -> None:
    assert fill("head", ["some words that do not fit here"], width=24, indent=2) == [
        "head",
        "  some words that do not",
        "  fit here",
    ]


def test_text_from_elsewhere_is_shown_harmlessly() -> None:
    (lines,) = lay_out([Row(symbol="?", name="views/\x1b[31m", rest=["a\nb"])], 80)

    assert lines == ["views/\\x1b[31m  a\\nb"]


def test_what_stays_is_summed_up_where_it_is_much() -> None:
    parts = [component(f"c{number}", locked(f"f{number}", 10)) for number in range(5)]
    models = [model(f"m{number}", variant("v", {"x": (f"c{number}",)})) for number in range(5)]
    lock = lock_of(*parts, *models)

    assert text(lock, intact(lock))[0] == "  = 5 models  5 files  0 B  ready"
    few = lock_of(*parts[:3], *models[:3])
    assert text(few, intact(few))[:3] == [f"  = m{number}@v  1 file  0 B  ready" for number in range(3)]


def test_components_that_stay_are_summed_up_where_they_are_many() -> None:
    parts = [component(f"c{number}", locked(f"f{number}", 10)) for number in range(6)]
    lock = lock_of(*parts, model("m", variant("v", {str(n): (f"c{n}",) for n in range(6)})))
    disk = intact(lock, blobs={**intact(lock).blobs, digest("f0"): BlobState.MISSING})

    lines = text(lock, dataclasses.replace(disk, applied_views=frozenset({"m@v"})))

    assert [line.split("  ")[-1] for line in lines] == [
        "to fetch, relink 1 file",
        "1 file differs: f0 (missing)",
        "(drift)",
        "unchanged",
    ]
    assert "= 5 components  5 files" in lines[-1]


def test_files_that_differ_are_named_up_to_three() -> None:
    name = "diffusion_pytorch_model-0000{}-of-00006-with-a-long-name.safetensors"
    lock = lock_of(
        component("dit", *(locked(name.format(number), 10) for number in range(5))),
        model("m", variant("v", {"x": ("dit",)})),
    )
    disk = intact(lock, blobs=dict.fromkeys(lock.digests, BlobState.MISSING), applied_views=frozenset({"m@v"}))

    said = " ".join(" ".join(text(lock, disk)).split())

    assert "5 files differ: diffusion_pytorch_model…" in said
    assert said.count("(missing)") == 3
    assert "and 2 more" in said


def test_source_is_named_once_for_components_in_a_row() -> None:
    lock = lock_of(
        *(component(id_, locked(id_, 10), source=component("repo").source) for id_ in ("a", "b")),
        component("c", locked("c", 10)),
        model("m", variant("v", {"x": ("a",), "y": ("b",), "z": ("c",)})),
    )

    named = ["hf:" in line for line in text(lock, empty())]

    assert named == [False, True, False, True]


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (3, 3), (4, 4), (9, 4)])
def test_strange_files_are_named_up_to_three(count: int, shown: int) -> None:
    rows = list(unmanaged_rows([f"views/{number}" for number in range(count)]))

    assert len(rows) == shown
    assert not rows or {row.symbol for row in rows} == {"?"}
    assert count <= 3 or rows[-1].name == f"{count - 3} more file{'s' if count > 4 else ''}"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "under 1 min"),
        (59, "under 1 min"),
        (60, "~1 min"),
        (61, "~2 min"),
        (840, "~14 min"),
        (3599, "~60 min"),
        (3600, "~1 h"),
        (7800, "~2 h 10 min"),
    ],
)
def test_duration_is_told_as_one_would_guess_it(seconds: int, said: str) -> None:
    assert about(seconds) == said

"""What needs an extra that is not installed says so with one code, whichever it is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.functional.output import document
from tests.support.project import wansync
from wansync.cli.render.svg import as_svg
from wansync.errors import ExtraMissingError
from wansync.ops.graph import graph

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder


def test_metrics_without_their_library_name_the_extra(
    locked: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "wansync.metrics", None)

    error = document("error", wansync("sync", "--metrics-textfile", str(tmp_path / "run.prom"), "--json"))["error"]

    assert (error["code"], error["facts"]["extra"]) == ("EXTRA_MISSING", "server")


def test_drawing_without_its_library_names_the_extra(locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    report = graph(locked.api().workspace())
    monkeypatch.setitem(sys.modules, "pygraphviz", None)

    with pytest.raises(ExtraMissingError) as caught:
        as_svg(report)

    assert caught.value.facts == {"extra": "graph"}


def test_serving_without_its_libraries_names_the_extra(locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wansync.server", None)

    ran = wansync("serve", "--port", "0")

    assert (ran.status, ran.stdout) == (2, "")
    assert "hint: Install them with `pip install 'wansync[server]'`" in ran.stderr

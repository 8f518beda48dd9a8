"""`wansync plan` in another clone of a project, in front of a store that the first one has filled."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import ProjectBuilder, wansync

if TYPE_CHECKING:
    from pathlib import Path

UMT5 = "shared/text_encoder/model.safetensors"


@pytest.fixture
def clone(synced: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProjectBuilder:
    """Another directory with the same lock, and the working directory in it."""
    shutil.copytree(synced.directory, tmp_path / "clone")
    monkeypatch.chdir(tmp_path / "clone")
    return ProjectBuilder(tmp_path / "clone", synced.models_root)


def test_plan_of_a_second_clone_registers_it_and_replaces_nothing(clone: ProjectBuilder) -> None:
    assert snapshot("""\
wansync will perform the following actions:
store: [STORE] ([FS], [SIZE] free, reserve 0 B)

  = alpha@small  4 files  0 B  ready
  = beta@small   3 files  0 B  ready
  ~ root         register this project, so that `wansync gc` keeps its files

Plan: only records.
Fetch 0 B, peak disk +0 B, after: [SIZE] free.
As separate folders 22.5 KiB, in the store 18.6 KiB: 3.9 KiB is shared.
--- stderr
--- status 0
""") == shown(wansync("plan"), clone)
    assert wansync("plan", "--check").status == 1

    report = document("sync", wansync("sync", "--json"))

    assert (report["bytes"]["fetched"], report["links"]) == (0, 0)
    assert wansync("plan", "--check").status == 0
    assert len(document("roots", wansync("roots", "--json"))["roots"]) == 2


def test_plan_of_a_component_in_a_second_clone_replaces_nothing_either(
    clone: ProjectBuilder, synced: ProjectBuilder
) -> None:
    assert wansync("sync", "umt5", "--project", str(synced.directory)).status == 0

    said = wansync("plan", "umt5").stdout

    assert "  = umt5  1 file  0 B  ready\n" in said
    assert "Plan: only records.\n" in said


def test_plan_of_a_second_clone_says_what_is_missing(clone: ProjectBuilder) -> None:
    clone.blob(UMT5).unlink()

    said = wansync("plan", "beta").stdout

    assert "  + beta@small" in said
    assert "-/+" not in said
    assert "register" not in said

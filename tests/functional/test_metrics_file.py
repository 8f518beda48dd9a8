"""`--metrics-textfile`: the figures of a run, for the textfile collector of node_exporter."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from tests.support.project import wansync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder

pytest.importorskip("prometheus_client", reason="needs the extra `server`")


def figures(path: Path) -> dict[str, float]:
    lines = (line for line in path.read_text().splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_sync_tells_what_it_fetched_and_the_next_one_that_there_was_nothing(
    project: ProjectBuilder, tmp_path: Path
) -> None:
    path = tmp_path / "sync.prom"
    assert wansync("sync", "--metrics-textfile", str(path)).status == 0
    first = figures(path)
    assert wansync("sync", "--metrics-textfile", str(path)).status == 0
    second = figures(path)

    assert first['wansync_run_success{command="sync"}'] == 1
    fetched = first['wansync_run_fetched_bytes{command="sync",source="file"}']
    assert fetched == first['wansync_run_files_bytes{command="sync"}'] > 0
    assert (second['wansync_run_success{command="sync"}'], second['wansync_run_files{command="sync"}']) == (1, 0)
    assert stat.S_IMODE(path.stat().st_mode) & 0o444 == 0o444
    assert [file.name for file in tmp_path.glob("*sync.prom*")] == ["sync.prom"]


def test_variable_is_heeded_and_a_run_that_fails_tells_its_code(
    project: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sync.prom"
    monkeypatch.setenv("WANSYNC_METRICS_TEXTFILE", str(path))
    assert wansync("lock").status == 0
    source = project.directory / "weights/beta/transformer/model.safetensors"
    source.write_bytes(source.read_bytes()[:-1] + b"!")

    assert wansync("sync", "--frozen").status != 0

    found = figures(path)
    assert found['wansync_run_success{command="sync"}'] == 0
    assert found['wansync_run_failed_files{code="CHECKSUM_FAIL",command="sync"}'] == 1
    assert found['wansync_run_source_failures{code="CHECKSUM_FAIL",command="sync",source="file"}'] == 1


def test_error_before_any_work_is_told_too(project: ProjectBuilder, tmp_path: Path) -> None:
    path = tmp_path / "sync.prom"

    assert wansync("sync", "--frozen", "--metrics-textfile", str(path)).status == 2
    assert figures(path)['wansync_run_error{code="LOCK_MISSING",command="sync"}'] == 1


def test_verify_and_gc_have_their_own_figures(project: ProjectBuilder, tmp_path: Path) -> None:
    assert wansync("sync").status == 0
    blob = project.blob("beta/transformer/model.safetensors")
    size = blob.stat().st_size
    blob.chmod(0o644)
    blob.write_bytes(b"!" * size)
    path = tmp_path / "x.prom"

    assert wansync("verify", "--metrics-textfile", str(path)).status == 1
    found = figures(path)
    assert found['wansync_run_mismatched_files{command="verify"}'] == 1
    assert found['wansync_run_hashed_bytes{command="verify"}'] >= size
    assert found['wansync_run_success{command="verify"}'] == 0

    orphan = project.models_root / "blobs/sha256/aa" / ("aa" * 32)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"x" * 70)
    assert wansync("gc", "--yes", "--metrics-textfile", str(path)).status == 0
    assert figures(path)['wansync_run_removed_blobs{command="gc"}'] == 1


def test_place_that_is_none_ends_the_command_before_any_work(project: ProjectBuilder, tmp_path: Path) -> None:
    ran = wansync("sync", "--metrics-textfile", str(tmp_path / "none" / "x.prom"))

    assert (ran.status, project.layout.root.exists()) == (2, False)
    assert "--metrics-textfile" in ran.stderr

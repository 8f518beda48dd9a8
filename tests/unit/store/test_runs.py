"""The records of running commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.store.stores import make_store
from wansync.events import BlobPublished, FetchProgress, FetchRestarted, StageStarted
from wansync.store import Phase, RunRecord
from wansync.store.processes import writer_name
from wansync.store.runs import RunProgress

if TYPE_CHECKING:
    from pathlib import Path


def test_record_follows_the_bytes_of_its_run(tmp_path: Path) -> None:
    runs = make_store(tmp_path).runs
    record = RunRecord(run="01", command="sync", writer=writer_name(), phase=Phase.STAGE, models=("m@v",))
    runs.note(record)
    seconds = iter([0.0, 0.1, 0.2, 0.8])
    progress = RunProgress(runs, lambda: next(seconds))

    progress.report(StageStarted(run="01", files=2, size=900, resumed=0, to_fetch=900))
    began = runs.alive()
    for event in (
        FetchProgress(run="01", digest="d", path="p", done=300, size=500),
        FetchRestarted(run="01", digest="d", path="p", dropped=300),
        FetchProgress(run="01", digest="d", path="p", done=100, size=500),
        BlobPublished(run="01", digest="d", path="p", size=500),
    ):
        progress.report(event)

    assert [(run.models, run.done, run.total) for run in began] == [(("m@v",), 0, 900)]
    assert [(run.done, run.total) for run in runs.alive()] == [(100, 900)]


def test_progress_of_a_run_that_nobody_noted_leaves_nothing(tmp_path: Path) -> None:
    runs = make_store(tmp_path).runs

    RunProgress(runs).report(StageStarted(run="01", files=2, size=900, resumed=0, to_fetch=900))

    assert runs.alive() == []

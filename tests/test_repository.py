"""This repository is its own first user: its manifest, its lock, and its tiny pipelines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.functional.output import document
from tests.support.project import wansync

MODELS = ("i2v-A14B", "t2v-A14B", "ti2v-5B")


def test_repository_lock_is_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELS_ROOT", str(tmp_path / "models-root"))

    ran = wansync("lock", "--check", "--project", str(REPOSITORY))

    assert (ran.status, ran.stdout) == (0, "")


def test_readme_quotes_the_plan_of_the_real_models(repository: Path) -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    quoted = readme.split("$ wansync plan --profile prod\n")[1].split("```")[0].splitlines()

    said = wansync("plan", "--profile", "prod").stdout.splitlines()

    # The store and its room are another one on every machine.
    assert [line for line in quoted if line not in {*said, "..."} and not line.startswith("store: ")] == []


def test_repository_sync_is_offline_and_makes_whole_pipelines(repository: Path) -> None:
    report = document("sync", wansync("sync", "--offline", "--frozen", "--json"))

    assert sorted(report["views"]) == [f"{model}@tiny" for model in MODELS]
    assert report["complete"] is True
    for model in MODELS:
        view = Path(report["views"][f"{model}@tiny"])
        source = REPOSITORY / "examples" / "tiny-wan" / model
        index = json.loads((view / "model_index.json").read_bytes())
        parts = {name for name, value in index.items() if isinstance(value, list) and value[0]}
        assert [part for part in sorted(parts) if not (view / part).is_dir()] == []
        assert _contents(source) == _contents(view)


def _contents(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_repository_models_share_bytes_as_the_real_ones_do(repository: Path) -> None:
    first = document("sync", wansync("sync", "t2v-A14B", "--json"))["bytes"]["fetched"]
    plan = document("plan", wansync("plan", "i2v-A14B", "--json"))
    here = {action["id"]: action["action"] for action in plan["actions"]}

    assert first > 0
    assert plan["bytes"]["present"] > 0
    assert [id_ for id_ in ("tiny-umt5", "tiny-umt5-tokenizer", "tiny-wan21-vae") if here[id_] not in _SHARED] == []


_SHARED = {"keep", "change"}


@pytest.mark.parametrize("spelling", ["t2v-a14b", "wan2.2-t2v-a14b", "T2V-A14B@tiny", "t2v-A14B@2.2.0:tiny"])
def test_repository_models_answer_to_their_usual_names(repository: Path, spelling: str) -> None:
    ran = wansync("ensure", spelling)

    assert ran.status == 0
    assert (Path(ran.stdout.strip()) / "model_index.json").is_file()

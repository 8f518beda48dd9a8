"""How the official code runs a model that is here in its layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import REPOSITORY
from tests.support.wan_tree import place_sparse
from wansync.api import Project
from wansync.errors import InvalidInputError, NotSupportedError
from wansync.wan import original_run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(REPOSITORY, models_root=tmp_path / "store", link_mode="hardlink")


@pytest.mark.parametrize(
    ("model", "pipeline", "size", "more"),
    [("t2v-A14B", "wan.WanT2V", "1280*720", ()), ("ti2v-5B", "wan.WanTI2V", "1280*704", ("--t5_cpu",))],
)
def test_arguments_are_those_of_the_table_of_peaks(
    project: Project, model: str, pipeline: str, size: str, more: tuple[str, ...]
) -> None:
    place_sparse(project, f"{model}@native")

    run = original_run(model, "native", project=project)

    place = ("--size", size, "--ckpt_dir", str(run.paths.root))
    assert run.pipeline == pipeline
    assert run.arguments == ("--task", model, *place, "--offload_model", "True", "--convert_model_dtype", *more)


def test_size_is_one_that_the_model_was_made_for(project: Project) -> None:
    place_sparse(project, "ti2v-5B@native")

    with pytest.raises(InvalidInputError, match="832x480"):
        original_run("ti2v-5B", "native", size=(832, 480), project=project)


def test_official_code_reads_no_other_layout(project: Project) -> None:
    with pytest.raises(NotSupportedError, match="layout is `diffusers`") as caught:
        original_run("t2v-A14B", "tiny", project=project)

    assert "load_pipeline" in caught.value.hint

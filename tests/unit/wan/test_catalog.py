"""Which class runs what, and names that people write for it."""

from __future__ import annotations

import pytest

from examples.wan22.architecture import I2V_A14B, PATCH, T2V_A14B, TEXT_WIDTH, TI2V_5B
from tests.support.wan_tree import model_of
from wansync.errors import UsageError
from wansync.manifest import Layout, ModelType
from wansync.wan import catalog
from wansync.wan.catalog import FACTS, Backend, Task, backend_of, pipeline_class, pipeline_classes, type_of_pipeline

DIMENSIONS = {ModelType.T2V: T2V_A14B, ModelType.I2V: I2V_A14B, ModelType.TI2V: TI2V_5B}


@pytest.mark.parametrize(
    ("type_", "backend", "names"),
    [
        (ModelType.T2V, Backend.DIFFUSERS, ["diffusers.WanPipeline"]),
        (ModelType.I2V, Backend.DIFFUSERS, ["diffusers.WanImageToVideoPipeline"]),
        (ModelType.TI2V, Backend.DIFFUSERS, ["diffusers.WanPipeline", "diffusers.WanImageToVideoPipeline"]),
        (ModelType.T2V, Backend.WAN, ["wan.WanT2V"]),
        (ModelType.I2V, Backend.WAN, ["wan.WanI2V"]),
        (ModelType.TI2V, Backend.WAN, ["wan.WanTI2V"]),
    ],
)
def test_type_has_its_classes(type_: ModelType, backend: Backend, names: list[str]) -> None:
    assert [str(class_) for class_ in pipeline_classes(type_, backend)] == names
    assert str(pipeline_class(type_, backend)) == names[0]


@pytest.mark.parametrize("backend", Backend)
@pytest.mark.parametrize(
    ("type_", "task", "name"),
    [
        (ModelType.TI2V, Task.TEXT, {"WanPipeline", "WanTI2V"}),
        (ModelType.TI2V, Task.IMAGE, {"WanImageToVideoPipeline", "WanTI2V"}),
    ],
)
def test_task_chooses_between_classes_of_a_type(type_: ModelType, task: Task, name: set[str], backend: Backend) -> None:
    assert pipeline_class(type_, backend, task).name in name


@pytest.mark.parametrize(("type_", "task"), [(ModelType.T2V, Task.IMAGE), (ModelType.I2V, Task.TEXT)])
def test_task_that_a_type_cannot_do_is_refused(type_: ModelType, task: Task) -> None:
    with pytest.raises(UsageError, match="makes no video from"):
        pipeline_class(type_, Backend.DIFFUSERS, task)


@pytest.mark.parametrize(
    ("name", "types"),
    [
        ("WanT2VPipeline", [ModelType.T2V]),
        ("WanI2VPipeline", [ModelType.I2V]),
        ("WanTI2VPipeline", [ModelType.TI2V]),
        ("WanPipeline", [ModelType.T2V, ModelType.TI2V]),
        ("WanImageToVideoPipeline", [ModelType.I2V, ModelType.TI2V]),
        ("WanI2V", [ModelType.I2V]),
    ],
)
def test_names_of_pipelines_and_what_people_write_for_them(name: str, types: list[ModelType]) -> None:
    assert list(type_of_pipeline(name)) == types


def test_name_that_is_nearly_one_is_suggested() -> None:
    with pytest.raises(UsageError) as caught:
        type_of_pipeline("WanT2VPipelin")

    assert caught.value.hint == "Did you mean `WanT2VPipeline`?"


def test_layouts_have_a_backend_but_that_of_comfyui() -> None:
    assert [backend_of(layout) for layout in (Layout.DIFFUSERS, Layout.NATIVE, Layout.COMFYUI)] == [
        Backend.DIFFUSERS,
        Backend.WAN,
        None,
    ]


@pytest.mark.parametrize(("type_", "facts"), FACTS.items(), ids=str)
def test_facts_are_those_of_the_published_models(type_: ModelType, facts: catalog.TypeFacts) -> None:
    """The architecture is proven by the sizes and digests of the published files; see tests/test_wan22.py."""
    transformer = DIMENSIONS[type_]

    assert (facts.in_channels, facts.out_channels) == (transformer.channels_in, transformer.channels_out)
    assert (facts.patch, catalog.TEXT_WIDTH) == (PATCH, TEXT_WIDTH)


@pytest.mark.parametrize("model_id", ["t2v-A14B", "i2v-A14B", "ti2v-5B"])
def test_facts_agree_with_the_manifest(model_id: str) -> None:
    model = model_of(model_id)
    facts = FACTS[model.type]

    assert (len(facts.experts), facts.vae_stride) == (model.vram["experts"], model.vram["vae_stride"])
    assert ("boundary_ratio" in model.defaults) == (len(facts.experts) == 2)

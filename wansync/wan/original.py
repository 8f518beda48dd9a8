"""How the official code runs a model: from which directory, with which arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import NotSupportedError
from wansync.manifest import ModelType
from wansync.value_types import value_type
from wansync.wan.catalog import Backend, pipeline_class
from wansync.wan.inputs import check_shape
from wansync.wan.paths import get_wan_paths
from wansync.wan.stated import sizes_of

if TYPE_CHECKING:
    from wansync.api import Project
    from wansync.wan.paths import WanPaths

_TASKS = {ModelType.T2V: "t2v-A14B", ModelType.I2V: "i2v-A14B", ModelType.TI2V: "ti2v-5B"}


@value_type
class OriginalRun:
    """A run of the official code.

    Args:
        paths: where the model is.
        pipeline: the class of its package that runs it.
        arguments: of its `generate.py`, but for the prompt and the image.
    """

    paths: WanPaths
    pipeline: str
    arguments: tuple[str, ...]


def original_run(
    model_id: str,
    variant: str | None = None,
    *,
    size: tuple[int, int] | None = None,
    project: Project | None = None,
) -> OriginalRun:
    """Return how the official code runs a model, after making it ready.

    Steps, shift and guidance are those of the official configuration, which is part of that code. The arguments are
    those of its table of peaks for one GPU: weights wait in the memory of the host, and are converted to bfloat16.

    Args:
        model_id: as `ensure` takes it.
        variant: a variant with the layout `native`.
        size: width and height in pixels; the largest that the model was made for, when it is not given.
        project: the project; that of the working directory when it is not given.

    Raises:
        NotSupportedError: the variant has another layout.
        InvalidInputError: the model was not made for that size.
        WansyncError: as `ensure`.
    """
    paths = get_wan_paths(model_id, variant, project=project)
    if paths.backend is not Backend.WAN:
        raise NotSupportedError(
            f"The official code does not read `{paths.name}`, whose layout is `{paths.layout}`",
            hint="Name a variant with the layout `native`, or load this one with `load_pipeline`",
            model=paths.name,
            layout=str(paths.layout),
        )
    wide, high = size or sizes_of(paths.model)[0]
    check_shape(paths.model, (wide, high), 1)
    arguments = (
        *("--task", _TASKS[paths.type], "--size", f"{wide}*{high}", "--ckpt_dir", str(paths.root)),
        *("--offload_model", "True", "--convert_model_dtype"),
        *(("--t5_cpu",) if paths.type is ModelType.TI2V else ()),
    )
    return OriginalRun(paths=paths, pipeline=str(pipeline_class(paths.type, Backend.WAN)), arguments=arguments)

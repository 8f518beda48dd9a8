"""Which pipeline class runs which type of model, and what is true of every WAN2.2 model of that type.

The numbers are those of the official configurations (`wan/configs/*.py` of Wan-Video/Wan2.2 at 42bf4cfa) and of the
`config.json` that its repositories publish; `examples/wan22` rebuilds these byte for byte. No IO, and no torch.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from wansync.errors import UsageError
from wansync.manifest import ComponentKind, Layout, ModelType, Role
from wansync.text import printable, suggest
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping


class Backend(StrEnum):
    """What runs a model: the Diffusers library, or the official code (the package `wan`)."""

    DIFFUSERS = "diffusers"
    WAN = "wan"


class Expert(StrEnum):
    """Which steps a transformer works on: the noisy beginning, the rest, or all of them."""

    HIGH_NOISE = "high_noise"
    LOW_NOISE = "low_noise"
    ONLY = "only"


class Task(StrEnum):
    """What a pipeline class makes a video from."""

    TEXT = "text"
    IMAGE = "image"


@value_type
class PipelineClass:
    """A class that runs a model: in which package it is, and what it makes a video from (`tasks`)."""

    package: str
    name: str
    tasks: frozenset[Task]

    def __str__(self) -> str:
        return f"{self.package}.{self.name}"


@value_type
class TypeFacts:
    """What is true of every WAN2.2 model of one type.

    Args:
        experts: which transformers it has; two of them take turns, the high-noise one first.
        in_channels: what goes into a transformer. i2v: 16 of noise, 4 of mask, 16 of the image.
        out_channels: what comes out of it, which are latents of the VAE.
        z_dim: channels of those latents.
        vae_stride: pixels to a latent, in height and width.
        frame_stride: frames to a latent; a video has one frame more than a multiple of it.
        vae_file: the name that the official code reads the VAE by.
        expand_timesteps: whether each token has its own time step (the first frame of an image has none).
    """

    experts: tuple[Expert, ...]
    in_channels: int
    out_channels: int
    z_dim: int
    vae_stride: int
    vae_file: str
    expand_timesteps: bool = False
    frame_stride: int = 4
    patch: tuple[int, int, int] = (1, 2, 2)

    @property
    def size_step(self) -> int:
        """What height and width in pixels are a multiple of: a patch of latents."""
        return self.vae_stride * self.patch[1]


_BOTH = (Expert.HIGH_NOISE, Expert.LOW_NOISE)
FACTS: Mapping[ModelType, TypeFacts] = {
    ModelType.T2V: TypeFacts(
        experts=_BOTH, in_channels=16, out_channels=16, z_dim=16, vae_stride=8, vae_file="Wan2.1_VAE.pth"
    ),
    ModelType.I2V: TypeFacts(
        experts=_BOTH, in_channels=36, out_channels=16, z_dim=16, vae_stride=8, vae_file="Wan2.1_VAE.pth"
    ),
    ModelType.TI2V: TypeFacts(
        experts=(Expert.ONLY,),
        in_channels=48,
        out_channels=48,
        z_dim=48,
        vae_stride=16,
        vae_file="Wan2.2_VAE.pth",
        expand_timesteps=True,
    ),
}
TEXT_WIDTH = 4096
"""The hidden size of UMT5-XXL, which every published transformer takes its text from."""
TEXT_TOKENS = 512
"""The most tokens of a prompt; what is longer would be cut off without a word."""
TEXT_ENCODER_FILE = "models_t5_umt5-xxl-enc-bf16.pth"
"""The name that the official code reads the text encoder by."""

EXPERT_SLOTS: Mapping[str, Expert] = {
    "transformer": Expert.HIGH_NOISE,
    "transformer_2": Expert.LOW_NOISE,
    "high_noise_model": Expert.HIGH_NOISE,
    "low_noise_model": Expert.LOW_NOISE,
}
"""Directory of a view, or of a published repository -> the expert that belongs there, where a model has two."""

KIND_ROLES: Mapping[ComponentKind, Role] = {
    ComponentKind.TRANSFORMER: Role.UNET,
    ComponentKind.TEXT_ENCODER: Role.TEXT_ENCODER,
    ComponentKind.TOKENIZER: Role.TEXT_ENCODER,
    ComponentKind.IMAGE_ENCODER: Role.IMAGE_ENCODER,
    ComponentKind.VAE: Role.VAE,
}
"""The role that a component of a kind has a part in; the other kinds have none."""

_T2V_CLASS = PipelineClass(package="diffusers", name="WanPipeline", tasks=frozenset({Task.TEXT}))
_I2V_CLASS = PipelineClass(package="diffusers", name="WanImageToVideoPipeline", tasks=frozenset({Task.IMAGE}))
_CLASSES: Mapping[Backend, Mapping[ModelType, tuple[PipelineClass, ...]]] = {
    Backend.DIFFUSERS: {
        ModelType.T2V: (_T2V_CLASS,),
        ModelType.I2V: (_I2V_CLASS,),
        # The same files load as either.
        ModelType.TI2V: (_T2V_CLASS, _I2V_CLASS),
    },
    Backend.WAN: {
        ModelType.T2V: (PipelineClass(package="wan", name="WanT2V", tasks=frozenset({Task.TEXT})),),
        ModelType.I2V: (PipelineClass(package="wan", name="WanI2V", tasks=frozenset({Task.IMAGE})),),
        ModelType.TI2V: (PipelineClass(package="wan", name="WanTI2V", tasks=frozenset({Task.TEXT, Task.IMAGE})),),
    },
}
_BACKENDS: Mapping[Layout, Backend] = {Layout.DIFFUSERS: Backend.DIFFUSERS, Layout.NATIVE: Backend.WAN}
ALIASES: Mapping[str, ModelType] = {
    "WanT2VPipeline": ModelType.T2V,
    "WanI2VPipeline": ModelType.I2V,
    "WanTI2VPipeline": ModelType.TI2V,
}
"""Names that people write for a pipeline, although no library has such a class."""


def backend_of(layout: Layout) -> Backend | None:
    """Return what reads a view of that layout; `None` where neither does (ComfyUI has its own loader)."""
    return _BACKENDS.get(layout)


def pipeline_classes(type_: ModelType, backend: Backend) -> tuple[PipelineClass, ...]:
    """Return the classes that run a type of model; the first is what its repository names."""
    return _CLASSES[backend][type_]


def pipeline_class(type_: ModelType, backend: Backend, task: Task | None = None) -> PipelineClass:
    """Return the class that runs a type of model on a task; the one that its repository names when none is given.

    Raises:
        UsageError: a model of that type makes no video from that.
    """
    classes = pipeline_classes(type_, backend)
    for found in classes:
        if task is None or task in found.tasks:
            return found
    raise UsageError(
        f"A {type_} model makes no video from {'an image' if task is Task.IMAGE else 'text alone'}",
        hint="Use an i2v or ti2v model" if task is Task.IMAGE else "Use a t2v or ti2v model, or give it an image",
        type=str(type_),
        task=str(task),
    )


def type_of_pipeline(name: str) -> tuple[ModelType, ...]:
    """Return the types of model that a class runs, given by its name or by what people write for it.

    Raises:
        UsageError: no class has that name.
    """
    if name in ALIASES:
        return (ALIASES[name],)
    by_name: dict[str, list[ModelType]] = {}
    for classes in _CLASSES.values():
        for type_, found in classes.items():
            for class_ in found:
                by_name.setdefault(class_.name, []).append(type_)
    if name in by_name:
        return tuple(by_name[name])
    raise UsageError(f"There is no pipeline `{printable(name)}`", hint=suggest(name, [*by_name, *ALIASES]))

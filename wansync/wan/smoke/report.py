"""What a smoke test saw, as values; and what makes one fail. No IO, no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from wansync.documents import Table
from wansync.errors import SmokeFailError
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT_VERSION = "1.0"
WIDTH = HEIGHT = 128
"""The smallest frame that both VAEs and their patches divide, and that no default tile cuts."""
FRAMES = 5
STEPS = 2
FLOW_SHIFT = 3.0
"""Two steps at the official shift of t2v (12) are both the high-noise expert's; at 3 each expert has one."""


@value_type
class SmokeReport:
    """A smoke test that passed.

    Args:
        model: which model, as `model@variant`.
        pipeline: the class that ran it.
        device: torch's name of the device.
        device_name: what the device calls itself.
        precision: the types of transformer, text encoder and VAE.
        offload: how the weights came to the device.
        experts: how often each expert was called.
        shape: frames, height, width and channels of what came out.
        load_seconds: until the pipeline could be called.
        run_seconds: of the whole call: text, steps, decoding.
        seconds_per_step: the mean of the two steps.
        device_peak_bytes: the most that torch held on the device; `None` where the device does not tell.
        process_peak_bytes: the most memory that the process had; `None` where the system does not tell.
        versions: of the libraries.
    """

    model: str
    pipeline: str
    device: str
    device_name: str
    precision: Mapping[str, str]
    offload: str
    experts: Mapping[str, int]
    shape: tuple[int, ...]
    load_seconds: float
    run_seconds: float
    seconds_per_step: float
    device_peak_bytes: int | None
    process_peak_bytes: int | None
    versions: Mapping[str, str]

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/smoke.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "model": self.model,
            "pipeline": self.pipeline,
            "device": self.device,
            "device_name": self.device_name,
            "precision": dict(self.precision),
            "offload": self.offload,
            "steps": STEPS,
            "flow_shift": FLOW_SHIFT,
            "experts": dict(self.experts),
            "shape": list(self.shape),
            "load_seconds": round(self.load_seconds, 3),
            "run_seconds": round(self.run_seconds, 3),
            "seconds_per_step": round(self.seconds_per_step, 3),
            "device_peak_bytes": self.device_peak_bytes,
            "process_peak_bytes": self.process_peak_bytes,
            "versions": dict(self.versions),
        }

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Return the report in a JSON form.

        Raises:
            DocumentError: it is no such form.
        """
        table = Table(dict(values))
        return cls(
            model=table.string("model"),
            pipeline=table.string("pipeline"),
            device=table.string("device"),
            device_name=table.string("device_name"),
            precision=_texts(table.table("precision")),
            offload=table.string("offload"),
            experts={name: table.table("experts").integer(name) for name in table.table("experts").names()},
            shape=tuple(int(side) for side in values["shape"]),
            load_seconds=float(values["load_seconds"]),
            run_seconds=float(values["run_seconds"]),
            seconds_per_step=float(values["seconds_per_step"]),
            device_peak_bytes=values["device_peak_bytes"],
            process_peak_bytes=values["process_peak_bytes"],
            versions=_texts(table.table("versions")),
        )


def check_run(name: str, experts: Mapping[str, int], shape: tuple[int, ...], *, finite: bool) -> None:
    """Return if a run did what every run does.

    Args:
        name: the model.
        experts: how often each of its experts was called.
        shape: frames, height, width and channels of what came out.
        finite: whether all of it are numbers.

    Raises:
        SmokeFailError: an expert was not called, or what came out has another shape or is no number.
    """
    wanted = (FRAMES, HEIGHT, WIDTH, 3)
    idle = sorted(expert for expert, calls in experts.items() if not calls)
    if idle:
        raise SmokeFailError(
            f"`{name}` ran without its expert `{idle[0]}`",
            hint="Look at `boundary_ratio` in `model_index.json` and in the model's defaults: it decides which expert "
            "a step belongs to",
            model=name,
            check="experts",
            idle=idle,
        )
    if shape != wanted:
        raise SmokeFailError(
            f"`{name}` made frames of the shape {shape}, expected {wanted}",
            hint="Look at the configuration of the VAE: its scale factors decide the shape",
            model=name,
            check="shape",
            found=list(map(str, shape)),
        )
    if not finite:
        raise SmokeFailError(
            f"`{name}` made frames that are no numbers",
            hint="Take `bfloat16` or `float32` instead of `float16`, and run `wansync verify` to see that the weights "
            "are the locked ones",
            model=name,
            check="finite",
        )


def _texts(table: Table) -> dict[str, str]:
    return {name: table.string(name) for name in table.names()}

"""The run of a smoke test itself: load a model, take two steps, and look at what came out."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wansync.project import open_workspace
from wansync.wan.catalog import Task
from wansync.wan.hardware import device_name, peak_bytes, pick_device, process_peak_bytes, synchronise
from wansync.wan.libraries import load, versions
from wansync.wan.load import LoadOptions, load_in
from wansync.wan.schedule import apply_schedule
from wansync.wan.smoke.report import FLOW_SHIFT, FRAMES, HEIGHT, STEPS, WIDTH, SmokeReport, check_run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wansync.wan.pipeline import LoadedPipeline

_PROMPT = "a red cat walks over a wooden table"


def take_steps(question: dict[str, Any]) -> SmokeReport:
    """Return what two steps of a model took; the question is that of `wansync.wan.smoke.run`.

    Raises:
        SmokeFailError: an expert was not called, or what came out is not what should.
        WansyncError: as `load_pipeline`.
    """
    workspace = open_workspace(
        Path(question["project"]), choices={"models_root": Path(question["models_root"]), "offline": True}
    )
    # Their import is no part of loading a model.
    load("torch"), load("diffusers"), load("transformers")
    began = time.perf_counter()
    options = LoadOptions(
        device=pick_device(question["device"]),
        mode=question["mode"],
        offload=question["offload"],
        size=(WIDTH, HEIGHT),
        frames=FRAMES,
        # What is kept would spare the text encoder, which is to run too.
        embeddings=False,
    )
    with load_in(workspace, question["model"], options) as loaded:
        loaded.pipe.set_progress_bar_config(disable=True)
        return _run(loaded, began)


def _run(loaded: LoadedPipeline, began: float) -> SmokeReport:
    how = loaded.loaded
    apply_schedule(loaded.pipe, how.defaults, FLOW_SHIFT)
    names = sorted(part.name for part in how.paths.experts.values())
    calls, clock = _count_calls(loaded.pipe, names), _Clock(how.device)
    clock.watch(loaded.pipe, names)
    image = load("PIL.Image").new("RGB", (WIDTH, HEIGHT), (200, 30, 30)) if how.task is Task.IMAGE else None
    synchronise(how.device)
    ready = time.perf_counter()
    video = loaded(
        _PROMPT,
        image=image,
        size=(WIDTH, HEIGHT),
        frames=FRAMES,
        any_size=True,
        steps=STEPS,
        seed=0,
        on_step=clock.stepped,
    )
    done = time.perf_counter()
    experts = {name: calls[name] for name in names}
    shape = tuple(int(side) for side in video.frames.shape)
    check_run(how.paths.name, experts, shape, finite=bool(load("numpy").isfinite(video.frames).all()))
    return SmokeReport(
        model=how.paths.name,
        pipeline=str(how.pipeline),
        device=how.device,
        device_name=device_name(how.device),
        precision=how.planner.wish.dtypes.to_dict(),
        offload=str(how.placement.offload),
        experts=experts,
        shape=shape,
        load_seconds=ready - began,
        run_seconds=done - ready,
        seconds_per_step=clock.seconds / STEPS,
        device_peak_bytes=peak_bytes(how.device),
        process_peak_bytes=process_peak_bytes(),
        versions=versions(),
    )


class _Clock:
    """Times the steps alone: from the first call of an expert to the end of the last step."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._began: float | None = None
        self.seconds = 0.0

    def watch(self, pipe: Any, names: Iterable[str]) -> None:  # noqa: ANN401
        """Begin with the first call of one of the experts."""
        for name in names:
            getattr(pipe, name).register_forward_pre_hook(self._begin)

    def stepped(self, _pipe: object, _step: int, _time: object, values: dict[str, Any]) -> dict[str, Any]:
        """Note the end of a step; what diffusers calls after each one."""
        synchronise(self._device)
        self.seconds = time.perf_counter() - (self._began or 0.0)
        return values

    def _begin(self, *_: object) -> None:
        if self._began is None:
            synchronise(self._device)
            self._began = time.perf_counter()


def _count_calls(pipe: Any, names: Iterable[str]) -> Counter[str]:  # noqa: ANN401
    calls: Counter[str] = Counter()
    for name in names:
        getattr(pipe, name).register_forward_hook(lambda *_, name=name: calls.update([name]))
    return calls

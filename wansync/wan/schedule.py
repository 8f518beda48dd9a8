"""The solver of a pipeline, with the time steps of the official run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wansync.errors import NotSupportedError
from wansync.text import printable
from wansync.wan.libraries import load

if TYPE_CHECKING:
    from wansync.wan.defaults import RunDefaults

_FLOW = {"prediction_type": "flow_prediction", "use_flow_sigmas": True}
_SOLVERS = {
    "unipc": ("UniPCMultistepScheduler", "flow_shift", _FLOW),
    "dpm++": ("DPMSolverMultistepScheduler", "flow_shift", _FLOW),
    "euler": ("FlowMatchEulerDiscreteScheduler", "shift", {}),
}
"""Name in the manifest -> class in diffusers, its name for the shift, and what makes it one of flow matching."""


def check_solver(defaults: RunDefaults) -> None:
    """Return if the solver is one that can be made.

    Raises:
        NotSupportedError: it is not.
    """
    if defaults.scheduler not in _SOLVERS:
        raise NotSupportedError(
            f"There is no solver `{printable(defaults.scheduler)}`",
            hint=f"Name one of {', '.join(f'`{name}`' for name in _SOLVERS)} as `scheduler` in the model's defaults",
            scheduler=printable(defaults.scheduler),
        )


def apply_schedule(pipe: Any, defaults: RunDefaults, flow_shift: float | None = None) -> None:  # noqa: ANN401
    """Give a pipeline the solver, the shift and the boundary of its model, whatever its repository ships.

    The Diffusers repositories of the A14B models ship a shift of 3, where the official runs have 12 and 5.

    Args:
        pipe: a diffusers pipeline.
        defaults: what the model's lock says.
        flow_shift: another shift, where a run has a reason.
    """
    check_solver(defaults)
    class_name, key, more = _SOLVERS[defaults.scheduler]
    class_ = getattr(load("diffusers"), class_name)
    shift = defaults.flow_shift if flow_shift is None else flow_shift
    shifted = {key: shift} if shift is not None else {}
    # A solver of the same class keeps everything else that its repository says.
    own = {} if type(pipe.scheduler) is class_ else more
    pipe.scheduler = class_.from_config(pipe.scheduler.config, **own, **shifted)
    if defaults.boundary_ratio is not None and pipe.config.boundary_ratio != defaults.boundary_ratio:
        pipe.register_to_config(boundary_ratio=defaults.boundary_ratio)

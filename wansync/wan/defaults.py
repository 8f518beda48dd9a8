"""The parameters of a run, from the locked defaults of its model. No IO, no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import InvalidLockError
from wansync.text import printable
from wansync.value_types import value_type
from wansync.wan.modes import Mode, steps_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from wansync.manifest import Model

_MOST = 1e12
"""Beyond which a number cannot be meant."""


@value_type
class RunDefaults:
    """What a call takes that says nothing else.

    Args:
        steps: denoising steps.
        scheduler: the solver, `unipc`.
        flow_shift: how far the time steps lean to the noisy end; other than what the Diffusers repositories ship.
        guidance_scale: of the high-noise expert, or the only one.
        guidance_scale_2: of the low-noise expert.
        boundary_ratio: from which part of the training time steps up the high-noise expert works.
    """

    steps: int
    scheduler: str
    flow_shift: float | None
    guidance_scale: float
    guidance_scale_2: float | None
    boundary_ratio: float | None


def run_defaults(model: Model, mode: Mode) -> RunDefaults:
    """Return the parameters that a mode runs a model with.

    Raises:
        InvalidLockError: the defaults of the model lack one, or it is no such value.
    """
    said = model.defaults
    return RunDefaults(
        steps=steps_of(mode, _steps(model, said)),
        scheduler=str(said.get("scheduler", "unipc")),
        flow_shift=_optional(model, said, "flow_shift"),
        guidance_scale=_number(model, said, "guidance_scale"),
        guidance_scale_2=_optional(model, said, "guidance_scale_2"),
        boundary_ratio=_optional(model, said, "boundary_ratio"),
    )


def _steps(model: Model, said: Mapping[str, Any]) -> int:
    steps = _number(model, said, "steps")
    if not steps.is_integer():
        raise _wrong(model, "steps", said["steps"], "a whole number above zero")
    return int(steps)


def _optional(model: Model, said: Mapping[str, Any], key: str) -> float | None:
    return _number(model, said, key) if key in said else None


def _number(model: Model, said: Mapping[str, Any], key: str) -> float:
    value = said.get(key)
    # TOML knows `inf` and `nan`, which are floats too.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _MOST:
        raise _wrong(model, key, value, "a number above zero")
    return float(value)


def _wrong(model: Model, key: str, value: object, wanted: str) -> InvalidLockError:
    found = "nothing" if value is None else f"`{printable(str(value), limit=80)}`"
    return InvalidLockError(
        f"`{model.id}` cannot run: its default `{key}` should be {wanted}, and is {found}",
        hint=f"Correct `{key}` in `models.{model.id}.defaults` of `models.toml`, and run `wansync lock`",
        model=model.id,
        key=key,
    )

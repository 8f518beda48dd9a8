"""What follows from a mode, a device and the locked defaults, without torch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.wan_tree import model_of
from wansync.errors import InvalidLockError, NotSupportedError, UsageError
from wansync.wan.defaults import run_defaults
from wansync.wan.modes import Mode, choose_dtypes, parse_offload, steps_of
from wansync.wan.schedule import check_solver
from wansync.wan.vram import Offload


@pytest.mark.parametrize(
    ("mode", "device", "dtype", "expected"),
    [
        (Mode.PRODUCTION, "cuda", None, ("bf16", "bf16", "fp32")),
        (Mode.PRODUCTION, "cpu", None, ("fp32", "fp32", "fp32")),
        (Mode.DEVELOPMENT, "cuda", None, ("bf16", "bf16", "bf16")),
        (Mode.DEVELOPMENT, "cpu", None, ("bf16", "bf16", "bf16")),
        (Mode.DEVELOPMENT, "cuda", "float32", ("fp32", "fp32", "fp32")),
        # The text encoder would overflow.
        (Mode.PRODUCTION, "cuda", "torch.float16", ("fp16", "bf16", "fp32")),
        (Mode.DEVELOPMENT, "cuda", "fp16", ("fp16", "bf16", "fp32")),
    ],
)
def test_dtypes_of_a_mode(mode: Mode, device: str, dtype: object, expected: tuple[str, str, str]) -> None:
    found = choose_dtypes(mode, device, dtype)

    assert (found.transformer, found.text_encoder, found.vae) == expected


def test_from_pretrained_is_told_the_names_of_torch() -> None:
    found = choose_dtypes(Mode.PRODUCTION, "cuda")

    assert found.by_component == {"default": "bfloat16", "text_encoder": "bfloat16", "vae": "float32"}


def test_unknown_dtype_is_refused() -> None:
    with pytest.raises(UsageError, match="int8"):
        choose_dtypes(Mode.PRODUCTION, "cuda", "int8")


def test_development_takes_half_the_steps_and_two_at_least() -> None:
    assert [steps_of(mode, 40) for mode in Mode] == [40, 20]
    assert steps_of(Mode.DEVELOPMENT, 2) == 2


def test_offload_is_one_of_those_or_auto() -> None:
    assert parse_offload("auto") is None
    assert parse_offload("group") is Offload.GROUP
    with pytest.raises(UsageError, match="disk"):
        parse_offload("disk")


@pytest.mark.parametrize(
    ("model", "shift", "high", "low", "boundary", "steps"),
    [
        ("t2v-A14B", 12.0, 4.0, 3.0, 0.875, 40),
        ("i2v-A14B", 5.0, 3.5, 3.5, 0.9, 40),
        ("ti2v-5B", 5.0, 5.0, None, None, 50),
    ],
)
def test_defaults_are_the_official_ones(
    model: str, shift: float, high: float, low: float | None, boundary: float | None, steps: int
) -> None:
    found = run_defaults(model_of(model), Mode.PRODUCTION)

    assert (found.flow_shift, found.guidance_scale, found.guidance_scale_2) == (shift, high, low)
    assert (found.boundary_ratio, found.steps) == (boundary, steps)


@pytest.mark.parametrize("value", [None, 0, -1, "many", True, 0.5, float("inf"), float("nan"), 10**400])
def test_default_that_is_no_number_names_its_place(value: object) -> None:
    model = model_of("t2v-A14B")
    defaults = {key: said for key, said in model.defaults.items() if key != "steps"}
    broken = replace(model, defaults=defaults if value is None else {**defaults, "steps": value})

    with pytest.raises(InvalidLockError, match="`steps`") as caught:
        run_defaults(broken, Mode.PRODUCTION)

    assert "models.t2v-A14B.defaults" in caught.value.hint


def test_unknown_solver_is_refused_before_anything_is_loaded() -> None:
    model = model_of("t2v-A14B")
    defaults = run_defaults(replace(model, defaults={**model.defaults, "scheduler": "magic"}), Mode.PRODUCTION)

    with pytest.raises(NotSupportedError, match="magic"):
        check_solver(defaults)

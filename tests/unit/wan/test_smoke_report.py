"""What makes a smoke test fail, and what becomes of the answer of its process: without torch."""

from __future__ import annotations

import json

import pytest

from wansync.errors import NoSpaceError, NoVramError, SmokeFailError
from wansync.wan.smoke import SmokeOptions, SmokeReport
from wansync.wan.smoke.process import Ended
from wansync.wan.smoke.report import check_run
from wansync.wan.smoke.run import _judge

SHAPE = (5, 128, 128, 3)
BOTH = {"transformer": 2, "transformer_2": 2}
REPORT = SmokeReport(
    model="t2v-A14B@tiny",
    pipeline="diffusers.WanPipeline",
    device="cuda:1",
    device_name="a large one",
    precision={"transformer": "bf16", "text_encoder": "bf16", "vae": "fp32"},
    offload="group",
    experts=BOTH,
    shape=SHAPE,
    load_seconds=1.5,
    run_seconds=3.25,
    seconds_per_step=0.5,
    device_peak_bytes=2**33,
    process_peak_bytes=None,
    versions={"torch": "2.13.0"},
)


def judge(said: object, status: int | None = 0) -> SmokeReport:
    return _judge("m@v", Ended(answer=json.dumps(said).encode(), log="", status=status), SmokeOptions())


def test_run_of_all_experts_passes() -> None:
    check_run("m", BOTH, SHAPE, finite=True)


@pytest.mark.parametrize(
    ("experts", "shape", "finite", "check"),
    [
        ({"transformer": 4, "transformer_2": 0}, SHAPE, True, "experts"),
        (BOTH, (4, 128, 128, 3), True, "shape"),
        (BOTH, SHAPE, False, "finite"),
    ],
)
def test_each_check_is_named(
    experts: dict[str, int],
    shape: tuple[int, ...],
    finite: bool,  # noqa: FBT001 (a parameter of the test)
    check: str,
) -> None:
    with pytest.raises(SmokeFailError) as caught:
        check_run("m", experts, shape, finite=finite)

    assert caught.value.facts["check"] == check
    assert caught.value.hint


def test_report_comes_back_from_its_document() -> None:
    assert judge({"result": REPORT.to_dict()}) == REPORT


def test_error_of_the_process_keeps_its_code_and_facts() -> None:
    error = NoVramError("too small", hint="take another", free_gib=1.0)

    with pytest.raises(NoVramError, match="too small") as caught:
        judge({"error": error.to_dict()}, 0)

    assert (caught.value.hint, caught.value.facts) == ("take another", {"free_gib": 1.0})


def test_error_with_a_constructor_of_its_own_comes_back_too() -> None:
    error = NoSpaceError(needed=5, free=1, reserve=0, reclaimable=0)

    with pytest.raises(NoSpaceError) as caught:
        judge({"error": error.to_dict()})

    assert str(caught.value) == str(error)


@pytest.mark.parametrize("said", [{}, {"result": {}}, {"error": {"code": "NEW_CODE"}}, [], {"result": {"shape": "x"}}])
def test_answer_that_is_none_is_a_failure(said: object) -> None:
    with pytest.raises(SmokeFailError, match="gave no answer"):
        judge(said)

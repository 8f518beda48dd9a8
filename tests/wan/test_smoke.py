"""`wansync smoke` runs every expert of a model in a process of its own, and says what is wrong where one does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("torch", reason="torch is not installed (make wan)")
pytest.importorskip("diffusers", reason="diffusers is not installed (make wan)")

from tests.support.project import wansync
from wansync.errors import SmokeFailError, SmokeTimeoutError, UsageError
from wansync.wan import smoke_test
from wansync.wan.smoke import SmokeOptions, child, run, steps
from wansync.wan.smoke.process import Ended, ask_process

if TYPE_CHECKING:
    from collections.abc import Callable

    from wansync import Project

pytestmark = pytest.mark.torch

REPOSITORY = Path(__file__).resolve().parents[2]
EXPERTS = {"t2v-A14B": {"transformer", "transformer_2"}, "ti2v-5B": {"transformer"}}


@pytest.fixture
def question(tiny: Project, tiny_store: Path) -> dict[str, Any]:
    """What the process is asked, for a model that is ready."""
    tiny.ensure("t2v-A14B")
    how = {"device": "cpu", "mode": "production", "offload": "auto"}
    return {"project": str(REPOSITORY), "models_root": str(tiny_store), "model": "t2v-A14B@tiny", **how}


def test_command_runs_both_experts_and_prints_one_document(tiny_store: Path) -> None:
    """Also where a library prints to stdout, as transformers does when it misses something."""
    command = ("smoke", "t2v-A14B", "--device", "cpu", "--project", str(REPOSITORY), "--models-root", str(tiny_store))
    ran = wansync(*command, "--json")

    assert ran.status == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["experts"] == {"transformer": 2, "transformer_2": 2}, "two passes each: with the prompt and without"
    assert told["shape"] == [5, 128, 128, 3]
    assert (told["model"], told["device"], told["offload"]) == ("t2v-A14B@tiny", "cpu", "none")
    assert told["load_seconds"] > 0
    assert 0 < told["seconds_per_step"] < told["run_seconds"]
    assert told["process_peak_bytes"] > 100_000_000
    assert told["device_peak_bytes"] is None


@pytest.mark.parametrize(("model", "class_name"), [("i2v-A14B", "WanImageToVideoPipeline"), ("ti2v-5B", "WanPipeline")])
def test_the_other_types_pass(question: dict[str, Any], tiny: Project, model: str, class_name: str) -> None:
    tiny.ensure(model)
    report = steps.take_steps({**question, "model": model})

    assert report.pipeline == f"diffusers.{class_name}"
    assert set(report.experts) == EXPERTS.get(model, EXPERTS["t2v-A14B"])
    assert all(report.experts.values())
    assert report.precision["vae"] == "fp32"


def test_expert_that_never_runs_is_found(question: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The official shift of t2v leaves the low-noise expert without a step when there are only two."""
    monkeypatch.setattr(steps, "FLOW_SHIFT", 12.0)

    with pytest.raises(SmokeFailError, match="without its expert `transformer_2`") as caught:
        steps.take_steps(question)

    assert caught.value.facts["idle"] == ["transformer_2"]


def test_time_limit_ends_the_run(tiny: Project) -> None:
    with pytest.raises(SmokeTimeoutError, match="was not done after") as caught:
        smoke_test("t2v-A14B", device="cpu", time_limit=0.3, project=tiny)

    assert "--timeout" in caught.value.hint


def test_children_of_a_process_end_with_it_and_its_prints_are_no_answer(tmp_path: Path) -> None:
    """The process starts another one that would run for ever, and waits."""
    pid = tmp_path / "pid"
    code = (
        "import subprocess, sys, time; print('noise', file=sys.stderr)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(pid)!r}, 'w').write(str(child.pid)); time.sleep(600)"
    )
    ended = ask_process(["-c", code], b"{}", 3.0)

    assert ended.status is None
    assert ended.answer == b""
    assert "noise" in ended.log
    wait_until(lambda: is_gone(int(pid.read_text())))


def test_process_ends_when_whoever_started_it_is_killed(question: dict[str, Any], tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    asked = {**question, "model": "t2v-A14B@tiny", "pause": 600}
    child = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid()))\n"
    child += "import wansync.wan.smoke.child as child; child._answer = lambda _: time.sleep(600); child.main()"
    parent = (
        "from wansync.wan.smoke.process import ask_process\n"
        f"ask_process(['-c', {child!r}], {json.dumps(asked).encode()!r}, 600)"
    )
    process = subprocess.Popen([sys.executable, "-c", parent])
    wait_until(lambda: pid.exists() and bool(pid.read_text()))
    process.kill()
    process.wait()

    wait_until(lambda: is_gone(int(pid.read_text())))


def test_process_that_dies_is_told_with_its_last_words(
    tiny: Project, tiny_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wansync.wan.smoke.run._MODULE", "wansync.no_such_module")

    with pytest.raises(SmokeFailError, match="ended with status 1 and gave no answer") as caught:
        smoke_test("t2v-A14B", device="cpu", project=tiny)

    assert any("no_such_module" in str(line) for line in caught.value.facts["log"] or [])  # type: ignore[union-attr]


def test_error_of_the_process_is_the_error_of_the_test(question: dict[str, Any]) -> None:
    answer = json.dumps(child._answer({**question, "device": "tpu9"})).encode()

    with pytest.raises(UsageError, match="no device `tpu9`") as caught:
        run._judge("t2v-A14B@tiny", Ended(answer=answer, log="", status=0), SmokeOptions())

    assert "`cuda`" in caught.value.hint


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # One that nobody waits for stays as a zombie where init does not.
    return Path(f"/proc/{pid}/stat").exists() and ") Z " in Path(f"/proc/{pid}/stat").read_text()


def wait_until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.1)

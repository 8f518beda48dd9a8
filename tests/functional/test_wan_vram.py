"""`wansync wan vram`: the table, what fits, and how the device is asked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document
from tests.support.project import wansync
from wansync.project import open_workspace
from wansync.wan.device import DeviceMemory, find_device
from wansync.wan.fit import VramQuestion, vram

if TYPE_CHECKING:
    from pathlib import Path

NATIVE = ("wan", "vram", "t2v-A14B@native")
FIVE = ("wan", "vram", "ti2v-5B@diffusers")
TORCH = """
class cuda:
    is_available = staticmethod(lambda: True)
    current_device = staticmethod(lambda: 0)
    mem_get_info = staticmethod(lambda index: (20 * 2**30, 24 * 2**30))
    get_device_name = staticmethod(lambda index: "a device of this test")
"""


def test_table_has_a_row_for_each_mode_and_says_what_fits(repository: Path) -> None:
    ran = wansync(*NATIVE, "--backend", "diffusers", "--size", "1280x720", "--frames", "81", "--memory", "40GiB")

    assert ran.stdout == snapshot("""\
t2v-A14B@native (diffusers), 1280x720, 81 frames, bf16, VAE fp32
OFFLOAD     VAE        PEAK   WEIGHTS  LARGEST PHASE  FITS
none        whole  89.0 GiB  64.3 GiB  decode         no
none        tiled  78.7 GiB  64.3 GiB  denoise        no
model       whole  38.0 GiB   0.0 GiB  denoise        yes
model       tiled  38.0 GiB   0.0 GiB  denoise        yes
group       whole  20.1 GiB   0.0 GiB  decode         yes
group       tiled  10.7 GiB   0.0 GiB  denoise        yes
sequential  whole  20.1 GiB   0.0 GiB  decode         yes
sequential  tiled   9.9 GiB   0.0 GiB  denoise        yes
""")
    assert ran.stderr == "40.0 GiB free (as given): the quickest that fits is `model`\n"


def test_page_of_the_documentation_shows_what_is_printed(repository: Path) -> None:
    from tests.conftest import REPOSITORY  # noqa: PLC0415 (only here)

    page = (REPOSITORY / "docs" / "how-to" / "fit-a-device.md").read_text(encoding="utf-8")
    ran = wansync(*FIVE, "--memory", "24GiB")

    assert f"$ wansync wan vram ti2v-5B@diffusers --memory 24GiB\n{ran.stdout}{ran.stderr}" in page


def test_official_code_has_one_row(repository: Path) -> None:
    values = document("wan-vram", wansync(*NATIVE, "--memory", "80GiB", "--json"))

    assert values["backend"] == "wan"
    assert [(mode["offload"], mode["peak_gib"], mode["phases"]) for mode in values["modes"]] == [("model", 59.76, {})]
    assert values["first_fit"] == {"offload": "model", "tiled": False}


def test_mode_that_fits_is_a_row_alone_and_one_that_does_not_is_an_error(repository: Path) -> None:
    fits = wansync(*FIVE, "--memory", "24GiB", "--offload", "model", "--tiled")
    refused = wansync(*FIVE, "--memory", "24GiB", "--offload", "model")

    assert fits.status == 0
    assert len(fits.stdout.splitlines()) == 3
    assert refused.status == 14
    assert refused.stderr.endswith("hint: `model, tiled VAE` fits: it needs 16.1 GiB\n")


def test_tiny_copy_is_told_to_be_one(repository: Path) -> None:
    values = document("wan-vram", wansync("wan", "vram", "t2v-A14B", "--memory", "4GiB", "--json"))
    ran = wansync("wan", "vram", "t2v-A14B", "--memory", "4GiB")

    assert (values["model"], values["published"]) == ("t2v-A14B@tiny", False)
    assert ran.stderr.startswith("t2v-A14B@tiny is a smaller copy of the published model")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--size", "large"), "`large` is no size"),
        (("--size", "1280x720", "--frames", "81"), "`ti2v-5B` makes no video of 1280x720"),
        (("--frames", "80"), "Take 77 or 81"),
        (("--dtype", "int4"), "`int4` is no precision"),
        (("--memory", "much"), "`much` is no size"),
        (("--offload", "disk"), "`disk` is no offload"),
        (("--offload", "none", "--backend", "wan"), "There is no estimate for offload `none` with wan"),
    ],
)
def test_question_that_makes_no_sense_is_refused(repository: Path, arguments: tuple[str, ...], said: str) -> None:
    ran = wansync(*FIVE, *arguments)

    assert ran.status == 2
    assert said in ran.stderr


def test_memory_that_nobody_knows_makes_no_verdict(repository: Path) -> None:
    report = vram(open_workspace(), "ti2v-5B@diffusers", VramQuestion(offload="none"), find=lambda: None)

    assert (report.free_gib, report.device, report.first_fit) == (None, None, None)
    assert [mode["fits"] for mode in report.to_dict()["modes"]] == [None]  # type: ignore[attr-defined]


def test_memory_without_a_unit_is_refused(repository: Path) -> None:
    ran = wansync("wan", "vram", "ti2v-5B@diffusers", "--memory", "24")

    assert ran.status == 2
    assert ran.stderr == "error: No device has 24 B of memory\nhint: Write the unit too, such as `24GiB`\n"


def test_device_that_answers_decides(repository: Path) -> None:
    device = DeviceMemory(name="a device", free=24 * 2**30, total=80 * 2**30)

    report = vram(open_workspace(), "ti2v-5B@diffusers", VramQuestion(), find=lambda: device)

    assert (report.free_gib, report.device) == (24.0, "a device")
    assert report.first_fit is not None
    assert report.first_fit.mode == "model, tiled VAE"


def test_torch_is_asked_in_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "torch.py").write_text(TORCH)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    found = find_device()

    assert found == DeviceMemory(name="a device of this test", free=20 * 2**30, total=24 * 2**30)
    assert "a device of this test" not in str(sys.modules.get("torch"))


@pytest.mark.parametrize("code", ["raise RuntimeError('no driver')", "import time\ntime.sleep(30)", "print('hello')"])
def test_torch_that_does_not_answer_is_no_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    (tmp_path / "torch.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    assert find_device(seconds=1.0) is None

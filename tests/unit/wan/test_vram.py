"""The estimate of device memory: held against every published peak, and what follows from its formula."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import pytest

from examples.wan22.architecture import I2V_A14B, T2V_A14B, TI2V_5B, diffusers, text_encoder
from tests.conftest import REPOSITORY
from tests.support.wan_tree import WanTree, model_of
from wansync.errors import InvalidInputError, NoVramError, UsageError
from wansync.wan import estimate_vram
from wansync.wan.catalog import Backend
from wansync.wan.memory import estimates_of, first_fit, require_fit
from wansync.wan.vram import Offload, Phase, Precision, VramRequest
from wansync.wan.vram_constants import VramConstants

PAGE = REPOSITORY / "docs" / "how-to" / "fit-a-device.md"
WITHIN = 0.12
"""How far off an estimate may be from a published peak: a change of a constant must not pass unseen."""


@dataclass(frozen=True, kw_only=True)
class Peak:
    """A peak that somebody published, in GiB (they write GB), with where; `text` as the page has it."""

    model: str
    width: int
    height: int
    frames: int
    published: float
    source: str
    offload: str = "model"
    vae_dtype: str = "fp32"
    backend: str = "diffusers"

    @property
    def estimate(self) -> float:
        """What we say, in GiB."""
        return estimate_vram(
            model_of(self.model),
            self.width,
            self.height,
            self.frames,
            "bf16",
            self.offload,
            vae_dtype=self.vae_dtype,
            backend=self.backend,
            image=self.model.startswith("i2v"),
        ).peak_gib

    @property
    def deviation(self) -> float:
        """How far off the estimate is, as a part of the published peak."""
        return self.estimate / self.published - 1

    @property
    def row(self) -> str:
        """The row of the table in the page."""
        video, mode = f"{self.width}x{self.height}, {self.frames} frames", f"{self.offload}, VAE {self.vae_dtype}"
        numbers = f"{self.published:.1f} | {self.estimate:.1f} | {self.deviation:+.1%}"
        return f"| {self.backend} | {self.model} | {video} | {mode} | {numbers} | {self.source} |"


A14B_480, A14B_720 = (832, 480, 81), (1280, 720, 81)
OFFICIAL = "official table, one GPU"


def peak(model: str, shape: tuple[int, int, int], published: float, source: str, **more: str) -> Peak:
    return Peak(
        model=model, width=shape[0], height=shape[1], frames=shape[2], published=published, source=source, **more
    )


PEAKS = [
    peak("t2v-A14B", A14B_480, 72.9, "diffusers#12011, A100", offload="none", vae_dtype="bf16"),
    peak("t2v-A14B", A14B_480, 78.9, "diffusers#12011, its reporter", offload="none"),
    peak("t2v-A14B", A14B_480, 35.0, "Diffusers documentation, `about`"),
    peak("t2v-A14B", A14B_480, 41.3, OFFICIAL, backend="wan"),
    peak("i2v-A14B", A14B_480, 41.0, OFFICIAL, backend="wan"),
    peak("t2v-A14B", A14B_720, 59.8, OFFICIAL, backend="wan"),
    peak("i2v-A14B", A14B_720, 59.7, OFFICIAL, backend="wan"),
    peak("ti2v-5B", (1280, 704, 121), 22.9, f"{OFFICIAL}, T2V, RTX 4090", backend="wan"),
    peak("ti2v-5B", (1280, 704, 121), 22.8, f"{OFFICIAL}, I2V, RTX 4090", backend="wan"),
]


@pytest.mark.parametrize("published", PEAKS, ids=lambda one: f"{one.backend}-{one.model}-{one.published}")
def test_estimate_is_near_the_published_peak_of_its_backend(published: Peak) -> None:
    print(published.row)  # noqa: T201 (shown by `pytest -rP`)

    assert abs(published.deviation) <= WITHIN


def test_page_has_every_published_peak_and_how_far_off_we_are() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(("| diffusers", "| wan"))]

    assert rows == [one.row for one in PEAKS], "write the rows that pytest shows into docs/how-to/fit-a-device.md"


@pytest.mark.parametrize(
    ("model", "shape", "options", "gib"),
    [
        ("t2v-A14B", A14B_720, {"offload": "model"}, 38.0),
        ("ti2v-5B", (1280, 704, 121), {"offload": "model"}, 24.3),
        ("ti2v-5B", (1280, 704, 121), {"offload": "model", "tiled": True}, 16.1),
        ("ti2v-5B", (1280, 704, 121), {"offload": "none"}, 45.7),
    ],
)
def test_estimate_is_what_the_formula_gives_by_hand(
    model: str, shape: tuple[int, int, int], options: dict[str, object], gib: float
) -> None:
    found = estimate_vram(model_of(model), *shape, **options)  # type: ignore[arg-type]

    assert round(found.peak_gib, 1) == gib


def test_parameters_of_the_manifest_follow_from_the_architecture() -> None:
    for model, transformer in (("t2v-A14B", T2V_A14B), ("i2v-A14B", I2V_A14B), ("ti2v-5B", TI2V_5B)):
        tensors = diffusers("", transformer).tensors
        block = [tensor for tensor in tensors if tensor.name.startswith("blocks.0.")]
        text = text_encoder("").tensors
        constants = VramConstants.of(model_of(model))

        assert round(constants.params) == sum(tensor.elements for tensor in tensors)
        assert round(constants.block_params) == sum(tensor.elements for tensor in block)
        assert round(constants.text_encoder_params) == sum(tensor.elements for tensor in text)
        assert round(constants.text_encoder_block_params) == max(tensor.elements for tensor in text)


REQUEST = VramRequest(width=1280, height=720, frames=81)


def test_each_mode_needs_no_more_than_the_one_before_and_tiles_no_more_than_the_whole() -> None:
    peaks = {
        (one.request.offload, one.request.tiled): one.peak_gib for one in estimates_of(model_of("t2v-A14B"), REQUEST)
    }

    for tiled in (False, True):
        assert all(more >= less for more, less in pairwise(peaks[mode, tiled] for mode in Offload))
    assert all(peaks[mode, False] >= peaks[mode, True] for mode in Offload)


def test_only_a_run_without_offload_keeps_weights_on_the_device() -> None:
    kept = {one.request.offload: one.weights_gib for one in estimates_of(model_of("t2v-A14B"), REQUEST)}

    assert round(kept.pop(Offload.NONE), 1) == 64.3
    assert set(kept.values()) == {0.0}


def test_text_encoder_that_is_not_loaded_saves_its_weights() -> None:
    with_it, without = (
        estimate_vram(model_of("t2v-A14B"), *A14B_480, text_encoder=loaded).weights_gib for loaded in (True, False)
    )

    assert round(with_it - without, 1) == 10.6


def test_image_is_a_phase_of_its_own() -> None:
    phases = [
        [one.phase for one in estimate_vram(model_of("ti2v-5B"), 1280, 704, 121, image=image).phases]
        for image in (False, True)
    ]

    assert phases == [
        [Phase.TEXT, Phase.DENOISE, Phase.DECODE],
        [Phase.TEXT, Phase.ENCODE, Phase.DENOISE, Phase.DECODE],
    ]
    assert Phase.ENCODE in [one.phase for one in estimate_vram(model_of("i2v-A14B"), *A14B_480).phases]


def test_precision_of_the_weights_decides_about_them() -> None:
    weights = [
        estimate_vram(model_of("ti2v-5B"), 1280, 704, 121, dtype, "model").phases[1] for dtype in ("fp32", "fp8")
    ]

    assert [round(phase.weights_gib, 1) for phase in weights] == [18.6, 4.7]
    assert weights[0].activation_gib == 2 * weights[1].activation_gib


def test_tiny_copy_fits_nearly_anywhere(tmp_path: object) -> None:
    tree = WanTree(tmp_path, "t2v-A14B")  # type: ignore[arg-type]

    found = estimate_vram(tree.paths, 128, 128, 5)

    assert found.weights_gib < 0.01
    assert found.peak_gib < 1


def test_official_code_is_known_with_offload_alone() -> None:
    with pytest.raises(UsageError, match="there is no estimate with offload `group`"):
        estimate_vram(model_of("t2v-A14B"), *A14B_480, offload="group", backend="wan")


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("bf16", "disk"), {}, "`disk` is no offload"),
        (("int3", "none"), {}, "`int3` is no precision"),
        (("bf16", "none"), {"backend": "onnx"}, "`onnx` is no backend"),
    ],
)
def test_choice_that_makes_no_sense_is_refused(
    arguments: tuple[str, str], options: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        estimate_vram(model_of("t2v-A14B"), *A14B_480, *arguments, **options)  # type: ignore[arg-type]


def test_video_that_the_model_cannot_make_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        estimate_vram(model_of("ti2v-5B"), 1280, 720, 121)


@pytest.mark.parametrize("gone", ["params_billion", "block_params_billion", "diffusers"])
def test_manifest_without_a_constant_is_told(gone: str) -> None:
    model = model_of("t2v-A14B")
    model = replace(model, vram={key: value for key, value in model.vram.items() if key != gone})

    with pytest.raises(UsageError) as caught:
        estimate_vram(model, *A14B_480)

    assert caught.value.reason == f"`t2v-A14B` has no constants for an estimate of its memory: `{gone}` is missing"


@pytest.mark.parametrize("value", [0, -1.0, 1e300, "many", True])
def test_constant_that_makes_no_sense_is_told(value: object) -> None:
    model = model_of("t2v-A14B")
    model = replace(model, vram={**model.vram, "vae_stride": value})

    with pytest.raises(UsageError, match="has no constants for an estimate"):
        estimate_vram(model, *A14B_480)


def test_manifest_without_constants_of_the_official_code_is_told() -> None:
    model = model_of("t2v-A14B")
    model = replace(model, vram={key: value for key, value in model.vram.items() if key != "wan"})

    with pytest.raises(UsageError, match="no constants for the official code"):
        estimate_vram(model, *A14B_480, offload="model", backend="wan")


def test_model_can_be_named(repository: object) -> None:
    by_name = estimate_vram("wan2.2-t2v-a14b", *A14B_480, offload="model")

    assert by_name == estimate_vram(model_of("t2v-A14B"), *A14B_480, offload="model")


# Does it fit?


@pytest.mark.parametrize(
    ("free", "mode"),
    [(80.0, "none"), (76.0, "none, tiled VAE"), (40.0, "model"), (24.0, "group"), (6.0, "group, tiled VAE"), (5.5, "")],
)
def test_first_mode_that_fits_is_the_quickest(free: float, mode: str) -> None:
    request = replace(REQUEST, width=832, height=480)

    found = first_fit(estimates_of(model_of("t2v-A14B"), request), free)

    expected = {"group, tiled VAE": "group, tiled VAE", "": "sequential, tiled VAE"}.get(mode, mode)
    assert found is not None
    assert found.mode == expected


def test_run_that_does_not_fit_names_the_first_mode_that_does() -> None:
    model = model_of("t2v-A14B")
    wanted = estimate_vram(model, *A14B_720, offload="model")
    require_fit(model, wanted, 40.0)

    with pytest.raises(NoVramError) as caught:
        require_fit(model, wanted, 24.0)

    assert caught.value.reason == (
        "`t2v-A14B` at 1280x720 with 81 frames needs about 38.0 GiB of device memory (offload model), "
        "and 24.0 GiB are free"
    )
    assert caught.value.hint == "`group` fits: it needs 20.1 GiB"
    assert caught.value.facts["fitting_offload"] == "group"


def test_run_that_fits_in_no_mode_is_told_so() -> None:
    model = model_of("t2v-A14B")

    with pytest.raises(NoVramError) as caught:
        require_fit(model, estimate_vram(model, *A14B_720), 4.0)

    assert caught.value.hint.startswith("No mode fits")


def test_requests_default_to_what_loads_as_published() -> None:
    assert (REQUEST.dtype, REQUEST.vae_dtype, REQUEST.backend) == (Precision.BF16, Precision.FP32, Backend.DIFFUSERS)

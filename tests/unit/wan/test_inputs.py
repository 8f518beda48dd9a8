"""What a pipeline would refuse or quietly change is refused first; images are in tests/wan/test_images.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.wan_tree import model_of
from wansync.errors import InvalidInputError, InvalidLockError
from wansync.wan import validate_inputs
from wansync.wan.catalog import Task
from wansync.wan.images import fit_size
from wansync.wan.inputs import MAX_FRAMES, WanInputs, check_numbers
from wansync.wan.stated import sizes_of


def refusal(model_id: str, prompt: str = "a cat", **options: Any) -> tuple[str, str]:  # noqa: ANN401
    """Return what is said about inputs that are refused."""
    with pytest.raises(InvalidInputError) as caught:
        validate_inputs(model_of(model_id), prompt, **options)
    return caught.value.reason, caught.value.hint


@pytest.mark.parametrize(
    ("model_id", "size", "frames", "fps"), [("t2v-A14B", (1280, 720), 81, 16), ("ti2v-5B", (1280, 704), 121, 24)]
)
def test_what_is_left_out_is_what_the_model_was_made_for(
    model_id: str, size: tuple[int, int], frames: int, fps: int
) -> None:
    found = validate_inputs(model_of(model_id), "a cat")

    assert found == WanInputs(
        task=Task.TEXT, prompt="a cat", negative_prompt="", width=size[0], height=size[1], frames=frames, fps=fps
    )


def test_what_is_given_is_what_is_used() -> None:
    found = validate_inputs(model_of("t2v-A14B"), "a cat", size=(480, 832), frames=5, negative_prompt="blurred")

    assert (found.width, found.height, found.frames, found.negative_prompt) == (480, 832, 5, "blurred")


def test_image_to_a_text_model_is_refused_before_it_is_looked_at() -> None:
    assert refusal("t2v-A14B", image="no such file.png") == (
        "`t2v-A14B` is a t2v model and takes no image",
        "Leave out the image, or use an i2v or ti2v model",
    )


def test_image_model_without_an_image_is_refused() -> None:
    assert refusal("i2v-A14B")[0] == "`i2v-A14B` is an i2v model and needs an image"


@pytest.mark.parametrize(
    ("model_id", "size", "reason", "hint"),
    [
        ("t2v-A14B", (1280, 724), "width and height must be multiples of 16", "Take 1280x720"),
        ("ti2v-5B", (1280, 720), "width and height must be multiples of 32", "Take 1280x704"),
        ("t2v-A14B", (0, 720), "width and height must be multiples of 16", "Take 16x720"),
        ("t2v-A14B", (-1280, 720), "width and height must be multiples of 16", "Take 16x720"),
        ("t2v-A14B", (16384, 16), "at most 8192", "Take 8192x16"),
        ("t2v-A14B", (1024, 1024), "was not made for 1024x1024", "Take one of 1280x720, 720x1280, 832x480, 480x832"),
    ],
)
def test_size_that_would_be_cut_or_was_not_meant(model_id: str, size: tuple[int, int], reason: str, hint: str) -> None:
    said, helps = refusal(model_id, size=size)

    assert reason in said
    assert helps.startswith(hint)


def test_any_size_is_taken_on_demand_but_none_that_would_be_cut() -> None:
    assert validate_inputs(model_of("ti2v-5B"), "a cat", size=(128, 128), any_size=True).width == 128
    assert "multiples of 32" in refusal("ti2v-5B", size=(144, 144), any_size=True)[0]


@pytest.mark.parametrize(
    ("frames", "hint"),
    [
        (4, "Take 1 or 5"),
        (80, "Take 77 or 81"),
        (0, "Take 1 or 5"),
        (-3, "Take 1 or 5"),
        (MAX_FRAMES + 4, f"Take {MAX_FRAMES}"),
    ],
)
def test_frames_that_would_be_rounded(frames: int, hint: str) -> None:
    assert refusal("t2v-A14B", frames=frames)[1] == hint


@pytest.mark.parametrize("frames", [1, 5, 81, MAX_FRAMES])
def test_frames_that_a_model_can_make(frames: int) -> None:
    assert validate_inputs(model_of("t2v-A14B"), "a cat", frames=frames).frames == frames


@pytest.mark.parametrize("prompt", ["", "  \n"])
def test_empty_prompt(prompt: str) -> None:
    assert refusal("t2v-A14B", prompt)[0] == "The prompt is empty"


def test_prompt_that_would_be_cut_off() -> None:
    def count(text: str) -> int:
        return len(text.split()) + 1

    exact = "cat " * 511
    assert validate_inputs(model_of("t2v-A14B"), exact, count_tokens=count).prompt_tokens == 512
    assert refusal("t2v-A14B", exact + "cat", count_tokens=count) == (
        "The prompt has 513 tokens, and all after 512 would be cut off",
        "Shorten it",
    )
    assert "The negative prompt has 601" in refusal("t2v-A14B", negative_prompt="x " * 600, count_tokens=count)[0]


@pytest.mark.parametrize(
    ("steps", "length", "tokens", "reason"),
    [
        (0, 512, 9, "No video comes out of 0 steps"),
        (2, 0, None, "`max_sequence_length` is 0, and must be from 1 to 512"),
        (2, 513, 9, "`max_sequence_length` is 513, and must be from 1 to 512"),
        (2, 16, 17, "A prompt has 17 tokens, and all after 16 would be cut off"),
    ],
)
def test_numbers_of_a_call_that_would_fail_late_or_cut_a_prompt(
    steps: int, length: int, tokens: int | None, reason: str
) -> None:
    check_numbers(1, 512, 512)
    check_numbers(1, 1, None)

    with pytest.raises(InvalidInputError) as caught:
        check_numbers(steps, length, tokens)

    assert caught.value.reason == reason


def test_tokens_that_nobody_counted_are_not_made_up() -> None:
    assert validate_inputs(model_of("t2v-A14B"), "cat " * 600).prompt_tokens is None


def test_sizes_are_the_largest_first_and_lie_before_they_stand() -> None:
    assert sizes_of(model_of("t2v-A14B")) == ((1280, 720), (720, 1280), (832, 480), (480, 832))


def test_model_without_sizes_needs_one() -> None:
    model = replace(model_of("t2v-A14B"), defaults={})

    with pytest.raises(InvalidInputError, match="states no sizes"):
        validate_inputs(model, "a cat")
    assert validate_inputs(model, "a cat", size=(128, 128)).frames == 81


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("frames", "many", "`frames` in the defaults of `t2v-A14B` is `many`, not a whole number above zero"),
        ("fps", 0, "`fps` in the defaults of `t2v-A14B` is `0`, not a whole number above zero"),
        ("frames", True, "`frames` in the defaults of `t2v-A14B` is `True`, not a whole number above zero"),
        ("sizes", "1280*720", '`sizes` in the defaults of `t2v-A14B` is `1280*720`, not a list such as `["1280*720"]`'),
        ("sizes", ["wide"], "not a list such as"),
        ("sizes", ["1" * 5000 + "*720"], "not a list such as"),
    ],
)
def test_defaults_that_make_no_sense_are_told(key: str, value: object, said: str) -> None:
    model = model_of("t2v-A14B")
    model = replace(model, defaults={**model.defaults, key: value})

    with pytest.raises(InvalidLockError) as caught:
        validate_inputs(model, "a cat")
    assert said in caught.value.reason


@pytest.mark.parametrize(
    ("image", "area", "step", "size"),
    [
        ((1920, 1080), 1280 * 720, 16, (1280, 720)),
        ((1080, 1920), 1280 * 720, 16, (720, 1280)),
        ((1000, 1000), 1280 * 720, 16, (960, 960)),
        ((1920, 1080), 1280 * 704, 32, (1248, 704)),
        ((400, 300), 832 * 480, 16, (720, 544)),
    ],
)
def test_size_for_an_image_has_its_shape_and_at_most_the_area(
    image: tuple[int, int], area: int, step: int, size: tuple[int, int]
) -> None:
    width, height = fit_size(image, area, step)

    assert (width, height) == size
    assert width % step == height % step == 0
    assert width * height <= area


def test_image_that_is_a_strip_has_no_size() -> None:
    with pytest.raises(InvalidInputError, match="too narrow"):
        fit_size((9000, 1000), 1280 * 720, 16)

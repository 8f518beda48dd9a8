"""The image that a video begins with: what is done to it, and what is told of it. Needs PIL, but no torch."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("PIL", reason="PIL is not installed (make wan)")

import numpy as np
from PIL import EpsImagePlugin, Image

from tests.support.wan_tree import model_of
from wansync.errors import InvalidInputError
from wansync.wan import validate_inputs
from wansync.wan.images import PreparedImage, open_image, prepare_image

if TYPE_CHECKING:
    from pathlib import Path

ORIENTATION = 0x0112
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def quarters(width: int = 64, height: int = 32) -> Any:  # noqa: ANN401
    """Return an image that is red at the left and blue at the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image


def prepared(model_id: str, image: object, **options: Any) -> PreparedImage:  # noqa: ANN401
    found = validate_inputs(model_of(model_id), "a cat", image=image, **options).image
    assert found is not None
    return found


def test_size_of_the_video_follows_the_shape_of_the_image() -> None:
    found = validate_inputs(model_of("i2v-A14B"), "a cat", image=Image.new("RGB", (1000, 1000)))

    assert (found.width, found.height) == (960, 960)
    assert found.image is not None
    assert found.image.image.size == (960, 960)
    assert (found.image.original, found.image.scaled, found.image.crop) == ((1000, 1000), (960, 960), (0, 0, 960, 960))
    assert found.image.notes == ()


def test_image_covers_the_size_that_was_named_and_is_cropped_from_the_middle() -> None:
    found = prepared("i2v-A14B", quarters(2000, 1000), size=(480, 832))

    assert (found.original, found.scaled, found.crop) == ((2000, 1000), (1664, 832), (592, 0, 1072, 832))
    assert found.image.size == (480, 832)
    assert (found.image.getpixel((10, 400)), found.image.getpixel((470, 400))) == (RED, BLUE)


def test_enlarging_is_told() -> None:
    found = prepared("ti2v-5B", Image.new("RGB", (320, 176)), size=(1280, 704))

    assert found.notes == ("enlarged 4.00 times",)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_image_is_turned_as_its_exif_says(tmp_path: Path, orientation: int) -> None:
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    upright = quarters()
    upright.paste(GREEN, (0, 0, 8, 8))
    stored = upright.transpose(turns[orientation]) if orientation in turns else upright
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored.save(tmp_path / "turned.png", exif=exif)

    found = open_image(tmp_path / "turned.png")

    assert found.image.tobytes() == upright.tobytes()
    assert found.notes == (() if orientation == 1 else (f"turned as its EXIF orientation {orientation} says",))


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "RGBX"])
def test_other_modes_become_rgb_and_it_is_told(mode: str) -> None:
    found = open_image(Image.new("RGB", (8, 8), WHITE).convert(mode))

    assert (found.image.mode, found.image.getpixel((4, 4))) == ("RGB", WHITE)
    assert found.notes == (f"converted from {mode} to RGB",)


def test_transparent_parts_become_white_and_opaque_images_stay_as_they_are() -> None:
    image = Image.new("RGBA", (8, 8), (255, 0, 0, 255))
    assert open_image(image).notes == ("converted from RGBA to RGB",)
    image.putpixel((0, 0), (0, 0, 255, 0))

    found = open_image(image)

    assert (found.image.getpixel((0, 0)), found.image.getpixel((1, 1))) == (WHITE, RED)
    assert found.notes == ("transparent parts are white",)


def test_sixteen_bits_of_grey_keep_their_range() -> None:
    image = Image.new("I;16", (4, 4))
    image.putpixel((1, 1), 65535)
    image.putpixel((2, 2), 32768)

    found = open_image(image)

    assert [found.image.getpixel((n, n)) for n in range(3)] == [(0, 0, 0), WHITE, (128, 128, 128)]
    assert found.notes == ("converted from 16-bit grey to RGB",)


def test_only_the_first_frame_of_several_is_taken_and_it_is_told(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, BLUE)]
    frames[0].save(tmp_path / "two.gif", save_all=True, append_images=frames[1:])

    found = open_image(tmp_path / "two.gif")

    assert found.image.getpixel((0, 0)) == RED
    assert found.notes[0] == "the first of 2 frames"


def test_image_that_was_given_is_left_as_it_is() -> None:
    image = quarters(2000, 1000)
    before = image.tobytes()

    prepare_image(open_image(image), (480, 832))

    assert image.tobytes() == before


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"<!doctype html>", "is no image that can be read"), (b"", "is no image that can be read")],
)
def test_file_that_is_no_image_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(data)

    with pytest.raises(InvalidInputError) as caught:
        open_image(path)
    assert caught.value.reason == f"`{path}` {reason}"


def test_image_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(stream, "PNG")
    (tmp_path / "half.png").write_bytes(stream.getvalue()[:1000])

    with pytest.raises(InvalidInputError, match="is no image that can be read"):
        open_image(tmp_path / "half.png")


def test_image_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="There is no image"):
        open_image(tmp_path / "cat.png")


def test_image_that_would_fill_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("1", (400, 400)).save(tmp_path / "bomb.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)

    with pytest.raises(InvalidInputError, match="is too large"):
        open_image(tmp_path / "bomb.png")


def test_pixels_whose_range_nobody_knows_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="of the mode `F`"):
        open_image(Image.new("F", (8, 8)))


def test_pixels_are_what_the_pipeline_makes_of_the_image() -> None:
    processor = pytest.importorskip("diffusers.video_processor", reason="needs diffusers (make wan)")
    image = prepared("ti2v-5B", quarters(640, 352), size=(128, 96), any_size=True)

    made = processor.VideoProcessor(vae_scale_factor=16).preprocess(image.image, height=96, width=128)

    pixels = image.pixels()
    assert (pixels.shape, pixels.dtype, pixels.min(), pixels.max()) == ((3, 96, 128), np.float32, -1.0, 1.0)
    assert np.allclose(made.numpy()[0], pixels, atol=1e-6)


def test_image_that_is_a_program_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran, program = tmp_path / "ran", tmp_path / "gs"
    program.write_text(f"#!/bin/sh\ntouch {ran}\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", str(program))
    quarters().save(tmp_path / "drawn.png", format="EPS")

    with pytest.raises(InvalidInputError, match=r"is a program that draws an image \(EPS\), and is not run"):
        open_image(tmp_path / "drawn.png")
    with Image.open(tmp_path / "drawn.png") as given, pytest.raises(InvalidInputError, match="is not run"):
        open_image(given)
    assert not ran.exists()

"""The image that a video begins with: upright, in RGB, and of exactly the size of the video.

Every step that changes more than the size is told in `notes`, none is silent.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from wansync.errors import InvalidInputError
from wansync.text import printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray
    from PIL import Image

    AnyImage: TypeAlias = str | os.PathLike[str] | Image.Image

_ALPHA = {"RGBA", "LA", "PA", "RGBa", "La"}
_PLAIN = {"1", "L", "P", "RGBX", "CMYK", "YCbCr", "HSV", "LAB"}
_SIXTEEN = {"I;16", "I;16L", "I;16B", "I;16N"}
_PROGRAMS = {"EPS"}
"""Formats for which PIL starts another program (Ghostscript), which runs what the file says."""
_ORIENTATION = 0x0112
"""The EXIF tag for how a camera was held."""
_MOST_NARROW = 8
"""No video is as narrow as that: the image would be a strip of a few latents."""


@value_type
class UprightImage:
    """An image in RGB with its pixels where a viewer shows them; `notes` say what was done for it."""

    image: Image.Image
    notes: tuple[str, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        width, height = self.image.size
        return int(width), int(height)


@value_type
class PreparedImage:
    """An image of the size of a video.

    Args:
        image: in RGB.
        original: width and height of what it was made from, upright.
        scaled: what that was resized to, in its own shape, before it was cropped.
        crop: left, upper, right and lower edge of what was kept of that.
        notes: what else was done to it.
    """

    image: Image.Image
    original: tuple[int, int]
    scaled: tuple[int, int]
    crop: tuple[int, int, int, int]
    notes: tuple[str, ...]

    def pixels(self) -> NDArray[Any]:
        """Return what the VAE takes: float32, channels x height x width, from -1 (black) to 1."""
        import numpy as np  # noqa: PLC0415 (only whoever computes needs it)

        values = np.asarray(self.image, dtype=np.float32) / 255.0
        return np.ascontiguousarray(values.transpose(2, 0, 1) * 2.0 - 1.0)


def open_image(given: AnyImage) -> UprightImage:
    """Return an image upright and in RGB.

    Args:
        given: a path, or an image of PIL, which is left as it is.

    Raises:
        InvalidInputError: there is no such file, it is no image, or its pixels have no colours.
    """
    from PIL import Image  # noqa: PLC0415 (a text-to-video run needs no PIL)

    if isinstance(given, Image.Image):
        return _upright(given, "the image")
    path = Path(given)
    shown = printable(str(path))
    try:
        with Image.open(path) as opened:
            return _upright(opened, f"`{shown}`")
    except FileNotFoundError:
        raise InvalidInputError(f"There is no image `{shown}`", hint="Check the path", path=shown) from None
    except (Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        what = "is too large" if isinstance(error, Image.DecompressionBombError) else "is no image that can be read"
        raise InvalidInputError(
            f"`{shown}` {what}", hint="Take an intact PNG, JPEG or WebP file", path=shown, why=printable(str(error))
        ) from error


def fit_size(image: tuple[int, int], area: int, step: int) -> tuple[int, int]:
    """Return the size of a video in the shape of an image: multiples of `step`, at most `area` pixels.

    As in the official code: width and height follow from the area and the shape, and are cut to a multiple.

    Raises:
        InvalidInputError: the image is so narrow that no such size has its shape.
    """
    width, height = image
    shape = height / width
    if not 1 / _MOST_NARROW <= shape <= _MOST_NARROW:
        raise InvalidInputError(
            f"The image is {width}x{height}, too narrow for a video of its shape",
            hint="Crop it, or name the size of the video",
            width=width,
            height=height,
        )
    tall = math.sqrt(area * shape) // step * step
    wide = math.sqrt(area / shape) // step * step
    return max(step, int(wide)), max(step, int(tall))


def prepare_image(image: UprightImage, size: tuple[int, int]) -> PreparedImage:
    """Return an image resized in its own shape until it covers `size`, and cropped to it from the middle."""
    from PIL import Image  # noqa: PLC0415 (whoever has an image has loaded it)

    width, height = image.size
    factor = max(size[0] / width, size[1] / height)
    scaled = (max(size[0], round(width * factor)), max(size[1], round(height * factor)))
    left, upper = (scaled[0] - size[0]) // 2, (scaled[1] - size[1]) // 2
    crop = (left, upper, left + size[0], upper + size[1])
    notes = list(image.notes)
    if factor > 1:
        notes.append(f"enlarged {factor:.2f} times")
    resized = image.image.resize(scaled, Image.Resampling.LANCZOS) if scaled != image.size else image.image
    return PreparedImage(image=resized.crop(crop), original=image.size, scaled=scaled, crop=crop, notes=tuple(notes))


def _upright(opened: Image.Image, name: str) -> UprightImage:
    from PIL import ImageOps  # noqa: PLC0415 (see above)

    if opened.format in _PROGRAMS:
        raise InvalidInputError(
            f"{name} is a program that draws an image ({opened.format}), and is not run",
            hint="Take an intact PNG, JPEG or WebP file",
        )
    notes = [f"the first of {opened.n_frames} frames"] if getattr(opened, "n_frames", 1) > 1 else []
    turned = opened.getexif().get(_ORIENTATION, 1)
    # A copy: what was opened is closed, and what was given is left as it is.
    upright = ImageOps.exif_transpose(opened)
    if turned in range(2, 9):
        notes.append(f"turned as its EXIF orientation {turned} says")
    return UprightImage(image=_to_rgb(upright, name, notes), notes=tuple(notes))


def _to_rgb(image: Image.Image, name: str, notes: list[str]) -> Image.Image:
    from PIL import Image  # noqa: PLC0415 (see above)

    mode = image.mode
    if mode == "RGB" and "transparency" not in image.info:
        return image
    if mode in _ALPHA or "transparency" in image.info:
        whole = image.convert("RGBA")
        if whole.getextrema()[3][0] == 255:  # noqa: PLR2004 (opaque everywhere)
            notes.append(f"converted from {mode} to RGB")
            return whole.convert("RGB")
        notes.append("transparent parts are white")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), whole).convert("RGB")
    if mode in _SIXTEEN:
        notes.append("converted from 16-bit grey to RGB")
        return image.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    if mode in _PLAIN:
        notes.append(f"converted from {mode} to RGB")
        return image.convert("RGB")
    raise InvalidInputError(
        f"The pixels of {name} are of the mode `{printable(mode)}`, whose range nobody knows",
        hint="Save it as RGB with 8 bits",
        mode=printable(mode),
    )

"""Make a video with a WAN2.2 model: frames as PNG files, and all of them as an animated WebP.

    python examples/generate.py t2v-A14B --out red-cat
    python examples/generate.py i2v-A14B --image first-frame.png --out red-cat
    python examples/generate.py ti2v-5B --device cuda --size 1280x704 --frames 121 --steps 50

In this repository the models are tiny copies with random weights, so the first two take seconds on a processor and show
noise. With `WANSYNC_PROFILE=prod` or `ti2v-5B@diffusers` the same program runs the published ones. Needs the extra
`wan`. WebP is what Pillow writes itself; for other formats give the PNG files to a program such as ffmpeg.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wansync import Project, WansyncError
from wansync.wan import load_pipeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wansync.wan import Video

SMALL = (128, 128)
_MILLISECONDS = 1000


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description="Make a video with a WAN2.2 model.")
    parser.add_argument("model", help="such as t2v-A14B, i2v-A14B, ti2v-5B, or with a variant: ti2v-5B@diffusers")
    parser.add_argument("--prompt", default="A red cat walks over a wooden table")
    parser.add_argument("--image", type=Path, help="what the video begins with: required by i2v, possible with ti2v")
    parser.add_argument("--out", type=Path, default=Path("video"), help="a directory; it is made")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1")
    parser.add_argument("--mode", default="production", choices=["production", "development"])
    parser.add_argument("--size", type=size, default=SMALL, help="width and height, such as 1280x704")
    parser.add_argument("--frames", type=int, default=5)
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--project", type=Path, help="the directory of models.toml, when it is not this one")
    return parser.parse_args(arguments)


def size(text: str) -> tuple[int, int]:
    """Return the width and height in a text such as `1280x704`."""
    width, height = text.split("x")
    return int(width), int(height)


def make(options: argparse.Namespace) -> Video:
    """Load the model, and make the video."""
    with load_pipeline(
        options.model,
        device=options.device,
        mode=options.mode,
        task="image" if options.image else None,
        # What memory is planned for; else it would be for the largest video that the model was made for.
        size=options.size,
        frames=options.frames,
        project=Project(options.project),
    ) as pipeline:
        return pipeline(
            options.prompt,
            image=options.image,
            size=options.size,
            frames=options.frames,
            steps=options.steps,
            seed=options.seed,
            # The tiny size is none that the model was made for.
            any_size=True,
        )


def save(video: Video, out: Path) -> list[Path]:
    """Write the frames as PNG files, and a video of all of them; return what was written."""
    out.mkdir(parents=True, exist_ok=True)
    images = video.images()
    paths = [out / f"frame-{number:03}.png" for number in range(len(images))]
    for image, path in zip(images, paths, strict=True):
        image.save(path)
    film = out / "video.webp"
    duration = round(_MILLISECONDS / video.fps)
    images[0].save(film, save_all=True, append_images=images[1:], duration=duration, loop=0, lossless=True)
    return [*paths, film]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program, and return its exit status."""
    options = parse(arguments)
    try:
        video = make(options)
    except WansyncError as error:
        print(f"error: {error.reason}\nhint: {error.hint}", file=sys.stderr)
        return error.exit_status
    for path in save(video, options.out):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())

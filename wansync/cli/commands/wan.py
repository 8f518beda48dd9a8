"""`wansync wan`."""

from __future__ import annotations

from typing import Annotated

import typer

from wansync.cli.completion import complete_selected
from wansync.cli.help import Command, epilog
from wansync.cli.options import AsJson, Profile, ProjectDirectory, Root
from wansync.cli.render.wan import render_check, render_vram
from wansync.cli.session import Session
from wansync.wan.fit import VramQuestion
from wansync.wan.fit import vram as estimate

EXAMPLES = {
    "wansync wan check t2v-A14B": "Do the parts of a model that is here fit together?",
    "wansync wan vram t2v-A14B --size 1280x720 --frames 81": "How much device memory each mode needs.",
}
_VRAM_EXAMPLES = {
    "wansync wan vram t2v-A14B --size 832x480 --memory 24GiB": "Which modes would fit a device with 24 GiB free.",
    "wansync wan vram ti2v-5B --offload model --tiled": "Does that one fit? Status 14 if not.",
}
Model = Annotated[
    str, typer.Argument(metavar="MODEL", autocompletion=complete_selected, help="MODEL or MODEL@VARIANT.")
]

wan = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look at a WAN model before it is loaded.")


@wan.command("check", cls=Command)
def check(
    model: Model,
    text_encoder: Annotated[
        bool,
        typer.Option(
            "--text-encoder/--no-text-encoder", help="Whether one is needed: not with cached embeddings of all prompts."
        ),
    ] = True,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Check that the parts of a model that is ready are all there, are the locked ones and fit together.

    Reads headers and small files, no weights, and needs no torch. Fetches and changes nothing.
    """
    from wansync.wan.check import check_paths, present_paths  # noqa: PLC0415 (the other commands do not need it)

    choices = {"models_root": models_root, "profile": profile}
    session = Session("wan check", project, as_json=as_json, quiet=True, choices=choices)  # type: ignore[arg-type]
    session.run(
        lambda workspace: check_paths(workspace, present_paths(workspace, model), text_encoder=text_encoder),
        render_check,
    )


@wan.command("vram", cls=Command, epilog=epilog(_VRAM_EXAMPLES))
def vram(
    model: Model,
    size: Annotated[
        str | None, typer.Option("--size", metavar="WxH", help="Of the video; else the largest the model was made for.")
    ] = None,
    frames: Annotated[
        int | None, typer.Option("--frames", metavar="N", help="How many; else what the model was made for.")
    ] = None,
    dtype: Annotated[
        str, typer.Option("--dtype", metavar="TYPE", help="Of the weights: fp32, bf16, fp16 or fp8.")
    ] = "bf16",
    vae_dtype: Annotated[str, typer.Option("--vae-dtype", metavar="TYPE", help="Of the VAE.")] = "fp32",
    memory: Annotated[
        str | None,
        typer.Option("--memory", metavar="SIZE", help="What is free, such as 24GiB; else torch is asked."),
    ] = None,
    offload: Annotated[
        str | None,
        typer.Option("--offload", metavar="MODE", help="Only none, model, group or sequential; else all."),
    ] = None,
    tiled: Annotated[bool, typer.Option("--tiled", help="With --offload: the VAE works on tiles.")] = False,
    image: Annotated[
        bool | None, typer.Option("--image/--no-image", help="Whether there is an image to encode; i2v has one.")
    ] = None,
    text_encoder: Annotated[
        bool,
        typer.Option("--text-encoder/--no-text-encoder", help="Whether it is loaded: not with cached embeddings."),
    ] = True,
    backend: Annotated[
        str | None,
        typer.Option("--backend", metavar="NAME", help="diffusers, or wan (the official code); else by the layout."),
    ] = None,
    project: ProjectDirectory = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Estimate the device memory that a run needs, for every offload mode, and say which fit what is free.

    From constants of models.lock; the model need not be here. docs/how-to/fit-a-device.md says how far off it is.
    """
    question = VramQuestion(
        size=size,
        frames=frames,
        dtype=dtype,
        vae_dtype=vae_dtype,
        memory=memory,
        offload=offload,
        tiled=tiled,
        image=image,
        text_encoder=text_encoder,
        backend=backend,
    )
    session = Session("wan vram", project, as_json=as_json, quiet=True, choices={"profile": profile})
    session.run(lambda workspace: estimate(workspace, model, question), render_vram)

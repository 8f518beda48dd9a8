"""`wansync add`."""

from __future__ import annotations

from typing import Annotated

import typer

from wansync.cli.options import AsJson, Events, NoLock, Progress, ProjectDirectory, Quiet, Root
from wansync.cli.render.add import render_add
from wansync.cli.session import Session, finish
from wansync.errors import ExitStatus
from wansync.ops.add import add as op
from wansync.propose import AddOptions
from wansync.settings import ProgressMode

EXAMPLES = {
    "wansync add hf:Wan-AI/Wan2.2-TI2V-5B-Diffusers": "A model of the Hugging Face Hub; its id is the last part.",
    "wansync add hf:OWNER/NAME@v1.0 --id t2v --type t2v": "At a ref, under another id.",
    "wansync add https://HOST/DIR --include x.safetensors --component x --kind lora": "A file of a web server.",
    "wansync add file:weights --component vae --kind vae": "One component from a directory, and no model.",
}

Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="hf:OWNER/NAME, hf:OWNER/NAME@REF, s3:BUCKET/PREFIX, https://HOST/DIR, or file:DIR (relative to "
        "models.toml). Without a ref models.toml names none, and the lock pins what the source's default is now.",
    ),
]
ModelId = Annotated[
    str | None, typer.Option("--id", metavar="ID", help="The model's id; else the last part of the source.")
]
TypeName = Annotated[
    str | None, typer.Option("--type", metavar="TYPE", help="t2v, i2v or ti2v; needed where no name says it.")
]
Precision = Annotated[
    str | None,
    typer.Option(
        "--precision",
        metavar="NAME",
        help="Such as bf16: what the variant states, and which weights are taken where several precisions are there; "
        "else what the names of all weights state, or `native`.",
    ),
]
ComponentId = Annotated[
    str | None, typer.Option("--component", metavar="ID", help="Add one component of this id, and no model.")
]
Kind = Annotated[
    str | None, typer.Option("--kind", metavar="KIND", help="Of that component; needed where no name says it.")
]
Subfolder = Annotated[
    str | None, typer.Option("--subfolder", metavar="DIR", help="Take what is below it; patterns are relative to it.")
]
Include = Annotated[
    list[str] | None,
    typer.Option(
        "--include",
        metavar="GLOB",
        help="Take only such files, as one component; of an https: source, their names. Can be repeated.",
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="GLOB", help="Take no such files, the rest as one component; can be repeated."),
]
RevisionName = Annotated[str | None, typer.Option("--revision", metavar="REF", help="The same as @REF.")]
HashPayloads = Annotated[
    bool,
    typer.Option(
        "--hash-payloads",
        help="Download files whose SHA-256 their source does not state, to find it out; they stay in the store.",
    ),
]
AllowPickle = Annotated[
    bool, typer.Option("--allow-pickle", help="Take pickles where there are no safetensors; they can run code.")
]
ProfileName = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="The profile that is to name the model, new or not; else the active one.",
    ),
]


def add(
    source: Source,
    id_: ModelId = None,
    type_: TypeName = None,
    precision: Precision = None,
    component: ComponentId = None,
    kind: Kind = None,
    subfolder: Subfolder = None,
    include: Include = None,
    exclude: Exclude = None,
    revision: RevisionName = None,
    allow_pickle: AllowPickle = False,
    hash_payloads: HashPayloads = False,
    profile: ProfileName = None,
    no_lock: NoLock = False,
    project: ProjectDirectory = None,
    models_root: Root = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    progress: Progress = ProgressMode.AUTO,
    events: Events = None,
) -> None:
    """Add a model to models.toml, and lock. Makes a models.toml where there is none.

    A Diffusers repository becomes one component for each folder, anything else one component. Comments and order of
    models.toml stay, and if locking fails it is as it was. What is there already is left alone.
    """
    options: AddOptions = {
        "id": id_,
        "type": type_,
        "precision": precision,
        "component": component,
        "kind": kind,
        "subfolder": subfolder,
        "include": include,
        "exclude": exclude,
        "revision": revision,
        "allow_pickle": allow_pickle,
        "hash_payloads": hash_payloads,
    }
    session = Session(
        "add",
        project,
        as_json=as_json,
        quiet=quiet,
        progress=progress,
        events=events,
        choices={"models_root": models_root, "profile": profile},
    )
    report = session.run(lambda workspace: op(workspace, source, options, locking=not no_lock), render_add)
    finish(ExitStatus.PARTIAL if report.locked and report.locked.failures else ExitStatus.OK)

"""`wansync doctor`."""

from __future__ import annotations

from typing import Annotated

import typer

from wansync.cli.options import AsJson, ProjectDirectory, Root
from wansync.cli.render.doctor import render_doctor
from wansync.cli.session import Session, answer
from wansync.ops.doctor import DoctorReport
from wansync.ops.doctor import doctor as op
from wansync.project import Workspace
from wansync.wan.seen_device import look_at_device

EXAMPLES = {
    "wansync doctor": "What is wrong with the store, and what helps.",
    "wansync doctor --json": "Every check and what it found, for a program.",
}
Network = Annotated[
    bool, typer.Option("--network", help="Also ask the Hub, and buckets of S3, whether they can be reached.")
]


def doctor(
    network: Network = False,
    project: ProjectDirectory = None,
    models_root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Look at the store, the disk below it and the settings; status 1 if there is a problem.

    It repairs nothing, and removes nothing: each finding has a hint that helps. Files are not hashed; that is
    `wansync verify`. It works on a store in any state, and where there is none. Where torch and a GPU are
    there, it also says how much memory that has free.
    """
    session = Session("doctor", project, as_json=as_json, quiet=True, choices={"models_root": models_root})

    def run(workspace: Workspace) -> DoctorReport:
        return op(workspace, network=network, more=look_at_device())

    answer(yes=session.run(run, render_doctor).healthy)

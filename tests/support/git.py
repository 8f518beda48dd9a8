"""A project in a real git repository, merged by the real git."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.conftest import REPOSITORY
from tests.support.project import content, wansync

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder

DRIVER = f'"{sys.executable}" -m wansync merge-driver %O %A %B'


def git(project: ProjectBuilder, *arguments: str) -> int:
    """Run git and return its exit status."""
    return git_said(project, *arguments).returncode


def git_said(project: ProjectBuilder, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git without the configuration of whoever runs the tests."""
    environment = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_EDITOR": "true",
        "PYTHONPATH": str(REPOSITORY),
    }
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    command = ["git", *who, *arguments]
    return subprocess.run(command, cwd=project.directory, env=environment, capture_output=True, text=True, check=False)


def begin(project: ProjectBuilder) -> None:
    """Commit the locked project on `main`, with this repository's attributes."""
    shutil.copy(REPOSITORY / ".gitattributes", project.directory)
    assert git(project, "init", "-q", "-b", "main") == 0
    commit(project, "begin")


def use_driver(project: ProjectBuilder, command: str = DRIVER) -> None:
    """Configure the merge driver, as docs/merging.md says."""
    assert git(project, "config", "merge.wansync.name", "models.lock by component") == 0
    assert git(project, "config", "merge.wansync.driver", command) == 0


def commit(project: ProjectBuilder, message: str) -> None:
    """Commit everything that is in the project."""
    assert git(project, "add", "-A") == 0
    assert git(project, "commit", "-q", "-m", message) == 0


def branch(project: ProjectBuilder, name: str) -> None:
    """Begin a branch at `main`."""
    assert git(project, "checkout", "-q", "-b", name, "main") == 0


def change_on_branch(project: ProjectBuilder, name: str, *files: str) -> None:
    """Commit another content of source files, and the lock that follows from it, on a branch from `main`."""
    branch(project, name)
    for file in files:
        (project.directory / "weights" / file).write_bytes(content(f"{file} on {name}", 2000))
    assert wansync("lock").status == 0
    commit(project, name)


def add_on_branch(project: ProjectBuilder, name: str, id_: str) -> None:
    """Commit a new component that stands first in the manifest, and its lock, on a branch from `main`."""
    branch(project, name)
    text = project.manifest_path.read_text()
    entry = f'[components.{id_}]\nkind = "vae"\nsource = "file:weights/shared"\n\n'
    project.manifest_path.write_text(text.replace("[components.", entry + "[components.", 1))
    assert wansync("lock").status == 0
    commit(project, name)


def show(project: ProjectBuilder, what: str) -> bytes:
    """Return a file of a commit, such as `main:models.lock`."""
    return git_said(project, "show", what).stdout.encode()

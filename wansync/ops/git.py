"""A file as git has it at a revision. Runs the real git, and only commands that read objects.

`rev-parse` and `cat-file` show no pager, run no filter, text conversion or hook, and look at no working file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wansync.errors import UsageError
from wansync.surroundings import variables
from wansync.text import format_bytes, printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

_SECONDS = 30
"""A local lookup takes milliseconds; a network file system may take a while."""
_COMMIT = re.compile(rb"[0-9a-f]{40}|[0-9a-f]{64}")
_ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")
"""Set by git for its hooks: they name the repository of whoever calls, which need not be the project's."""
_QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
_WITHOUT_GIT = "`wansync lock --since FILE` compares two files without git"


@value_type
class Committed:
    """A file of a commit."""

    commit: str
    data: bytes


def read_committed(directory: Path, revision: str, name: str, *, limit: int) -> Committed:
    """Return the file `name` of a directory as it is at a revision: a commit, tag, branch, `HEAD~1` and the like.

    Args:
        directory: somewhere in a git working tree.
        revision: never taken as an option, whatever it says.
        name: of a file of the directory.
        limit: so many bytes the file may have at most.

    Raises:
        UsageError: git is not there, the directory is in no repository, or that has no such revision or file.
    """
    if not revision or revision.startswith("-") or not revision.isprintable() or ":" in revision:
        hint = "Name a commit, a tag or a branch, such as `main` or `HEAD~1`"
        raise UsageError(f"`{printable(revision)}` is no revision", hint=hint)
    inside = _git(directory, "rev-parse", "--is-inside-work-tree")
    if inside.stdout.strip() != b"true":
        raise _no_repository(directory, inside.stderr)
    found = _git(directory, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").stdout
    if not _COMMIT.fullmatch(found.strip()):
        raise UsageError(
            f"The repository has no commit `{printable(revision)}`",
            hint="Name one that `git log` shows; a shallow clone lacks older ones (`git fetch --unshallow`)",
            revision=printable(revision),
        )
    commit = found.strip().decode("ascii")
    return Committed(commit=commit, data=_read(directory, f"{commit}:./{name}", revision, limit))


def _read(directory: Path, file: str, revision: str, limit: int) -> bytes:
    size = _git(directory, "cat-file", "-s", file).stdout.strip()
    name = file.rpartition("/")[2]
    if not size.isdigit():
        raise UsageError(
            f"`{name}` is not there at `{printable(revision)}`",
            hint=f"Name a commit that has it; `git log -- {name}` lists them",
            revision=printable(revision),
        )
    if int(size) > limit:
        hint = "Name a commit of which it was made by `wansync lock`"
        raise UsageError(f"`{name}` at `{printable(revision)}` is larger than {format_bytes(limit)}", hint=hint)
    return _git(directory, "cat-file", "blob", file).stdout


def _git(directory: Path, *arguments: str) -> CompletedProcess[bytes]:
    """Return what git said; it is killed when it takes too long."""
    import subprocess  # noqa: PLC0415 (every other plan does without)

    environment = {name: value for name, value in variables().items() if name not in _ELSEWHERE} | _QUIET
    command = ["git", "--no-pager", "--no-replace-objects", *arguments]
    try:
        return subprocess.run(  # noqa: S603 (a list, and no argument that git could take for an option)
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise UsageError("`git` is not installed, or not on PATH", hint=f"Install git. {_WITHOUT_GIT}") from error
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"`git` gave no answer within {_SECONDS} seconds", hint=_WITHOUT_GIT) from error


def _no_repository(directory: Path, said: bytes) -> UsageError:
    """Return the error for a directory that git will not look at; git says best why."""
    lines = said.decode("utf-8", "replace").splitlines()
    cause = f": {printable(lines[0].removeprefix('fatal: '))}" if lines else ""
    return UsageError(f"git finds no working tree in `{directory}`{cause}", hint=_WITHOUT_GIT)

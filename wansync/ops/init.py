"""`wansync init`: begin a project: `models.toml` from a template, and a line about the lock in `.gitattributes`."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from importlib.resources import files
from typing import TYPE_CHECKING

from wansync.documents import format_toml_value
from wansync.errors import UsageError
from wansync.manifest import parse_manifest
from wansync.manifest.edit import new_manifest
from wansync.manifest.names import is_id
from wansync.project import write_atomic
from wansync.propose.names import id_from
from wansync.surroundings import LOCK_NAME, MANIFEST_NAME, absolute
from wansync.text import printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.project import Workspace

FORMAT_VERSION = "1.0"
ATTRIBUTES_NAME = ".gitattributes"
ATTRIBUTES_LINE = f"{LOCK_NAME} text eol=lf linguist-generated"
_NAME_LINE = b'name = "wan22"'


class Template(StrEnum):
    """What a new manifest holds."""

    EMPTY = "empty"
    """A name, and nothing to sync yet."""
    WAN22 = "wan22"
    """The three models of WAN2.2 as they are published, pinned to commits."""


@value_type
class InitReport:
    """What was written.

    Args:
        path: the new manifest.
        project: its name.
        profile: its default profile, if it has one.
        attributes: `.gitattributes` where a line was added to it, `None` where it had one.
    """

    path: str
    template: Template
    project: str
    profile: str | None
    attributes: str | None

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/init.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "path": self.path,
            "template": str(self.template),
            "project": self.project,
            "default_profile": self.profile,
            "attributes": self.attributes,
        }


def init(workspace: Workspace, directory: Path | None, template: Template, name: str | None = None) -> InitReport:
    """Begin a project in a directory; what is there is never overwritten.

    Args:
        workspace: a run; which project it found does not matter, for a project can be begun below another one.
        directory: where; the working directory when it is not given.
        template: what the manifest holds.
        name: of the project; else it is made from the directory's.

    Raises:
        UsageError: there is a manifest or a lock already, the name is no id, or the directory cannot be written.
    """
    place = replace(workspace, manifest_path=absolute(directory or ".") / MANIFEST_NAME)
    refuse_existing(place)
    project = name if name is not None else default_name(place.directory)
    if not is_id(project):
        raise UsageError(
            f"`{printable(project)}` cannot be the name of a project",
            hint="Use letters, digits, `.`, `_`, `+` and `-`, at most 64",
            name=printable(project),
        )
    data = _manifest(template, project)
    attributes = _add_attributes(place.directory / ATTRIBUTES_NAME)
    # Last: where it stands, the rest is done.
    place.write_manifest(data)
    return InitReport(
        path=str(place.manifest_path),
        template=template,
        project=project,
        profile=parse_manifest(data).default_profile,
        attributes=attributes,
    )


def refuse_existing(workspace: Workspace) -> None:
    """Refuse to begin where something was begun.

    Raises:
        UsageError: there is a manifest or a lock.
    """
    for data, path in (
        (workspace.manifest_data(), workspace.manifest_path),
        (workspace.lock_data(), workspace.lock_path),
    ):
        if data is not None:
            raise UsageError(
                f"There is a `{path.name}` in `{workspace.directory}` already",
                hint="Add to it with `wansync add SOURCE`, or begin elsewhere with `--project DIR`",
                file=str(path),
            )


def default_name(directory: Path) -> str:
    """Return the name of a project in a directory."""
    return id_from(directory.name) or "models"


def _manifest(template: Template, project: str) -> bytes:
    if template is Template.EMPTY:
        return new_manifest(project)
    data = (files("wansync") / "templates" / f"{template}.toml").read_bytes()
    return data.replace(_NAME_LINE, f"name = {format_toml_value(project)}".encode(), 1)


def _add_attributes(path: Path) -> str | None:
    """Add the line about the lock where none is; return the file that was written, if any."""
    before = path.read_bytes() if path.is_file() else b""
    if any(line.split()[:1] == [LOCK_NAME.encode()] for line in before.splitlines()):
        return None
    begun = before if before.endswith(b"\n") or not before else before + b"\n"
    write_atomic(path.resolve(), begun + f"{ATTRIBUTES_LINE}\n".encode())
    return str(path)

"""The table `settings` of `models.toml`: what a project asks of every run. No IO.

It is not locked: it decides how a run goes, and not what is made ready.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.documents import DocumentError, Table
from wansync.manifest.parse import located, parse_values
from wansync.settings import Origin, OriginKind
from wansync.settings.document import read_settings

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.settings import Layer


def may_have_settings(data: bytes) -> bool:
    """Return whether the text of a manifest may have the table: cheap, and no only where it surely has none."""
    # TOML can spell a key with escapes.
    return b"settings" in data or b"\\" in data


def parse_project_settings(data: bytes, path: Path) -> Layer:
    """Return what the manifest in `data` gives for settings; nothing where it has no such table.

    Nothing else of the manifest is looked at, so that a run which needs only the lock need not judge it.

    Raises:
        InvalidManifestError: it is no TOML, or the table has a key that no project may set or a senseless value.
    """
    try:
        table = Table(parse_values(data)).optional_table("settings")
        return read_settings(table, Origin(kind=OriginKind.PROJECT, name=str(path)))
    except DocumentError as error:
        raise located(error, data, path.name) from error

"""Who finds out the digests that nobody states, for one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wansync.project import Workspace
    from wansync.store import Store
    from wansync.transfer.payloads import PayloadReader


def payload_reader(workspace: Workspace, store: Store, *, reads: bool) -> PayloadReader:
    """Return who tells digests from what is remembered and, where it `reads`, by fetching files into the store."""
    from wansync.transfer.payloads import PayloadReader  # noqa: PLC0415 (with all of `plan`, which few locks need)

    return PayloadReader(store, workspace.means(), reads=reads, most=workspace.settings.max_download)

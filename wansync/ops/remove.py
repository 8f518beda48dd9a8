"""`wansync remove`: take models and components out of `models.toml`, and lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import UsageError
from wansync.manifest.edit import without
from wansync.manifest.removal import removal_from
from wansync.ops.edit import edited
from wansync.ops.lock import lock
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wansync.manifest.removal import Removal
    from wansync.ops.lock_report import LockReport
    from wansync.project import Workspace

FORMAT_VERSION = "1.0"


@value_type
class RemoveReport:
    """What was removed from the manifest at `path`; `locked` is `None` when locking was not asked for."""

    path: str
    removal: Removal
    locked: LockReport | None

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/remove.schema.json`."""
        removal = self.removal
        return {
            "format_version": FORMAT_VERSION,
            "path": self.path,
            "models": list(removal.models),
            "components": list(removal.components),
            "entries": {profile: list(entries) for profile, entries in removal.entries.items()},
            "profiles": list(removal.profiles),
            "default_profile": removal.default_profile,
            "lock": self.locked.to_dict() if self.locked else None,
        }


def remove(workspace: Workspace, wanted: Sequence[str], *, locking: bool = True) -> RemoveReport:
    """Remove models, with the components that only they used, and components from the manifest, and lock.

    If locking fails, the manifest is as it was before. The store keeps its blobs; `gc` is for these.

    Args:
        workspace: the project.
        wanted: ids or aliases of models, and ids of components.
        locking: whether to lock.

    Raises:
        UnknownModelError: the manifest has no such model or component.
        UsageError: nothing is named, a component is needed by something that stays, or the manifest changed meanwhile.
        WansyncError: the manifest is wrong, or cannot be locked.
    """
    if not wanted:
        raise UsageError("Nothing is named", hint="Name a model or a component, such as `wansync remove t2v-A14B`")
    manifest, before = workspace.read_manifest()
    removal = removal_from(manifest, wanted)
    with edited(workspace, before, without(before, removal)):
        locked = lock(workspace) if locking else None
    return RemoveReport(path=str(workspace.manifest_path), removal=removal, locked=locked)

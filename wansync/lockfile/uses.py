"""Who uses what in a lock: the edges of its components, read backwards. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.manifest.names import ModelRef, fold
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wansync.digest import Digest
    from wansync.lockfile.model import LockedComponent, LockedFile, Lockfile
    from wansync.manifest import Model


@value_type(order=True)
class Mount:
    """A component in a slot of a variant; `view` is `model@variant`."""

    view: str
    slot: str


@value_type
class Uses:
    """The users of everything in a lock, sorted.

    Args:
        mounts: component -> where it is mounted.
        required_by: component -> the components that require it.
        holders: digest -> each file with it, and the component of that file.
    """

    mounts: Mapping[str, tuple[Mount, ...]]
    required_by: Mapping[str, tuple[str, ...]]
    holders: Mapping[Digest, tuple[tuple[LockedComponent, LockedFile], ...]]

    def views_of(self, component: str) -> tuple[str, ...]:
        """Return the views that a component is mounted in, each once."""
        return tuple(dict.fromkeys(mount.view for mount in self.mounts[component]))

    def others_with(self, file: LockedFile, component: str) -> tuple[str, ...]:
        """Return the other components that have the bytes of a file, each once."""
        return tuple(dict.fromkeys(c.id for c, _ in self.holders[file.digest] if c.id != component))


def uses_of(lock: Lockfile) -> Uses:
    """Return who uses what in a lock."""
    mounts: dict[str, list[Mount]] = {component.id: [] for component in lock.components}
    required_by: dict[str, list[str]] = {component.id: [] for component in lock.components}
    holders: dict[Digest, list[tuple[LockedComponent, LockedFile]]] = {}
    for model in lock.models:
        for variant in model.variants:
            for slot, ids in variant.slots.items():
                for id_ in ids:
                    mounts[id_].append(Mount(view=f"{model.id}@{variant.name}", slot=slot))
    for component in lock.components:
        for id_ in component.requires:
            required_by[id_].append(component.id)
        for file in component.files:
            holders.setdefault(file.digest, []).append((component, file))
    return Uses(
        mounts={id_: tuple(sorted(found)) for id_, found in mounts.items()},
        required_by={id_: tuple(sorted(found)) for id_, found in required_by.items()},
        holders={digest: tuple(found) for digest, found in holders.items()},
    )


def profiles_of(lock: Lockfile, model: Model) -> dict[str, str]:
    """Return the profiles that name a model -> the view that each makes ready."""
    names = {fold(name) for name in (model.id, *model.aliases)}
    found = {}
    for profile, texts in sorted(lock.profiles.items()):
        for ref in map(ModelRef.parse, texts):
            if fold(ref.model_id) in names:
                wanted = fold(ref.variant or model.default_variant)
                variant = next((v.name for v in model.variants if fold(v.name) == wanted), model.default_variant)
                found[profile] = f"{model.id}@{variant}"
    return found

"""Which entries of a merged lock do not fit together, although each side made sense in itself. No IO."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.documents import DocumentError
from wansync.lockfile.check import check_lock
from wansync.manifest import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from wansync.lockfile.entries import Key
    from wansync.lockfile.model import Lockfile
    from wansync.manifest import Model


def makes_sense(lock: Lockfile) -> bool:
    """Return whether a lock satisfies `check_lock`."""
    try:
        check_lock(lock)
    except DocumentError:
        return False
    return True


def find_faults(lock: Lockfile, ours: Collection[Key]) -> Iterator[Key]:
    """Yield the keys of what does not fit, so that taking our entry at each of them helps.

    Args:
        lock: the merged lock.
        ours: the keys that our side has. What is missing although somebody needs it is at fault where our side has
            it, for then the other side has removed it; else the one who needs it came from the other side.
    """
    yield from _twins(("components", component.id, component.id) for component in lock.components)
    yield from _twins(("models", model.id, name) for model in lock.models for name in (model.id, *model.aliases))
    if lock.default_profile is not None and lock.default_profile not in lock.profiles:
        missing = ("profiles", lock.default_profile)
        yield missing if missing in ours else ("project", "default_profile")
    known = {component.id for component in lock.components}
    users = [(("components", component.id), component.requires) for component in lock.components]
    users += [(("models", model.id), _mounted(model)) for model in lock.models]
    for user, needed in users:
        for id_ in sorted({*needed} - known):
            missing = ("components", id_)
            yield missing if missing in ours else user
    yield from (key for model in lock.models if known >= {*_mounted(model)} for key in _clashing(lock, model))


def _twins(names: Iterator[tuple[str, str, str]]) -> Iterator[Key]:
    owners: dict[str, set[Key]] = defaultdict(set)
    for section, id_, name in names:
        owners[fold(name)].add((section, id_))
    for keys in owners.values():
        yield from keys if len(keys) > 1 else ()


def _mounted(model: Model) -> tuple[str, ...]:
    return tuple(id_ for variant in model.variants for ids in variant.slots.values() for id_ in ids)


def _clashing(lock: Lockfile, model: Model) -> Iterator[Key]:
    """Yield a model and its components when they cannot stand in one view."""
    used = {*_mounted(model)}
    components = tuple(replace(c, requires=()) for c in lock.components if c.id in used)
    if not makes_sense(replace(lock, components=components, models=(model,), default_profile=None)):
        yield "models", model.id
        yield from (("components", id_) for id_ in used)

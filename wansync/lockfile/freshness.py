"""Does the lock still say what the manifest asks for? One equality test per entry, offline. No IO.

Comments, order and spelling of `models.toml` do not matter; a movable ref that has moved does not either.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from wansync.digest import is_commit
from wansync.formats.names import format_of, is_pickle
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wansync.lockfile.model import LockedComponent, LockedFile, Lockfile
    from wansync.manifest import Component, Manifest, Model, Variant
    from wansync.paths import StatedFile


@value_type
class Difference:
    """One entry that the lock does not have as the manifest asks for it."""

    where: str
    kind: str
    """`missing` from the lock, `extra` in the lock, or `changed`."""
    keys: tuple[str, ...] = ()

    def __str__(self) -> str:
        keys = f" ({', '.join(self.keys)})" if self.keys else ""
        return f"{self.where}: {_WORDS[self.kind]}{keys}"


_WORDS = {
    "missing": "not in the lock",
    "extra": "no longer in the manifest",
    "changed": "changed in the manifest",
}


def compare(manifest: Manifest, lock: Lockfile) -> tuple[Difference, ...]:
    """Return what differs, sorted; empty when the lock satisfies the manifest."""
    wanted, locked = dict(_wanted(manifest)), dict(_locked(lock))
    for component in lock.components:
        declared = manifest.components.get(component.id)
        if declared and (keys := _smuggled(declared, component)):
            locked[f"components.{component.id}"] |= keys
    return tuple(
        difference
        for where in sorted({*wanted, *locked})
        for difference in _entry(where, wanted.get(where), locked.get(where))
    )


def component_entry(component: Component) -> dict[str, Any]:
    """Return all that a manifest says of a component, normalised."""
    return {
        "kind": component.kind,
        "source": component.source,
        "subfolder": component.subfolder,
        "requires": component.requires,
        **component.request(),
    }


def locked_entry(component: LockedComponent) -> dict[str, Any]:
    """Return what the manifest said of a component when it was locked."""
    return {
        **component.request,
        "kind": component.kind,
        "source": component.source,
        "subfolder": component.subfolder,
        "requires": component.requires,
    }


def are_stated(stated: Iterable[StatedFile], locked: Iterable[LockedFile]) -> bool:
    """Return whether locked files are exactly those that are stated, as far as that is said of each."""
    files = {file.origin or file.path: file for file in locked}
    for file in stated:
        own = files.pop(file.path, None)
        if own is None or file.size not in {None, own.size} or file.digest not in {None, own.digest}:
            return False
    return not files


def _smuggled(declared: Component, locked: LockedComponent) -> dict[str, str]:
    """Return what a lock holds that locking this entry could never have given: by key, what is wrong.

    The files and the revision are not part of an entry, so nothing else would notice.
    """
    found = {}
    if not all(declared.filter.strip(locked.source_path(file)) for file in locked.files):
        found["files"] = "not taken by include and exclude"
    elif declared.files and not are_stated(declared.files, locked.files):
        found["files"] = "not the ones that are stated"
    if not declared.pickle and any(is_pickle(file.path.name) for file in locked.files):
        found["pickle"] = "not opted in"
    if locked.format != format_of(file.path.name for file in locked.files):
        found["format"] = "not that of the files"
    if declared.ref and is_commit(declared.ref) and declared.ref != str(locked.revision):
        found["revision"] = "not the one that is asked for"
    return found


def _entry(where: str, wanted: Mapping[str, Any] | None, locked: Mapping[str, Any] | None) -> Iterator[Difference]:
    if locked is None:
        yield Difference(where=where, kind="missing")
    elif wanted is None:
        yield Difference(where=where, kind="extra")
    elif wanted != locked:
        keys = sorted(key for key in {*wanted, *locked} if wanted.get(key) != locked.get(key))
        yield Difference(where=where, kind="changed", keys=tuple(keys))


def _wanted(manifest: Manifest) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "project", _project(manifest.project, manifest.default_profile, manifest.canonical_profiles)
    for component in manifest.components.values():
        yield f"components.{component.id}", component_entry(component)
    for model in manifest.models.values():
        yield f"models.{model.id}", _model(model)


def _locked(lock: Lockfile) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "project", _project(lock.project, lock.default_profile, lock.profiles)
    for component in lock.components:
        yield f"components.{component.id}", locked_entry(component)
    for model in lock.models:
        yield f"models.{model.id}", _model(model)


def _project(name: str, default_profile: str | None, profiles: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "default_profile": default_profile,
        "profiles": {k: tuple(v) for k, v in profiles.items()},
    }


def _model(model: Model) -> dict[str, Any]:
    return {
        "version": model.version,
        "type": model.type,
        "aliases": model.aliases,
        "default_variant": model.default_variant,
        "roles": dict(model.roles),
        "defaults": dict(model.defaults),
        "vram": dict(model.vram),
        **{f"variants.{variant.name}": _variant(variant) for variant in model.variants},
    }


def _variant(variant: Variant) -> dict[str, Any]:
    return {**asdict(variant), "slots": dict(variant.slots)}

"""A lock as separate entries that can be compared, exchanged and put together again. No IO."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeAlias

from wansync.documents import format_toml_value
from wansync.lockfile.model import Lockfile, needed_minor
from wansync.lockfile.write import format_component, format_model
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Key: TypeAlias = tuple[str, str]
"""Section and name: `("components", "umt5")`, `("models", "alpha")`, `("profiles", "prod")`, `("project", "name")`."""


@value_type
class Entry:
    """One entry of a lock. Entries are equal when they are written alike: to Python `4` and `4.0` are the same."""

    text: str
    value: Any = field(compare=False)


def lock_entries(lock: Lockfile | None) -> dict[Key, Entry]:
    """Return the entries of a lock by key; no lock has none."""
    return dict(_entries(lock)) if lock else {}


def _entries(lock: Lockfile) -> Iterator[tuple[Key, Entry]]:
    for component in lock.components:
        yield ("components", component.id), Entry(text=format_component(component), value=component)
    for model in lock.models:
        yield ("models", model.id), Entry(text=format_model(model), value=model)
    for name, refs in lock.profiles.items():
        yield ("profiles", name), Entry(text=format_toml_value(refs), value=refs)
    for key, value in (("name", lock.project), ("default_profile", lock.default_profile)):
        if value is not None:
            yield ("project", key), Entry(text=format_toml_value(value), value=value)


def lock_of_entries(entries: Mapping[Key, Entry], minor: int) -> Lockfile:
    """Return the lock of these entries, which may name entries that it lacks."""
    sections: dict[str, dict[str, Any]] = {"components": {}, "models": {}, "profiles": {}, "project": {}}
    for section, name in sorted(entries):
        sections[section][name] = entries[section, name].value
    components = tuple(sections["components"].values())
    return Lockfile(
        project=sections["project"].get("name", ""),
        default_profile=sections["project"].get("default_profile"),
        profiles=sections["profiles"],
        components=components,
        models=tuple(sections["models"].values()),
        minor=max(minor, needed_minor(components)),
    )


def take(entries: Mapping[Key, Entry], keys: Iterable[Key], side: Mapping[Key, Entry]) -> dict[Key, Entry]:
    """Return `entries` with what `side` has at the keys; what it lacks there is left out."""
    chosen = set(keys)
    kept = {key: entry for key, entry in entries.items() if key not in chosen}
    return kept | {key: side[key] for key in chosen if key in side}

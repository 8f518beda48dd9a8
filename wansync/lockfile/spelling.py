"""The entries of a lock as flat tables of text, so that two of them can be compared key by key. No IO.

Keys are dotted inside of tables. A string of the format's own keys is as it is; what stands in a free table is spelled
as TOML, where `4`, `4.0` and `"4"` differ. What is not there has no key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wansync.documents import format_toml_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wansync.lockfile.model import LockedComponent, Lockfile
    from wansync.manifest import Model


def spell_project(lock: Lockfile | None) -> dict[str, str]:
    """Return the project's keys; of no lock, none."""
    if lock is None:
        return {}
    return {
        **_plain({"name": lock.project, "default_profile": lock.default_profile}),
        **_table("profiles", lock.profiles),
    }


def spell_component(component: LockedComponent | None) -> dict[str, str]:
    """Return a component's keys without its files."""
    if component is None:
        return {}
    pins = {
        "source": str(component.source),
        "revision": str(component.revision),
        "license": component.license,
        "format": component.format,
        "kind": str(component.kind),
        "subfolder": str(component.subfolder) if component.subfolder else None,
        "requires": format_toml_value(component.requires) if component.requires else None,
        "tree": component.tree.prefixed,
    }
    return {**_plain(pins), **_table("request", component.request)}


def spell_model(model: Model | None) -> dict[str, str]:
    """Return a model's keys with those of its variants."""
    if model is None:
        return {}
    head = {
        "version": model.version,
        "type": str(model.type),
        "default_variant": model.default_variant,
        "aliases": format_toml_value(model.aliases) if model.aliases else None,
    }
    spelled = _plain(head)
    for name, table in (("roles", model.roles), ("defaults", model.defaults), ("vram", model.vram)):
        spelled |= _table(name, table)
    for variant in model.variants:
        where = f"variants.{variant.name}"
        spelled |= {f"{where}.layout": str(variant.layout), f"{where}.precision": variant.precision}
        spelled |= _table(f"{where}.slots", variant.slots)
    return spelled


def _plain(values: Mapping[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in values.items() if value is not None}


def _table(name: str, values: Mapping[str, Any]) -> dict[str, str]:
    return {f"{name}.{key}": format_toml_value(values[key]) for key in sorted(values)}

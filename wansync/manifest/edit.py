"""`models.toml` as text to `models.toml` as text: comments, order and line ends stay. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.documents import format_toml_value
from wansync.documents.toml_edit import TomlText
from wansync.errors import InvalidManifestError
from wansync.manifest.model import file_values
from wansync.manifest.parse import parse_manifest
from wansync.manifest.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from wansync.manifest.addition import Addition
    from wansync.manifest.model import Component, Manifest, Model
    from wansync.manifest.removal import Removal

_ORDER = ("schema_version", "project", "profiles", "components", "models")


def new_manifest(project: str) -> bytes:
    """Return the manifest of a project that has no models yet; `project` is an id."""
    return f"schema_version = {SCHEMA_VERSION}\n\n[project]\nname = {format_toml_value(project)}\n".encode()


def with_addition(data: bytes, addition: Addition) -> bytes:
    """Return the manifest in `data` with an addition.

    Raises:
        InvalidManifestError: it is no manifest, or is written in a way that cannot be edited.
    """
    manifest = parse_manifest(data)

    def add(toml: TomlText) -> None:
        profile = addition.profile
        if profile is not None and profile in manifest.profiles:
            toml.append(("profiles", profile), addition.entry)
        elif profile is not None:
            toml.add("profiles", profile, [addition.entry])
        for component in addition.components:
            toml.add("components", component.id, _component_values(component))
        if addition.model:
            toml.add("models", addition.model.id, _model_values(addition.model))

    return _edited(data, add, addition.applied_to(manifest))


def without(data: bytes, removal: Removal) -> bytes:
    """Return the manifest in `data` without what a removal names.

    Raises:
        InvalidManifestError: it is no manifest, or is written in a way that cannot be edited.
    """

    def remove(toml: TomlText) -> None:
        for id_ in removal.models:
            toml.remove(("models", id_))
        for id_ in removal.components:
            toml.remove(("components", id_))
        for name, entries in removal.entries.items():
            toml.discard(("profiles", name), entries)
        for name in removal.profiles:
            toml.remove(("profiles", name))
        if removal.default_profile:
            toml.remove(("project", "default_profile"))

    return _edited(data, remove, removal.applied_to(parse_manifest(data)))


def _edited(data: bytes, change: Callable[[TomlText], None], wanted: Manifest) -> bytes:
    """Return the text after a change; it must say what is wanted and nothing else, for the file is its author's."""
    text = data.decode("utf-8")
    crlf = text.count("\r\n") == text.count("\n") > 0
    toml = TomlText(text.replace("\r\n", "\n") if crlf else text, _ORDER)
    cause: Exception | None = None
    try:
        change(toml)
        after = (str(toml).replace("\n", "\r\n") if crlf else str(toml)).encode()
        if parse_manifest(after) == wanted:
            return after
    except (InvalidManifestError, LookupError, ValueError) as error:
        cause = error
    raise InvalidManifestError(
        "`models.toml` is written in a way that wansync cannot edit without changing more",
        hint="Make the change by hand, then run `wansync lock`",
    ) from cause


def _component_values(component: Component) -> dict[str, object]:
    values: dict[str, object] = {
        "kind": str(component.kind),
        "source": str(component.source),
        "revision": component.ref,
        "subfolder": str(component.subfolder) if component.subfolder else None,
        "include": list(component.include),
        "exclude": list(component.exclude),
        "files": [file_values(file) for file in component.files],
        "requires": list(component.requires),
        "pickle": "allow" if component.pickle else None,
        "license": component.license,
    }
    return {key: value for key, value in values.items() if value}


def _model_values(model: Model) -> dict[str, object]:
    values: dict[str, object] = {
        "version": model.version,
        "type": str(model.type),
        "aliases": list(model.aliases),
        "default_variant": model.default_variant,
        "roles": model.roles,
        "defaults": model.defaults,
        "vram": model.vram,
        "variants": {
            variant.name: {
                "layout": str(variant.layout),
                "precision": variant.precision,
                "slots": {slot: ids[0] if len(ids) == 1 else list(ids) for slot, ids in variant.slots.items()},
            }
            for variant in model.variants
        },
    }
    return {key: value for key, value in values.items() if value}

"""Text of `models.toml` to a `Manifest`. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wansync.documents import DocumentError, Table, find_conflict, parse_toml
from wansync.documents.errors import format_key_path
from wansync.documents.locate import find_line
from wansync.errors import InvalidManifestError, PathUnsafeError
from wansync.manifest.check import check_references
from wansync.manifest.files import check_files, parse_files
from wansync.manifest.model import (
    Component,
    ComponentKind,
    Layout,
    Manifest,
    Model,
    ModelType,
    SourceRef,
    Variant,
)
from wansync.manifest.schema import SCHEMA_VERSION
from wansync.manifest.validate import check_schema
from wansync.paths import RelativePath
from wansync.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_MANIFEST_BYTES = 2**20


def parse_manifest(data: bytes, *, name: str = "models.toml") -> Manifest:
    """Return the manifest in `data`.

    Args:
        data: the bytes of the file.
        name: the file's name for messages.

    Raises:
        InvalidManifestError: it breaks a limit, is no TOML, or breaks a rule; the facts hold file, line,
            key path and value as far as they are known.
    """
    try:
        values = parse_values(data)
        _check_version(values)
        check_schema(values)
        manifest = _manifest(values)
        check_references(manifest)
    except DocumentError as error:
        raise located(error, data, name) from error
    return manifest


def parse_values(data: bytes) -> dict[str, Any]:
    """Return the table in `data`; raises DocumentError where it breaks a limit or is no TOML."""
    try:
        return parse_toml(data, limit=MAX_MANIFEST_BYTES)
    except DocumentError as error:
        line = find_conflict(data)
        if line is None:
            raise
        fix = "Resolve them there first, then run `wansync lock`"
        raise DocumentError("it has merge conflicts", line=line, fix=fix) from error


def _check_version(values: Mapping[str, Any]) -> None:
    version = values.get("schema_version")
    where = ("schema_version",)
    if version is None:
        fix = f"Add `schema_version = {SCHEMA_VERSION}` as the first line"
        raise DocumentError("`schema_version` is missing", key_path=where, fix=fix)
    if not isinstance(version, int) or isinstance(version, bool) or version < SCHEMA_VERSION:
        fix = f"There is no older format to migrate from; write `schema_version = {SCHEMA_VERSION}`"
        shown = f'"{version}"' if isinstance(version, str) else str(version)
        raise DocumentError(f"`{printable(shown)}` was never a version", key_path=where, fix=fix)
    if version > SCHEMA_VERSION:
        fix = f"Upgrade wansync, or rewrite the file for `schema_version = {SCHEMA_VERSION}`"
        raise DocumentError(f"version {version} is newer than this wansync understands", key_path=where, fix=fix)


def located(error: DocumentError, data: bytes, name: str) -> InvalidManifestError:
    """Return the error of the document `data`, whose name is `name`, with the line where it is known."""
    line = error.line
    if line is None and error.key_path:
        line = find_line(data.decode("utf-8", "replace").replace("\r\n", "\n"), error.key_path)
    key_path = format_key_path(error.key_path)
    where = f"`{name}`" + (f" line {line}" if line else "") + (f", `{printable(key_path)}`" if key_path else "")
    return InvalidManifestError(
        f"Invalid manifest {where}: {error.message}",
        hint=error.fix or "Correct the file and run the command again",
        file=name,
        line=line,
        key_path=printable(key_path),
    )


def _manifest(values: Mapping[str, Any]) -> Manifest:
    project = values["project"]
    return Manifest(
        project=project["name"],
        default_profile=project.get("default_profile"),
        profiles={name: tuple(refs) for name, refs in values.get("profiles", {}).items()},
        components={id_: _component(id_, entry) for id_, entry in values.get("components", {}).items()},
        models={id_: _model(id_, entry) for id_, entry in values.get("models", {}).items()},
    )


def _component(id_: str, entry: Mapping[str, Any]) -> Component:
    where = ("components", id_)
    try:
        source = SourceRef.parse(entry["source"])
    except ValueError as error:
        raise DocumentError(str(error), key_path=(*where, "source"), fix="Correct the source") from error
    component = Component(
        id=id_,
        kind=ComponentKind(entry["kind"]),
        source=source,
        ref=entry.get("revision"),
        subfolder=_subfolder(entry.get("subfolder"), (*where, "subfolder")),
        include=tuple(entry.get("include", ())),
        exclude=tuple(entry.get("exclude", ())),
        requires=tuple(sorted(entry.get("requires", ()))),
        pickle=entry.get("pickle") == "allow",
        license=entry.get("license"),
        only_used_shards=entry.get("shards") == "used",
        files=parse_files([Table(values, (*where, "files", n)) for n, values in enumerate(entry.get("files", ()))]),
    )
    check_files(component)
    return component


def _subfolder(text: str | None, where: tuple[str, ...]) -> RelativePath | None:
    return None if text is None else _path(text.rstrip("/"), where)


def _path(text: str, where: tuple[str, ...]) -> RelativePath:
    try:
        return RelativePath(text)
    except PathUnsafeError as error:
        raise DocumentError(error.reason, key_path=where, fix="Write a plain relative path") from error


def _model(id_: str, entry: Mapping[str, Any]) -> Model:
    variants = tuple(_variant(id_, name, value) for name, value in sorted(entry["variants"].items()))
    return Model(
        id=id_,
        version=entry["version"],
        type=ModelType(entry["type"]),
        default_variant=entry["default_variant"],
        variants=variants,
        aliases=tuple(sorted(entry.get("aliases", ()))),
        roles=entry.get("roles", {}),
        defaults=entry.get("defaults", {}),
        vram=entry.get("vram", {}),
    )


def _variant(model_id: str, name: str, entry: Mapping[str, Any]) -> Variant:
    where = ("models", model_id, "variants", name, "slots")
    slots: dict[str, tuple[str, ...]] = {}
    for text, mounted in entry["slots"].items():
        slot = text if text == "." else _path(text.rstrip("/"), (*where, text)).text
        if slot in slots:
            raise DocumentError(f"the slot `{slot}` is there twice", key_path=(*where, text), fix="Use one list")
        slots[slot] = (mounted,) if isinstance(mounted, str) else tuple(sorted(mounted))
    return Variant(name=name, layout=Layout(entry["layout"]), precision=entry["precision"], slots=slots)

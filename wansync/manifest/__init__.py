"""`models.toml`: what a project declares. Mapping to frozen dataclasses; reading the file is the caller's. No IO."""

from wansync.manifest.model import (
    Component,
    ComponentKind,
    Layout,
    Manifest,
    MirrorRef,
    Model,
    ModelType,
    Role,
    Scheme,
    SourceRef,
    Variant,
)
from wansync.manifest.names import ModelRef, fold
from wansync.manifest.parse import MAX_MANIFEST_BYTES, parse_manifest

__all__ = [
    "MAX_MANIFEST_BYTES",
    "Component",
    "ComponentKind",
    "Layout",
    "Manifest",
    "MirrorRef",
    "Model",
    "ModelRef",
    "ModelType",
    "Role",
    "Scheme",
    "SourceRef",
    "Variant",
    "fold",
    "parse_manifest",
]

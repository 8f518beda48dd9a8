"""The manifest as values. No IO."""

from __future__ import annotations

import re
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from wansync.manifest.names import fold
from wansync.paths import PathFilter, RelativePath, StatedFile
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping

_USERINFO_OR_QUERY = re.compile(r"//[^/]*@|[?#]")


class Scheme(StrEnum):
    """Where a source lives."""

    HUB = "hf"
    S3 = "s3"
    HTTPS = "https"
    FILE = "file"
    MIRROR = "mirror"
    """Another place of the same digests; no manifest and no lock can name one."""


_WRITTEN = tuple(scheme for scheme in Scheme if scheme is not Scheme.MIRROR)


class ComponentKind(StrEnum):
    """The class of a component."""

    TRANSFORMER = "transformer"
    TEXT_ENCODER = "text_encoder"
    IMAGE_ENCODER = "image_encoder"
    AUDIO_ENCODER = "audio_encoder"
    TOKENIZER = "tokenizer"
    VAE = "vae"
    SCHEDULER = "scheduler"
    PIPELINE = "pipeline"
    LORA = "lora"


class Role(StrEnum):
    """What a pipeline needs, whatever component gives it."""

    TEXT_ENCODER = "text_encoder"
    IMAGE_ENCODER = "image_encoder"
    UNET = "unet"
    VAE = "vae"


class ModelType(StrEnum):
    """What a model makes a video from."""

    T2V = "t2v"
    I2V = "i2v"
    TI2V = "ti2v"


class Layout(StrEnum):
    """The shape of a view."""

    NATIVE = "native"
    DIFFUSERS = "diffusers"
    COMFYUI = "comfyui"


@value_type(kw_only=False, order=True)
class SourceRef:
    """A source as it is written: `hf:Wan-AI/Wan2.2-T2V-A14B`, `s3:bucket/prefix`, `https://host/dir`, `file:dir`."""

    scheme: Scheme
    location: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the source that `text` spells.

        Raises:
            ValueError: the scheme is unknown, nothing follows it, or the text could carry a secret.
        """
        scheme, colon, location = text.partition(":")
        if not colon or scheme not in _WRITTEN:
            raise ValueError(f"expected a source that starts with one of {', '.join(f'{s}:' for s in _WRITTEN)}")
        if not location.strip("/"):
            raise ValueError("the source has no location")
        if scheme != Scheme.FILE and _USERINFO_OR_QUERY.search(location):
            raise ValueError("a source must hold no user, query or fragment: these carry secrets")
        return cls(Scheme(scheme), location)

    def __str__(self) -> str:
        return f"{self.scheme}:{self.location}"


@value_type(kw_only=False, order=True)
class MirrorRef(SourceRef):
    """A mirror where a source may stand: `mirror:<name>`; `local` says that it is a directory of this machine."""

    local: bool = False

    @classmethod
    def of(cls, name: str, *, local: bool) -> Self:
        """Return the mirror of a name."""
        return cls(Scheme.MIRROR, name, local)


@value_type
class Component:
    """A named file set of one source."""

    id: str
    kind: ComponentKind
    source: SourceRef
    ref: str | None = None
    subfolder: RelativePath | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    pickle: bool = False
    license: str | None = None
    only_used_shards: bool = False
    files: tuple[StatedFile, ...] = ()

    @property
    def filter(self) -> PathFilter:
        """Which files of the source it takes."""
        return PathFilter(
            subfolder=self.subfolder, include=self.include, exclude=self.exclude, stated=tuple(sorted(self.files))
        )

    def request(self) -> dict[str, object]:
        """Return the normalised entry less what the lock keeps under keys of its own; defaults are left out."""
        entry: dict[str, object] = {
            "exclude": sorted(self.exclude),
            "files": [file_values(file) for file in sorted(self.files)],
            "include": sorted(self.include),
            "license": self.license,
            "pickle": "allow" if self.pickle else None,
            "revision": self.ref,
            "shards": "used" if self.only_used_shards else None,
        }
        return {key: value for key, value in entry.items() if value}


def file_values(file: StatedFile) -> dict[str, object]:
    """Return a stated file as a manifest and a lock write it; what is not stated is left out."""
    stated = {"size": file.size, "sha256": str(file.digest) if file.digest else None}
    return {"path": str(file.path), **{key: value for key, value in stated.items() if value is not None}}


@value_type
class Variant:
    """A choice of components; `slots` maps a directory of the view (`"."` is its root) to component ids."""

    name: str
    layout: Layout
    precision: str
    slots: Mapping[str, tuple[str, ...]]


@value_type
class Model:
    """What a program asks for, normalised: `variants` are sorted by name. The lock holds the very same value."""

    id: str
    version: str
    type: ModelType
    default_variant: str
    variants: tuple[Variant, ...]
    aliases: tuple[str, ...] = ()
    roles: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    vram: Mapping[str, Any] = field(default_factory=dict)

    @property
    def components(self) -> frozenset[str]:
        """The ids that the slots of all variants mount."""
        return frozenset(id_ for variant in self.variants for mounted in variant.slots.values() for id_ in mounted)


@value_type
class Manifest:
    """All of `models.toml`, checked in itself; cycles and files are checked where they are known."""

    project: str
    default_profile: str | None
    profiles: Mapping[str, tuple[str, ...]]
    components: Mapping[str, Component]
    models: Mapping[str, Model]

    @property
    def canonical_profiles(self) -> dict[str, tuple[str, ...]]:
        """The profiles in the order of the lock: by name, each list sorted, since neither order means anything."""
        return {name: tuple(sorted(self.profiles[name])) for name in sorted(self.profiles)}

    def find_model(self, name: str) -> Model | None:
        """Return the model whose id or alias this is; case does not count."""
        return next((m for m in self.models.values() if fold(name) in {fold(n) for n in (m.id, *m.aliases)}), None)

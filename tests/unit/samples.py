"""Small values that many unit tests start from."""

from __future__ import annotations

from typing import Any

from wansync.digest import Digest, Revision
from wansync.listing import ListedFile, Listing
from wansync.lockfile import LockedComponent, LockedFile, Lockfile
from wansync.manifest import ComponentKind, Layout, Model, ModelType, SourceRef, Variant
from wansync.paths import RelativePath

COMMIT = Revision("c8c270b13ee05bfa474194ac9fb07a5868a97cea")
OTHER_COMMIT = Revision("206a9ee1b7bfaaf8f7e4d81335650533490646a3")

MANIFEST = """\
schema_version = 1

[project]
name = "app"
default_profile = "all"

[profiles]
all = ["alpha@small"]

[components.umt5]
kind = "text_encoder"
source = "hf:test/umt5"
subfolder = "text_encoder"

[components.transformer]
kind = "transformer"
source = "hf:test/alpha"
requires = ["umt5"]

[models.alpha]
version = "1.0"
type = "t2v"
aliases = ["wan-alpha"]
default_variant = "small"

[models.alpha.variants.small]
layout = "diffusers"
precision = "bf16"

[models.alpha.variants.small.slots]
transformer = "transformer"
text_encoder = "umt5"
"""


def edited(old: str, new: str, text: str = MANIFEST) -> bytes:
    """Return the sample text with its one occurrence of `old` replaced."""
    assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
    return text.replace(old, new).encode()


def digest(name: str) -> Digest:
    return Digest.of(name.encode())


def locked(path: str, size: int = 10, *, content: str | None = None) -> LockedFile:
    """Return a file whose digest depends on `content`, or on its path."""
    return LockedFile(path=RelativePath(path), size=size, digest=digest(content or path))


def component(id_: str, *files: LockedFile, **more: Any) -> LockedComponent:  # noqa: ANN401
    """Return a component with the files, or with one file of its own."""
    values: dict[str, Any] = {
        "kind": ComponentKind.TRANSFORMER,
        "source": SourceRef.parse(f"hf:test/{id_}"),
        "revision": COMMIT,
        "files": files or (locked("model.safetensors", content=id_),),
        "format": "safetensors",
    }
    return LockedComponent(id=id_, **(values | more))


def variant(name: str, slots: dict[str, tuple[str, ...]]) -> Variant:
    return Variant(name=name, layout=Layout.DIFFUSERS, precision="bf16", slots=slots)


def model(id_: str, *variants: Variant, **more: Any) -> Model:  # noqa: ANN401
    """Return a model whose default variant is its first one."""
    values: dict[str, Any] = {"version": "1.0", "type": ModelType.T2V, "default_variant": variants[0].name}
    return Model(id=id_, variants=variants, **(values | more))


def lock_of(*entries: LockedComponent | Model, **more: Any) -> Lockfile:  # noqa: ANN401
    """Return the lock of the project `app` with the entries."""
    components = tuple(entry for entry in entries if isinstance(entry, LockedComponent))
    models = tuple(entry for entry in entries if isinstance(entry, Model))
    return Lockfile(project="app", components=components, models=models, **more)


def shared_lock(**more: Any) -> Lockfile:  # noqa: ANN401
    """Return a lock with two models that share the component `umt5`, which requires `tokenizer`."""
    both: dict[str, Any] = {"default_profile": "both", "profiles": {"both": ("alpha@small", "beta")}}
    return lock_of(
        component("alpha-transformer", locked("a1", 100), locked("a2", 200)),
        component("beta-transformer", locked("b1", 400)),
        component("tokenizer", locked("vocab.json", 7)),
        component("umt5", locked("umt5", 50), requires=("tokenizer",)),
        model(
            "alpha",
            variant("big", {"transformer": ("alpha-transformer",)}),
            variant("small", {"transformer": ("alpha-transformer",), "text_encoder": ("umt5",)}),
            aliases=("wan-alpha",),
        ),
        model("beta", variant("small", {"transformer": ("beta-transformer",), "text_encoder": ("umt5",)})),
        **(both | more),
    )


def listing(source: str, names: dict[str, int], **more: Any) -> Listing:  # noqa: ANN401
    """Return a listing of files given as path -> size; each has its path as content."""
    values: dict[str, Any] = {"ref": None, "revision": COMMIT}
    files = (ListedFile(path=RelativePath(n), size=size, digest=digest(n)) for n, size in names.items())
    return Listing(source=SourceRef.parse(source), files=tuple(sorted(files)), **(values | more))

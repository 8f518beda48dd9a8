"""A tiny WAN model as a folder that a test may damage, and the sparse twin of a published one, 126 GB large."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any

from examples.wan22.architecture import REPOSITORIES
from examples.wan22.configs import REPOSITORIES as CONFIGS
from tests.conftest import REPOSITORY
from wansync.digest import Digest, Revision
from wansync.lockfile import LockedComponent, LockedFile, Lockfile, SelectedModel, parse_lock, select
from wansync.manifest import ComponentKind, Layout, Model, SourceRef, Variant
from wansync.paths import RelativePath
from wansync.wan.check import find_faults, look_at
from wansync.wan.paths import WanPaths, paths_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from wansync.api import Project
    from wansync.store import Store
    from wansync.wan.check import Fault

TINY = REPOSITORY / "examples" / "tiny-wan"
SHARD = "diffusion_pytorch_model-0000{}-of-00003.safetensors"
_PIPELINE = ("model_index.json", "scheduler/scheduler_config.json")


@cache
def published_lock() -> Lockfile:
    """Return the lock of this repository."""
    return parse_lock((REPOSITORY / "models.lock").read_bytes())


def model_of(id_: str) -> Model:
    """Return a model of this repository as it is locked."""
    return next(model for model in published_lock().models if model.id == id_)


class WanTree:
    """A copy of a tiny model in the layout of Diffusers.

    `slots` maps each slot to the kind of its component; `origins` says where its files lie at their source.
    """

    def __init__(self, directory: Path, model_id: str) -> None:
        self.root = directory / model_id
        shutil.copytree(TINY / model_id, self.root)
        self.model = model_of(model_id)
        self.layout = Layout.DIFFUSERS
        self.slots = {".": ComponentKind.PIPELINE} | {
            path.name: _kind(path.name) for path in sorted(self.root.iterdir()) if path.is_dir() and path.name in _KINDS
        }
        self.origins: dict[str, str] = {}

    def __truediv__(self, name: str) -> Path:
        return self.root / name

    def state(self, **changes: Any) -> None:  # noqa: ANN401
        """Let the manifest say something else of the model."""
        self.model = replace(self.model, **changes)

    def edit(self, name: str, **values: Any) -> None:  # noqa: ANN401
        """Change values of a JSON file."""
        path = self.root / name
        path.write_text(json.dumps(json.loads(path.read_text()) | values))

    def take(self, other: str, source: str, target: str) -> None:
        """Put what another tiny model has at `source` in the place of `target`."""
        path = self.root / target
        if path.is_dir():
            shutil.rmtree(path)
        source_path = TINY / other / source
        (shutil.copytree if source_path.is_dir() else shutil.copy)(source_path, path)

    def header(self, name: str) -> dict[str, Any]:
        """Return the header of a safetensors file."""
        data = (self.root / name).read_bytes()
        values: dict[str, Any] = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        return values

    def put_header(self, name: str, header: Mapping[str, Any]) -> None:
        """Replace a safetensors file by one with that header; its numbers are zeros."""
        entries, end = {}, 0
        for tensor, entry in header.items():
            if tensor == "__metadata__":
                continue
            begin, end = end, end + entry["data_offsets"][1] - entry["data_offsets"][0]
            entries[tensor] = {**entry, "data_offsets": [begin, end]}
        text = json.dumps(entries).encode()
        (self.root / name).write_bytes(len(text).to_bytes(8, "little") + text + bytes(end))

    @property
    def paths(self) -> WanPaths:
        """Lock what is on the disk now, and return where it is."""
        components = tuple(self._component(slot, kind) for slot, kind in self.slots.items())
        slots = {slot: (f"c{number}",) for number, slot in enumerate(self.slots)}
        components = tuple(replace(one, id=f"c{number}") for number, one in enumerate(components))
        variant = Variant(name="tiny", layout=self.layout, precision="fp32", slots=slots)
        lock = Lockfile(project="test", components=components, models=(self.model,))
        selected = SelectedModel(model=self.model, variant=variant, files=lock.view_files(variant))
        return paths_in(lock, selected, self.root)

    def faults(self, *, text_encoder: bool = True) -> tuple[Fault, ...]:
        """Return what is wrong with it."""
        return find_faults(look_at(self.paths), text_encoder=text_encoder)

    def _component(self, slot: str, kind: ComponentKind) -> LockedComponent:
        folder = self.root / slot
        names = _PIPELINE if kind is ComponentKind.PIPELINE else sorted(path.name for path in folder.iterdir())
        files = tuple(_locked(folder, name) for name in names if (folder / name).exists())
        return LockedComponent(
            id=slot,
            kind=kind,
            source=SourceRef.parse("file:weights"),
            revision=Revision("0" * 40),
            files=files,
            format="safetensors",
            subfolder=RelativePath(self.origins.get(slot, slot)) if slot != "." else None,
        )


_CONFIGURED: dict[str, dict[str, Any]] = {
    "vae/config.json": {"_class_name": "AutoencoderKLWan", "z_dim": 48, "scale_factor_spatial": 16},
    "text_encoder/config.json": {"model_type": "umt5", "d_model": 4096, "vocab_size": 256384},
}
_KINDS = {
    "transformer": ComponentKind.TRANSFORMER,
    "transformer_2": ComponentKind.TRANSFORMER,
    "text_encoder": ComponentKind.TEXT_ENCODER,
    "tokenizer": ComponentKind.TOKENIZER,
    "vae": ComponentKind.VAE,
}


def _kind(name: str) -> ComponentKind:
    return _KINDS[name]


def _locked(folder: Path, name: str) -> LockedFile:
    data = (folder / name).read_bytes()
    return LockedFile(path=RelativePath(name), size=len(data), digest=Digest.of(data))


def place_sparse(project: Project, name: str) -> WanPaths:
    """Fill the store with the published files of a model, as large as they are, and make its view.

    Headers, indexes and configurations are the real bytes, or have the real structure; all else is a hole, of which
    the records of the store say that it was verified.
    """
    lock = published_lock()
    selected = select(lock, [name]).models[0]
    store = project.workspace().store()
    store.prepare()
    for id_ in sorted(selected.components):
        component = lock.component(id_)
        known = _known_heads(component)
        for file in component.files:
            path = str(component.source_path(file))
            _place(store, file, known.get(path) or _made_up(path, file.size))
    root = project.ensure(name).paths[selected.name]
    return paths_in(lock, selected, root)


def _known_heads(component: LockedComponent) -> dict[str, bytes]:
    """Return how files of a published repository begin, as far as it follows from the architecture."""
    repository = component.source.location
    heads = dict(CONFIGS.get(repository, {}))
    for checkpoint in REPOSITORIES.get(repository, ()):
        heads[checkpoint.index_path] = checkpoint.index
        folder = f"{checkpoint.folder}/" if checkpoint.folder else ""
        heads |= {folder + shard: checkpoint.header(shard) for shard in checkpoint.shards}
    return heads


def _made_up(path: str, size: int) -> bytes:
    """Return how a published file begins whose bytes are not known, but whose structure is."""
    if path in _CONFIGURED:
        return json.dumps(_CONFIGURED[path]).encode().ljust(size)
    if path != "vae/diffusion_pytorch_model.safetensors":
        return b""
    shapes = {"encoder.x": (1,), "quant_conv.weight": (96, 96, 1, 1, 1), "post_quant_conv.weight": (48, 48, 1, 1, 1)}
    entries, end = {}, 0
    for name, shape in shapes.items():
        begin, end = end, end + 4 * prod(shape)
        entries[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}
    rest = size - 8 - 1024 - end
    entries["rest"] = {"dtype": "U8", "shape": [rest], "data_offsets": [end, end + rest]}
    return (1024).to_bytes(8, "little") + json.dumps(entries).encode().ljust(1024)


def _place(store: Store, file: LockedFile, head: bytes) -> None:
    path = store.layout.blob(file.digest)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(head)
        stream.truncate(file.size)
    path.chmod(0o444)
    fingerprint = store.fs.fingerprint(path)
    assert fingerprint is not None
    store.attests.stamp(file.digest, fingerprint, intact=True)


def head_bytes(paths: WanPaths) -> Iterator[int]:
    """Yield the bytes of each file that whoever knows all about a model has to read."""
    for part in paths.parts:
        for path, file in zip(part.paths, part.files, strict=True):
            if path.suffix == ".safetensors":
                with path.open("rb") as stream:
                    length = int.from_bytes(stream.read(8), "little")
                yield 8 + 8 + length
            elif path.name.endswith(".index.json") or path.name in {
                "config.json",
                "model_index.json",
                "scheduler_config.json",
            }:
                yield file.size

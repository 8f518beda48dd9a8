"""Every reader of bytes that somebody else may have written: what it reads, and how it may refuse."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tests.support.weights import with_header
from tests.torture.hostile.records import record_targets
from tests.torture.hostile.server import answer_targets
from tests.unit.samples import MANIFEST, listing, shared_lock
from wansync.digest import Digest
from wansync.documents import DocumentError
from wansync.errors import WansyncError
from wansync.formats.index import parse_weight_map
from wansync.formats.safetensors import parse_header
from wansync.formats.structure import bytes_needed, examine
from wansync.graph import build_graph
from wansync.listing import format_listing, parse_listing
from wansync.lockfile import common_lock, format_lock, heal, parse_lock, select
from wansync.manifest import parse_manifest
from wansync.paths import RelativePath, collision
from wansync.plan import read_saved
from wansync.settings.document import parse_config
from wansync.store.layout import parse_partial
from wansync.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOCK = format_lock(shared_lock())
_HEADER = {
    "__metadata__": {"format": "pt"},
    "a": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]},
    "b": {"dtype": "F4", "shape": [2], "data_offsets": [8, 9]},
}
_GGUF = b"GGUF\x03\x00\x00\x00" + b"\x01" + bytes(7) + b"\x01" + bytes(30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One reader.

    Args:
        name: what a report calls it.
        good: documents that it takes; hostile ones are made of them.
        read: the reader.
        refusals: how it may say no; anything else that it raises is a broken promise.
    """

    name: str
    good: tuple[bytes, ...]
    read: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...] = (WansyncError, DocumentError)


def make_targets(folder: Path) -> list[Target]:
    """Return all readers; those of records have their store in a folder."""
    found = [*_documents(folder), *_weights(), *_names()]
    found += [Target(name=name, good=good, read=read) for name, good, read in record_targets(folder)]
    found += [Target(name=name, good=good, read=read) for name, good, read in answer_targets(folder)]
    return found


def _documents(folder: Path) -> list[Target]:
    conflict = b"<<<<<<< ours\n" + LOCK + b"||||||| base\n=======\n" + LOCK + b">>>>>>> theirs\n"
    recorded = format_listing(
        listing("hf:a/b", {"a": 1, "i.index.json": 2}, weight_maps={RelativePath("i.index.json"): {"t": "a"}})
    )
    config = b'lock_timeout = 60\nmin_free = "5%"\nlink_mode = "auto"\nallow_license = ["mit"]\nmodels_root = "~/m"\n'
    plan = json.dumps({"format_version": "1.4", "actions": [], "expires_with": {"state": "0" * 64}}).encode()
    manifest = MANIFEST.encode()
    return [
        Target(name="manifest", good=(manifest,), read=lambda data: build_graph(parse_manifest(data))),
        Target(name="lock", good=(LOCK,), read=_use_lock),
        Target(name="conflict", good=(conflict,), read=partial(_heal, parse_manifest(manifest))),
        Target(name="listing", good=(recorded,), read=lambda data: format_listing(parse_listing(data, name="x.json"))),
        Target(name="settings", good=(config,), read=lambda data: parse_config(data, folder / "config.toml")),
        Target(name="saved plan", good=(plan,), read=lambda data: read_saved(data, name="plan.json")),
    ]


def _use_lock(data: bytes) -> None:
    lock = parse_lock(data)
    for wanted in ([], *([model.id] for model in lock.models)):
        select(lock, wanted)


def _heal(manifest: object, data: bytes) -> None:
    heal(data, manifest)  # type: ignore[arg-type]
    common_lock(data)


def _weights() -> list[Target]:
    header = with_header(_HEADER, b"123456789")
    index = json.dumps({"metadata": {"total_size": 9}, "weight_map": {"a": "m-1.safetensors", "b": "m-2.bin"}}).encode()
    return [
        Target(name="safetensors", good=(header,), read=lambda data: parse_header(data, len(data))),
        Target(name="head of a file", good=(header, _GGUF, b"PK\x03\x04x/data.pkl", b"\x80\x02}."), read=_examine),
        Target(name="index", good=(index,), read=parse_weight_map),
    ]


def _examine(data: bytes) -> None:
    for name in ("m.safetensors", "m.gguf", "m.bin", "m.safetensors.index.json"):
        for size in (len(data), 2**40):
            bytes_needed(name, data, size)
            examine(name, data, size)


def _names() -> list[Target]:
    names = (b"transformer/model-00001-of-00002.safetensors", b"a/b/c", b"config.json")
    partial_name = f"{'0' * 64}.host.1.2.ab.part".encode()
    return [
        Target(name="path", good=names, read=_use_path),
        Target(name="digest", good=(b"0" * 64, b"sha256:" + b"f" * 64), read=_use_digest, refusals=(ValueError,)),
        Target(name="name of a partial", good=(partial_name,), read=lambda data: parse_partial(_text(data))),
        Target(name="text for people", good=(b"error: \x1b[31mx", b"name"), read=_print),
    ]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _use_path(data: bytes) -> None:
    path = RelativePath(_text(data))
    collision([path, RelativePath("config.json")])
    assert ".." not in path.parts
    assert not path.text.startswith("/")


def _use_digest(data: bytes) -> None:
    assert len(Digest.parse(_text(data)).hex) == 64


def _print(data: bytes) -> None:
    shown = printable(_text(data))
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}

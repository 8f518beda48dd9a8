"""Embeddings on disk: one safetensors file for each, all of them together no larger than a limit.

A convenience like every cache: a file that is damaged, half written or gone is a miss, and a disk that is full or
cannot be written only means that the prompt is encoded again.
"""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING, Any

from wansync.documents import DocumentError
from wansync.formats.safetensors import header_end, parse_header
from wansync.store.fsops import FileSystem
from wansync.store.replace import replace_durably
from wansync.value_types import value_type
from wansync.wan.libraries import load

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.wan.embeddings.key import EmbeddingKey

MAX_BYTES = 1 << 30
"""The default limit: some 250 prompts of 512 tokens, which take 4 MiB each in bfloat16."""
_MAX_FILE = 256 << 20
_SUFFIX = ".safetensors"
_TENSOR = "prompt_embeds"


@value_type
class Kept:
    """What a cache holds: files and their bytes in all."""

    files: int
    size: int


class EmbeddingCache:
    """Embeddings in a directory. Several processes may use it at once.

    Args:
        folder: where they are; it is made when the first is kept.
        max_bytes: what they may take in all; beyond it those go that were used longest ago.
        fs: the file system.
    """

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES, fs: FileSystem | None = None) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        self._fs = fs or FileSystem()

    def get(self, key: EmbeddingKey) -> Any | None:  # noqa: ANN401 (a tensor)
        """Return the embedding as it was encoded, on the CPU, or `None` when it is not here whole.

        Raises:
            ExtraMissingError: torch is not installed.
        """
        path = self._path(key)
        data = self._fs.read_bytes(path, _MAX_FILE)
        if data is None or not _is_whole(data, key):
            return None
        with contextlib.suppress(OSError):
            self._fs.mark_used(path)
        return load("safetensors.torch").load(data)[_TENSOR]

    def put(self, key: EmbeddingKey, embedding: Any) -> None:  # noqa: ANN401 (a tensor)
        """Keep an embedding, and remove what is too much with it.

        Raises:
            ExtraMissingError: torch is not installed.
        """
        data = _file_of(key, embedding)
        if len(data) > min(self.max_bytes, _MAX_FILE):
            return
        with contextlib.suppress(OSError):
            self._make_room(len(data))
            replace_durably(self._fs, self._path(key), data)

    def kept(self) -> Kept:
        """Return what is here now."""
        sizes = [size for _, size, _ in self._files()]
        return Kept(files=len(sizes), size=sum(sizes))

    def _path(self, key: EmbeddingKey) -> Path:
        return self.folder / f"{key.digest}{_SUFFIX}"

    def _files(self) -> list[tuple[int, int, Path]]:
        """Return when each was used last, its size, and where it is; the one used longest ago comes first."""
        found = self._fs.list_fingerprints(self.folder)
        return sorted((mark.mtime_ns, mark.size, self.folder / name) for name, mark in found if name.endswith(_SUFFIX))

    def _make_room(self, coming: int) -> None:
        files = self._files()
        total = coming + sum(size for _, size, _ in files)
        for _, size, path in files:
            if total <= self.max_bytes:
                return
            self._fs.remove(path)
            total -= size


def _file_of(key: EmbeddingKey, embedding: Any) -> bytes:  # noqa: ANN401 (a tensor)
    torch = load("torch")
    tensor = embedding.detach().to("cpu").contiguous()
    payload = tensor.view(torch.uint8).numpy().tobytes()
    metadata = {"key": str(key.digest), "sha256": hashlib.sha256(payload).hexdigest()}
    data: bytes = load("safetensors.torch").save({_TENSOR: tensor}, metadata=metadata)
    return data


def _is_whole(data: bytes, key: EmbeddingKey) -> bool:
    """Return whether these are the bytes that were kept under a key: no loader sees any others."""
    try:
        header = parse_header(data, len(data))
    except DocumentError:
        return False
    said = header.metadata
    payload = hashlib.sha256(memoryview(data)[header_end(data, len(data)) :]).hexdigest()
    return [*header.tensors] == [_TENSOR] and said.get("key") == str(key.digest) and said.get("sha256") == payload

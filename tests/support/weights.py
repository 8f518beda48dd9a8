"""Small files that loaders would take: valid safetensors of any size."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_HEADER = 128
"""The first bytes of a file with one tensor, all of them its header."""


def safetensors(tensors: Mapping[str, bytes]) -> bytes:
    """Return a file with these tensors, each a row of bytes."""
    entries, end = {}, 0
    for name, data in tensors.items():
        begin, end = end, end + len(data)
        entries[name] = {"dtype": "U8", "shape": [len(data)], "data_offsets": [begin, end]}
    return with_header(entries, b"".join(tensors.values()))


def with_header(header: object, data: bytes = b"", *, length: int = 0) -> bytes:
    """Return a file with any header, filled up with spaces to `length` bytes with the number that begins it."""
    text = header if isinstance(header, bytes) else json.dumps(header, ensure_ascii=False).encode()
    text = text.ljust(length - 8)
    return len(text).to_bytes(8, "little") + text + data


def weights_of(size: int, filler: Callable[[int], bytes]) -> bytes:
    """Return a file of exactly `size` bytes with one tensor; one too small for a header is only filler.

    Args:
        size: in bytes.
        filler: returns that many bytes.
    """
    if size < _HEADER:
        return filler(size)
    count = size - _HEADER
    entry = {"dtype": "U8", "shape": [count], "data_offsets": [0, count]}
    return with_header({"weights": entry}, filler(count), length=_HEADER)

"""What the name of a weights file says of its format. No IO; magic bytes are for those who have the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PICKLE_SUFFIXES = (".pth", ".bin", ".ckpt", ".pt", ".pkl", ".pickle")
"""Formats that can run code when they are loaded."""

_FORMATS = {".safetensors": "safetensors", ".gguf": "gguf"} | dict.fromkeys(PICKLE_SUFFIXES, "pickle")
# The format that says most about risk wins: one pickle makes a component a pickle.
_PRECEDENCE = ("pickle", "gguf", "safetensors")


def is_pickle(name: str) -> bool:
    """Return whether a file of that name can run code when it is loaded."""
    return name.casefold().endswith(PICKLE_SUFFIXES)


def format_of(names: Iterable[str]) -> str:
    """Return the format of files of these names: `pickle`, `gguf`, `safetensors` or `other`."""
    suffixes = {"." + name.casefold().rpartition(".")[2] for name in names if "." in name}
    found = {_FORMATS[suffix] for suffix in suffixes if suffix in _FORMATS}
    return next((name for name in _PRECEDENCE if name in found), "other")

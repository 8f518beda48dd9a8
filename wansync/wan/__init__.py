"""The WAN runtime: from a locked model to a pipeline, checked before a GPU is touched.

A leaf above `api`. The names here are loaded when they are first used; only those that run a model need torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wansync.wan.check import ComponentsReport, check_components
    from wansync.wan.inputs import WanInputs, validate_inputs
    from wansync.wan.memory import estimate_vram
    from wansync.wan.paths import WanPart, WanPaths, get_wan_paths
    from wansync.wan.vram import VramEstimate

_HOME = {
    "ComponentsReport": "check",
    "VramEstimate": "vram",
    "WanInputs": "inputs",
    "WanPart": "paths",
    "WanPaths": "paths",
    "check_components": "check",
    "estimate_vram": "memory",
    "get_wan_paths": "paths",
    "validate_inputs": "inputs",
}
"""Name -> the module that has it."""

__all__ = [
    "ComponentsReport",
    "VramEstimate",
    "WanInputs",
    "WanPart",
    "WanPaths",
    "check_components",
    "estimate_vram",
    "get_wan_paths",
    "validate_inputs",
]


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(f"wansync.wan.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__

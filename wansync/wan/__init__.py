"""The WAN runtime: from a locked model to a pipeline, checked before a GPU is touched.

A leaf above `api`. The names here are loaded when they are first used; only those that run a model need torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wansync.wan.check import ComponentsReport, check_components
    from wansync.wan.embeddings import EmbeddingCache
    from wansync.wan.inputs import WanInputs, validate_inputs
    from wansync.wan.load import load_pipeline
    from wansync.wan.memory import estimate_vram
    from wansync.wan.original import OriginalRun, original_run
    from wansync.wan.paths import WanPart, WanPaths, get_wan_paths
    from wansync.wan.pipeline import LoadedPipeline, Video
    from wansync.wan.prompts import EncodeReport, encode_prompts
    from wansync.wan.smoke import SmokeReport, smoke_test
    from wansync.wan.vram import VramEstimate

_HOME = {
    "ComponentsReport": "check",
    "EmbeddingCache": "embeddings",
    "EncodeReport": "prompts",
    "LoadedPipeline": "pipeline",
    "OriginalRun": "original",
    "SmokeReport": "smoke",
    "Video": "pipeline",
    "VramEstimate": "vram",
    "WanInputs": "inputs",
    "WanPart": "paths",
    "WanPaths": "paths",
    "check_components": "check",
    "encode_prompts": "prompts",
    "estimate_vram": "memory",
    "get_wan_paths": "paths",
    "load_pipeline": "load",
    "original_run": "original",
    "smoke_test": "smoke",
    "validate_inputs": "inputs",
}
"""Name -> the module that has it."""

__all__ = [
    "ComponentsReport",
    "EmbeddingCache",
    "EncodeReport",
    "LoadedPipeline",
    "OriginalRun",
    "SmokeReport",
    "Video",
    "VramEstimate",
    "WanInputs",
    "WanPart",
    "WanPaths",
    "check_components",
    "encode_prompts",
    "estimate_vram",
    "get_wan_paths",
    "load_pipeline",
    "original_run",
    "smoke_test",
    "validate_inputs",
]


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(f"wansync.wan.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__

"""The libraries of the extra `wan`: torch and what builds on it. Loaded when a model is to run, and never before."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module, metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from wansync.errors import ExtraMissingError
from wansync.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

EXTRA = "wan"
REQUIRED = ("torch", "diffusers", "transformers", "accelerate", "ftfy")
"""Without ftfy Diffusers cleans prompts in another way, and says nothing: other frames come out."""


def require_libraries() -> None:
    """Return if everything that running a model needs is installed. Imports nothing.

    Raises:
        ExtraMissingError: something is not.
    """
    missing = [name for name in REQUIRED if find_spec(name) is None]
    if missing:
        raise _missing(
            f"Running a model needs {', '.join(f'`{name}`' for name in missing)}, not installed here", missing
        )


def load(name: str) -> Any:  # noqa: ANN401 (these libraries have no types)
    """Return a module of one of the libraries.

    Raises:
        ExtraMissingError: it is not installed, or cannot be loaded.
    """
    require_libraries()
    try:
        return import_module(name)
    except (ImportError, OSError, RuntimeError) as error:
        # Such as a torch whose CUDA libraries are not there, or two versions that do not go together.
        raise _missing(f"`{name}` is installed but cannot be loaded: {printable(str(error))}", [name]) from error


@cache
def versions() -> Mapping[str, str]:
    """Return the versions of the libraries that decide what comes out."""
    return {name: metadata.version(name) for name in ("torch", "diffusers", "transformers")}


def _missing(reason: str, names: list[str]) -> ExtraMissingError:
    return ExtraMissingError(
        reason,
        hint=f"Install the extra `{EXTRA}` for the Python that runs this: `python -m pip install 'wansync[{EXTRA}]'`",
        python=sys.executable,
        extra=EXTRA,
        missing=names,
    )

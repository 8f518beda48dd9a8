"""What surrounds a run: environment variables, home and working directory. No other module reads them.

Light, since the fast path of the command line loads it before anything else.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from wansync.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

MANIFEST_NAME = "models.toml"
LOCK_NAME = "models.lock"


def variables() -> Mapping[str, str]:
    """Return the environment."""
    return os.environ


def absolute(path: str | os.PathLike[str]) -> Path:
    """Return a path from the root, with `~` as the home."""
    # Links are not resolved: a project and a store are where their names lead, also after a link is moved.
    return Path(os.path.abspath(Path(path).expanduser()))  # noqa: PTH100


def models_root() -> Path:
    """Return the directory of the store: `MODELS_ROOT`, else one in the user's data directory."""
    text = os.environ.get("MODELS_ROOT")
    if text:
        return absolute(text)
    import platformdirs  # noqa: PLC0415 (not needed where MODELS_ROOT is set)

    return Path(platformdirs.user_data_dir("wansync", appauthor=False)) / "models"


def hub_cache() -> Path | None:
    """Return the directory of the user's Hugging Face cache, whether it exists or not; `None` without a home."""
    try:
        return absolute(os.path.expandvars(hub_cache_directory(os.environ)))
    except RuntimeError:
        # No home: in a container the user may be one that the system does not know.
        return None


def hub_cache_directory(variables: Mapping[str, str]) -> str:
    """Return where Hugging Face's client keeps its cache, as a text that may hold `~` and variables."""
    home = variables.get("HF_HOME") or f"{variables.get('XDG_CACHE_HOME') or '~/.cache'}/huggingface"
    return variables.get("HF_HUB_CACHE") or variables.get("HUGGINGFACE_HUB_CACHE") or f"{home}/hub"


def log_directory() -> Path:
    """Return where the logs of this user belong."""
    import platformdirs  # noqa: PLC0415 (only needed after a crash)

    return Path(platformdirs.user_log_dir("wansync", appauthor=False))


def find_manifest(directory: str | os.PathLike[str] | None) -> Path:
    """Return the path of `models.toml` in or above a directory; where it belongs, if there is none.

    Args:
        directory: where to begin; `WAN_MODELS_MANIFEST` or else the working directory when it is not given.

    Raises:
        UsageError: the directory does not exist.
    """
    named = os.environ.get("WAN_MODELS_MANIFEST")
    if directory is None and named:
        return absolute(named)
    start = absolute(directory or ".")
    if not start.is_dir():
        raise UsageError(f"There is no directory `{start}`", hint="Name an existing directory with `--project DIR`")
    for folder in (start, *start.parents):
        if (folder / MANIFEST_NAME).exists() or (folder / LOCK_NAME).exists():
            return folder / MANIFEST_NAME
    return start / MANIFEST_NAME


def no_colour() -> bool:
    """Return whether the user asked for no colour (https://no-color.org)."""
    return bool(os.environ.get("NO_COLOR"))

"""The answer to a command that has nothing to do, given before typer is loaded. Reads a few files, takes no lock.

Standard library only, but for what is as light. Whatever it is not sure of goes to the ordinary path, which finds the
same answer or a better one.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOCK = (["lock"], ["lock", "--quiet"], ["lock", "-q"])
_DECIDING = ("WANSYNC_ALLOW_LICENSE", "WANSYNC_DENY_LICENSE")
_MAX_BYTES = 32 * 2**20


def answer(arguments: Sequence[str]) -> int | None:
    """Return the exit status of a command that had nothing to do, or `None` where the ordinary path must look."""
    if list(arguments) not in _LOCK:
        return None
    try:
        return _lock()
    except Exception:  # noqa: BLE001 (the ordinary path has words for whatever is wrong)
        return None


def _lock() -> int | None:
    from wansync.settled import FILE_NAME, Settled, pair_of  # noqa: PLC0415
    from wansync.surroundings import LOCK_NAME, find_manifest, models_root, variables  # noqa: PLC0415
    from wansync.text import printable  # noqa: PLC0415

    if any(variables().get(name) for name in _DECIDING):
        return None
    manifest = find_manifest(None)
    lock = manifest.with_name(LOCK_NAME)
    pair = pair_of(_read(manifest), _read(lock))
    summary = Settled.parse(_read(models_root() / ".state" / FILE_NAME)).summaries.get(pair)
    if summary is None:
        return None
    sys.stderr.write(printable(f"Nothing to do: {summary}; {lock}", limit=2000) + "\n")
    return 0


def _read(path: Path) -> bytes:
    # A FIFO in place of a file would make us wait for its writer.
    if not path.is_file() or path.stat().st_size > _MAX_BYTES:
        raise FileNotFoundError(path)
    return path.read_bytes()

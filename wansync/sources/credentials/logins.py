"""Which origins somebody has logged in to: names alone, since a keyring cannot list what it has.

The keyring is asked about these and no others, so that whoever never logged in is never asked to unlock one.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from wansync.sources.credentials.names import parse_origin, spell_origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from wansync.sources.origins import WebOrigin

FILE_NAME = "logins.json"
_MAX_BYTES = 2**16
_MODE = 0o600


def read_logins(path: Path | None) -> tuple[WebOrigin, ...]:
    """Return the origins that a file names; none where there is no file, or it is damaged."""
    try:
        text = path.read_bytes()[: _MAX_BYTES + 1] if path else b""
        named = json.loads(text)["origins"]
        return tuple(parse_origin(name) for name in named if isinstance(name, str))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ()


@contextlib.contextmanager
def logins_held(path: Path) -> Iterator[None]:
    """Hold the file between reading and writing it: of two who log in at once one would lose the other's name."""
    import filelock  # noqa: PLC0415 (only who changes it needs it)

    with contextlib.ExitStack() as held:
        # Who cannot make a lock file hears why when the file itself is written; safety never depends on it.
        with contextlib.suppress(OSError):
            # It makes the directory, too.
            lock = filelock.FileLock(path.with_name(f"{path.name}.lock"), mode=_MODE, preserve_lock_file=True)
            held.enter_context(lock)
        yield


def logins_document(origins: Iterable[WebOrigin]) -> bytes:
    """Return the bytes of the file that names these origins."""
    names = sorted({spell_origin(web) for web in origins})
    return (json.dumps({"format_version": "1.0", "origins": names}, indent=2) + "\n").encode()

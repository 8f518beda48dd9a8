"""What a command said when it had nothing to do, and what that rests on: told again while all of it is as it was.

An answer is a JSON file in the store. Its grounds are the bytes of some files (`models.toml`, `models.lock`), what
`stat` says of others (blobs, views, records), and directories that must be empty. Reads only; `store/answers.py`
writes. Standard library only, and little of it, since the fast path of the command line loads this before anything
else: no dataclasses, no pathlib, no typing.
"""

from __future__ import annotations

import hashlib
import json
import os

from wansync.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

FOLDER = "answers"
"""Their directory below `.state` of the store."""
FORM = 1
_MAX_BYTES = 64 * 2**20
_MAX_INPUT_BYTES = 32 * 2**20
_ABSENT = (-1, -1, -1, -1, -1, -1)


def name_of(*question: str) -> str:
    """Return the name of the answer to a question: to whatever decides about it beside its grounds.

    Another version of this program may answer otherwise, so it asks under another name. So does another machine, which
    may be a container that has the same paths: it registers a root of its own.
    """
    parts = (__version__, _machine(), *question)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _machine() -> str:
    if hasattr(os, "uname"):
        return os.uname().nodename
    import socket  # noqa: PLC0415 (7 ms, which no other system need pay)

    return socket.gethostname()


def recall(state: str, name: str) -> Any | None:  # noqa: ANN401 (whatever was said)
    """Return what was said to a question if it still holds, else `None`.

    Args:
        state: the directory `.state` of a store.
        name: from `name_of`.
    """
    try:
        record = json.loads(_read(os.path.join(state, FOLDER, f"{name}.json"), _MAX_BYTES))  # noqa: PTH118
        return record["said"] if record["form"] == FORM and _holds(record) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # absent, torn, or of another time: the ordinary way finds the same answer or a better one


def _holds(record: Mapping[str, Any]) -> bool:
    return (
        all(digest_of(path) == digest for path, digest in record["inputs"].items())
        and all(not is_inhabited(path) for path in record["empty"])
        and stats_of(record["paths"])[0] == record["stats"]
    )


def digest_of(path: str) -> str | None:
    """Return the SHA-256 of a regular file's bytes; `None` when nothing is there.

    Raises:
        OSError: it cannot be read.
        ValueError: it has more than 32 MiB.
    """
    try:
        return hashlib.sha256(_read(path, _MAX_INPUT_BYTES)).hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return None


def is_inhabited(path: str) -> bool:
    """Return whether a directory has an entry; one that is not there has none."""
    try:
        with os.scandir(path) as entries:
            return any(True for _ in entries)
    except FileNotFoundError:
        return False


def stats_of(paths: Mapping[str, Sequence[str]]) -> tuple[str, int]:
    """Return a digest over what `stat` says of files and directories, links not followed; and the latest time of them.

    Any write, link, rename or replacement changes it. What is not there counts too.

    Args:
        paths: directory -> names in it; an empty name is the directory itself.

    Returns:
        The digest, and nanoseconds since the epoch by the clock of the file system.
    """
    values = [_stat(os.path.join(folder, name)) for folder in sorted(paths) for name in paths[folder]]  # noqa: PTH118
    latest = max((max(value[4:]) for value in values), default=0)
    return hashlib.sha256(str(values).encode()).hexdigest(), latest


def grouped(paths: Iterable[str]) -> dict[str, list[str]]:
    """Return paths in the form that `stats_of` takes, sorted, each once."""
    groups: dict[str, list[str]] = {}
    for path in sorted(set(paths)):
        folder, name = os.path.split(path)
        groups.setdefault(folder, []).append(name)
    return groups


def _stat(path: str) -> tuple[int, ...]:
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return _ABSENT
    return found.st_mode, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _read(path: str, limit: int) -> bytes:
    # O_NONBLOCK: a FIFO in place of a file must not make us wait for its writer.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as stream:  # noqa: PTH123 (pathlib is not loaded here)
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise ValueError(path)
    return data

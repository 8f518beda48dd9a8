"""A hub that gives its bytes slowly, in a process of its own: whoever forks children must have no threads."""

from __future__ import annotations

import json
import os
import socket
from typing import IO, TYPE_CHECKING, Any, Self

from tests.faults.children import fork, kill
from tests.support.hub import Faults, Hub

if TYPE_CHECKING:
    from collections.abc import Mapping

CHUNK = 256 * 2**10
"""What the hub sends at once."""


class SlowSource:
    """A test hub in a child process, with the repositories `test/<first folder>`; a context manager.

    Args:
        delay: seconds before each 256 KiB of a large file.

    Attributes:
        url: where it is.
    """

    def __init__(self, delay: float) -> None:
        ours, theirs = socket.socketpair()
        self._child = fork(lambda: _serve(ours, theirs, delay))
        theirs.close()
        self._lines: IO[str] = ours.makefile("rw", encoding="utf-8")
        ours.close()
        self.url = str(json.loads(self._lines.readline())["url"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        kill(self._child)

    def commit(self, files: Mapping[str, bytes]) -> None:
        """Let the repositories have these files, named by repository and path."""
        self._ask("commit", {name: data.hex() for name, data in files.items()})

    def sent(self) -> int:
        """Return the bytes of large files that were sent so far."""
        return int(self._ask("sent", {}))

    def _ask(self, what: str, values: Mapping[str, str]) -> int:
        self._lines.write(json.dumps([what, values]) + "\n")
        self._lines.flush()
        answer: int = json.loads(self._lines.readline())
        return answer


def _serve(parents: socket.socket, connection: socket.socket, delay: float) -> int:
    parents.close()
    with Hub() as hub, connection.makefile("rw", encoding="utf-8") as lines:
        hub.faults = Faults(chunk_delay=delay)
        _say(lines, {"url": hub.url})
        for line in lines:
            what, values = json.loads(line)
            if what == "commit":
                _commit(hub, values)
            _say(lines, hub.sent)
    os._exit(0)


def _commit(hub: Hub, values: Mapping[str, str]) -> None:
    repositories: dict[str, dict[str, bytes]] = {}
    for name, data in values.items():
        repository, _, path = name.partition("/")
        repositories.setdefault(f"test/{repository}", {})[path] = bytes.fromhex(data)
    for repository, files in repositories.items():
        (hub.repositories.get(repository) or hub.repository(repository, license="mit")).commit(files)


def _say(lines: IO[str], value: Any) -> None:  # noqa: ANN401 (whatever JSON can say)
    lines.write(json.dumps(value) + "\n")
    lines.flush()

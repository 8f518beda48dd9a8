"""A directory behind HTTP, as nginx would serve it: ranges, `If-Range`, 404. A test says what it does wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote

from tests.support.wire_server import HangUp, Heard, WireServer, part, whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


@dataclass
class MirrorServer:
    """A context manager.

    Attributes:
        root: the directory.
        down: whether every connection is closed without an answer.
        refuses: whether every request is answered 403.
        gives: so many bytes of a file, from its beginning; where the next one is due, the connection ends.
        asked: the targets of all requests, in order.
    """

    root: Path
    down: bool = False
    refuses: bool = False
    gives: int | None = None
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._server = WireServer(self._answer)
        self._server.__enter__()
        self.url = self._server.url
        return self

    def __exit__(self, *about: object) -> None:
        self._server.__exit__(*about)

    @property
    def heard(self) -> list[Heard]:
        """Every request with its headers."""
        return self._server.heard

    def _answer(self, heard: Heard) -> Iterator[bytes]:
        self.asked.append(heard.target)
        if self.down:
            raise HangUp
        path = self.root / unquote(heard.target).lstrip("/")
        if self.refuses:
            yield whole(403)
        elif not path.is_file():
            yield whole(404, b"nothing here")
        else:
            data = path.read_bytes()
            found = _RANGE.fullmatch(heard.headers.get("range", ""))
            if found is None:
                yield whole(200, data, ETag='"v1"')
            elif int(found[1]) >= len(data):
                yield whole(416, Content_Range=f"bytes */{len(data)}")
            else:
                start, end = int(found[1]), min(int(found[2]) + 1, len(data))
                answer = part(data, start, end, ETag='"v1"')
                kept = end if self.gives is None else max(start, min(end, self.gives))
                yield answer[: len(answer) - (end - kept)]
                if kept < end:
                    raise HangUp

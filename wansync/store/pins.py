"""Pins: what a person wants kept although no project may name it any more. One small durable record for each.

A pin names the very bytes, not a model: what a lock says later does not move it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.documents import DocumentError, format_json
from wansync.store.records import read_record, write_file
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from wansync.documents import Table
    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout

_VERSION = 1


@value_type
class Pin:
    """A person's wish.

    Args:
        name: what was pinned: `model@variant`, a component's id, or a digest.
        digests: the bytes to keep -> their size in bytes.
        project: whose lock said which bytes; empty for a digest.
        reason: in that person's words.
        made_at: seconds since the epoch.
    """

    name: str
    digests: Mapping[Digest, int]
    project: str = ""
    reason: str = ""
    made_at: float = 0.0

    @property
    def id(self) -> str:
        """The name of its record: the same bytes under the same name are one pin."""
        lines = "".join(f"{digest}\n" for digest in sorted(self.digests))
        return Digest.of(f"{self.project}\n{self.name}\n{lines}".encode("utf-8", "surrogateescape")).short

    @property
    def size(self) -> int:
        """The bytes that it keeps."""
        return sum(self.digests.values())


class Pins:
    """The pins of a store; the caller holds the roots lock when it writes.

    Args:
        clock: returns seconds since the epoch.
    """

    def __init__(self, fs: FileSystem, layout: StoreLayout, clock: Callable[[], float]) -> None:
        self._fs = fs
        self._layout = layout
        self._clock = clock

    def each(self) -> Iterator[tuple[str, Pin | None]]:
        """Yield the id of every pin and the pin, `None` where its record makes no sense."""
        for name in self._fs.list_directory(self._folder):
            if name.endswith(".json"):
                yield name.removesuffix(".json"), self._read(self._folder / name)

    def all(self) -> list[Pin]:
        """Return every pin.

        Raises:
            DocumentError: a record makes no sense; collecting without it could remove what it keeps.
        """
        pins = []
        for name, pin in self.each():
            if pin is None:
                raise DocumentError(f"the pin `{name}` cannot be read")
            pins.append(pin)
        return pins

    def digests(self) -> dict[Digest, int]:
        """Return all that pins keep, with its size in bytes; raises as `all`."""
        return {digest: size for pin in self.all() for digest, size in pin.digests.items()}

    def known(self) -> dict[Digest, int]:
        """Return all that those pins keep that can be read, with its size in bytes."""
        return {digest: size for _, pin in self.each() if pin for digest, size in pin.digests.items()}

    def add(self, pin: Pin) -> bool:
        """Keep durably what a pin names; return whether it was not there yet."""
        path = self._folder / f"{pin.id}.json"
        if self._read(path) is not None:
            return False
        values = {
            "version": _VERSION,
            "name": pin.name,
            "project": pin.project,
            "reason": pin.reason,
            "made_at_ms": int(self._clock() * 1000),
            "files": [{"sha256": str(digest), "size": size} for digest, size in sorted(pin.digests.items())],
        }
        write_file(self._fs, self._layout, path, format_json(values))
        return True

    def remove(self, id_: str) -> None:
        """Forget a pin durably."""
        self._fs.remove(self._folder / f"{id_}.json")
        self._fs.sync_directory(self._folder)

    @property
    def _folder(self) -> Path:
        return self._layout.state / "pins"

    def _read(self, path: Path) -> Pin | None:
        table = read_record(self._fs, path)
        try:
            return _pin(table) if table else None
        except DocumentError:
            return None


def _pin(table: Table) -> Pin:
    if table.integer("version") != _VERSION:
        raise table.error("version", "another version")
    return Pin(
        name=table.string("name"),
        digests={entry.digest("sha256"): entry.integer("size") for entry in table.tables("files")},
        project=table.optional_string("project") or "",
        reason=table.optional_string("reason") or "",
        made_at=table.integer("made_at_ms") / 1000,
    )

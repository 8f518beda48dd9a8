"""The record of which manifest and lock agree: its form. No IO."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Self

from wansync.documents import DocumentError, Table, parse_json
from wansync.version import __version__

FILE_NAME = "fresh.json"
"""Its name below `.state` of the store."""
MAX_BYTES = 2**20
_VERSION = 1
_KEPT = 64
"""So many pairs are kept: more than the projects that share most stores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The pairs that agree, the latest first."""

    pairs: tuple[str, ...] = ()

    @classmethod
    def parse(cls, data: bytes | None) -> Self:
        """Return the record in `data`; an empty one where it is absent or makes no sense."""
        try:
            table = Table(parse_json(data or b"{}", limit=MAX_BYTES))
            if table.integer("version") != _VERSION:
                return cls()
            return cls(pairs=table.strings("pairs"))
        except DocumentError:
            return cls()

    def to_dict(self) -> dict[str, object]:
        """Return the form that `parse` reads."""
        return {"version": _VERSION, "pairs": list(self.pairs)}

    def add(self, pair: str) -> Settled:
        """Return the record with one pair more, at the cost of the oldest where there are many."""
        return Settled(pairs=(pair, *(known for known in self.pairs if known != pair))[:_KEPT])


def pair_of(manifest: bytes, lock: bytes) -> str:
    """Return the name of a pair, by the bytes of both."""
    # Another version of this program may compare otherwise, so what it found does not count.
    return f"{__version__}:{hashlib.sha256(manifest).hexdigest()}:{hashlib.sha256(lock).hexdigest()}"

"""Which manifest was found to agree with which lock, both by their bytes.

It saves a run with nothing to do from parsing and validating the manifest. A missing record means that it is compared
again.
"""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING, Self

from wansync.documents import DocumentError, Table, parse_json
from wansync.store.records import write_record
from wansync.value_types import value_type
from wansync.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout


_MAX_BYTES = 2**20
_VERSION = 1
_KEPT = 64
"""So many pairs are kept: more than the projects that share most stores."""


@value_type
class Settled:
    """The pairs that agree, the latest first."""

    pairs: tuple[str, ...] = ()

    @classmethod
    def parse(cls, data: bytes | None) -> Self:
        """Return the record in `data`; an empty one where it is absent or makes no sense."""
        try:
            table = Table(parse_json(data or b"{}", limit=_MAX_BYTES))
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


class FreshPairs:
    """The pairs of manifest and lock that agree, as far as this store knows; named by `pair_of`."""

    def __init__(self, fs: FileSystem, layout: StoreLayout) -> None:
        self._fs = fs
        self._layout = layout

    def has(self, pair: str) -> bool:
        """Return whether the two were found to agree."""
        return pair in self._read().pairs

    def add(self, pair: str) -> None:
        """Note that the two agree, if there is a store to note it in; a hint, so a failure to write it is none."""
        known = self._read()
        if self._fs.is_file(self._layout.version) and known.add(pair) != known:
            with contextlib.suppress(OSError):
                write_record(self._fs, self._layout, self._path, known.add(pair).to_dict())

    @property
    def _path(self) -> Path:
        return self._layout.state / "fresh.json"

    def _read(self) -> Settled:
        return Settled.parse(self._fs.read_bytes(self._path, _MAX_BYTES))


def pair_of(manifest: bytes, lock: bytes) -> str:
    """Return the name of a pair, by the bytes of both."""
    # Another version of this program may compare otherwise, so what it found does not count.
    return f"{__version__}:{hashlib.sha256(manifest).hexdigest()}:{hashlib.sha256(lock).hexdigest()}"

"""A project on a hub, mirrors of it, and other machines that want the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.project import content, wansync
from wansync.digest import Digest
from wansync.store.layout import StoreLayout

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.support.hub_project import HubProject


@dataclass
class Fleet:
    """Machines that share a lock: each has a store of its own, and mirrors by a variable.

    Attributes:
        project: locked, on a hub.
        mirror: the directory of the first mirror.
    """

    project: HubProject
    mirror: Path
    patch: pytest.MonkeyPatch

    def use(self, mirrors: str, *, origin: bool = True) -> None:
        """Set the mirrors of whoever runs next; without `origin` the hub may not be asked."""
        self.mirror.mkdir(parents=True, exist_ok=True)
        self.patch.setenv("WANSYNC_MIRRORS", mirrors)
        self.patch.setenv("WANSYNC_ORIGIN", "on" if origin else "off")

    def machine(self, name: str) -> Path:
        """Begin on another machine, whose store is empty; return the store."""
        store = self.mirror.parent / name
        self.patch.setenv("MODELS_ROOT", str(store))
        self.project.models_root = store
        self.project.hub.clear()
        return store

    def filled(self) -> Fleet:
        """Push all of the project to the first mirror."""
        self.use(f"nas=file:{self.mirror},mode=readwrite")
        for command in (("sync",), ("mirror", "push")):
            ran = wansync(*command)
            assert ran.status == 0, ran
        return self

    def objects(self) -> dict[str, bytes]:
        """Return every file of the first mirror by its path."""
        paths = (path for path in self.mirror.rglob("*") if path.is_file())
        return {path.relative_to(self.mirror).as_posix(): path.read_bytes() for path in paths}

    @property
    def encoder(self) -> Path:
        """The object of the text encoder on the first mirror."""
        return StoreLayout(self.mirror).blob(Digest.of(content("umt5", 4000)))


def damage(path: Path, *, cut: bool = False) -> None:
    """Flip a byte of a file, or cut it."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data[: len(data) // 2] if cut else data)

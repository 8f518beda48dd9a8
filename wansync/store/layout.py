"""Where everything of a store is: path arithmetic only, and the names of temporary files."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.inventory import ViewFolder, ViewKey
from wansync.value_types import value_type

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1
README_TEXT = """\
This directory is a store of wansync, the program that locks and syncs model weights.
It belongs to the program: blobs/ holds files by their SHA-256, views/ and components/ hold links to them.
Do not edit anything here. `wansync gc` removes what no project uses; `wansync sync` repairs what is damaged.
"""
MARKER_SUFFIX = ".verified.json"
_PART = re.compile(r"(?P<digest>[0-9a-f]{64})\.(?P<writer>[^/]+)\.part")
RELEASED = "released"
"""The writer in the name of a partial that its writer has left to whoever comes next."""
_REMEMBERED = 2_048
"""Paths, of about 500 bytes each."""
PROBE = "probe"
"""How the name of a file begins that was made to try a link mode."""


@value_type(kw_only=False)
class StoreLayout:
    """The paths below one `MODELS_ROOT`."""

    root: Path

    @property
    def version(self) -> Path:
        """The file that holds the layout's version."""
        return self.root / "VERSION"

    @property
    def readme(self) -> Path:
        """The file that says whose directory it is."""
        return self.root / "README.txt"

    @property
    def blobs(self) -> Path:
        """The directory of blobs, in folders of the first two digits."""
        return self.root / "blobs" / "sha256"

    @property
    def models(self) -> Path:
        """The directory of links for people."""
        return self.root / "models"

    @property
    def tmp(self) -> Path:
        """Partials, and views and records that are being built."""
        return self.root / ".tmp"

    @property
    def trash(self) -> Path:
        """What is being removed."""
        return self.root / ".trash"

    @property
    def locks(self) -> Path:
        """Lock files; they are never removed."""
        return self.root / ".locks"

    @property
    def state(self) -> Path:
        """Records; all but roots and pins can be rebuilt from the rest, and each root by a sync in its own project."""
        return self.root / ".state"

    @property
    def damage(self) -> Path:
        """The record that is written anew whenever hashing finds a blob that is damaged."""
        return self.state / "damage.json"

    def blob(self, digest: Digest) -> Path:
        """Return the path of a blob; the name is the only completion marker."""
        return _blob(self.root, digest.hex)

    def attest(self, digest: Digest) -> Path:
        """Return the path of a blob's attest."""
        return _attest(self.root, digest.hex)

    def view(self, key: ViewKey) -> Path:
        """Return the directory of a view."""
        return self.root / str(key)

    def marker(self, key: ViewKey) -> Path:
        """Return the record beside a view: never inside, where signatures and loaders would meet it."""
        view = self.view(key)
        return view.with_name(view.name + MARKER_SUFFIX)

    def model_link(self, name: str) -> Path:
        """Return the link for people that leads to the view synced last."""
        return self.models / name

    def partial(self, digest: Digest, writer: str) -> Path:
        """Return the path of a writer's partial."""
        return self.tmp / f"{digest.hex}.{writer}.part"

    def adopted(self, digest: Digest, writer: str) -> Path:
        """Return the path of a file that is being taken in; unlike a partial it may share its inode with others."""
        return self.tmp / f"{digest.hex}.{writer}.adopted"

    def whole(self, digest: Digest, writer: str) -> Path:
        """Return the path of a file that another program fetches whole, before it is taken in."""
        return self.tmp / f"{digest.hex}.{writer}.whole"

    def view_of(self, path: Path) -> ViewKey | None:
        """Return the key of the view at `path`, or `None` when no view can stand there."""
        if path.parent == self.root / ViewFolder.COMPONENTS:
            name, _, tree = path.name.rpartition("@")
            folder = ViewFolder.COMPONENTS
        else:
            name, tree, folder = path.parent.name, path.name, ViewFolder.MODELS
        if not name or not re.fullmatch(r"[0-9a-f]{16}", tree):
            return None
        return ViewKey(folder=folder, name=name, tree=tree)


# Asked for ten times for each small file, and to make a path takes longer than most of what is done with it. In one
# step: a `/` makes a whole path.
@functools.lru_cache(maxsize=_REMEMBERED)
def _blob(root: Path, name: str) -> Path:
    return root.joinpath("blobs", "sha256", name[:2], name)


@functools.lru_cache(maxsize=_REMEMBERED)
def _attest(root: Path, name: str) -> Path:
    return root.joinpath(".state", "attests", name[:2], f"{name}.json")


def parse_partial(name: str) -> tuple[Digest, str] | None:
    """Return the digest and the writer in the name of a partial, or `None` when it is none."""
    found = _PART.fullmatch(name)
    return (Digest(found["digest"]), found["writer"]) if found else None

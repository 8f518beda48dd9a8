"""Hugging Face caches made by hand, in every layout that clients leave behind; and projects that come from the Hub."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

from tests.support.project import wansync
from wansync.digest import Digest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder

COMMIT = "c8c270b13ee05bfa474194ac9fb07a5868a97cea"


class HubCacheBuilder:
    """A cache below `root`; every method returns the regular file that holds the bytes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def repository(self, name: str) -> Path:
        """Return the folder of a model repository."""
        return self.root / f"models--{name.replace('/', '--')}"

    def add(self, name: str, path: str, data: bytes, *, commit: str = COMMIT) -> Path:
        """Add a large file: a blob named by its SHA-256, and a link to it."""
        return self._linked(name, path, data, Digest.of(data).hex, commit)

    def add_small(self, name: str, path: str, data: bytes) -> Path:
        """Add a file that is not in LFS: a blob named by its git SHA-1, and a link to it."""
        return self._linked(name, path, data, git_sha1(data), COMMIT)

    def add_without_links(self, name: str, path: str, data: bytes) -> Path:
        """Add a file as where symbolic links cannot be made: it stands in the snapshot itself."""
        return write(self.repository(name) / "snapshots" / COMMIT / path, data)

    def add_shared(self, name: str, path: str, data: bytes) -> Path:
        """Add a file that came by Xet: bytes once for the whole cache, and two links to them."""
        payload = self._payload(data)
        blob = self.repository(name) / "blobs" / Digest.of(data).hex
        link(payload, blob)
        link(blob, self.repository(name) / "snapshots" / COMMIT / path)
        return payload

    def add_listed(self, name: str, path: str, data: bytes) -> Path:
        """Add the bytes of a file that another repository brought; this one only knows their Xet hash."""
        payload = self._payload(data)
        digest = Digest.of(data).hex
        entry = {"size": len(data), "blob_id": git_sha1(b""), "lfs_sha256": digest, "lfs_size": len(data)}
        self.write_tree(name, {"format_version": 1, "files": {path: {**entry, "xet_hash": payload.name}}})
        return payload

    def write_tree(self, name: str, values: object) -> None:
        """Write the listing of a repository."""
        write(self.repository(name) / "trees" / f"{COMMIT}.json", json.dumps(values).encode())

    def _linked(self, name: str, path: str, data: bytes, etag: str, commit: str) -> Path:
        blob = write(self.repository(name) / "blobs" / etag, data)
        link(blob, self.repository(name) / "snapshots" / commit / path)
        return blob

    def _payload(self, data: bytes) -> Path:
        xet_hash = hashlib.sha256(b"xet" + data).hexdigest()
        store = self.root / "blobs"
        write(store / ".huggingface-shared-blobs", b"1\n")
        return write(store / xet_hash[:2] / xet_hash, data)

    def contents(self) -> dict[str, bytes]:
        """Return every regular file of the cache with its bytes."""
        paths = (path for path in self.root.rglob("*") if path.is_file() and not path.is_symlink())
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in paths}


def write(path: Path, data: bytes) -> Path:
    """Write a file and its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def link(target: Path, place: Path) -> None:
    """Make a relative symbolic link, as Hugging Face's client does."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(os.path.relpath(target, place.parent))


def git_sha1(data: bytes) -> str:
    """Return the name that git gives to a file."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def from_hub(project: ProjectBuilder) -> None:
    """Let every component of a project come from `hf:test/<repository>`, and lock it from recorded listings."""
    listings: dict[str, list[dict[str, Any]]] = {}
    for component in project.manifest["components"].values():
        component["source"] = component["source"].replace("file:weights/", "hf:test/")
        listings[component["source"]] = []
    project.write()
    for name, data in project.files.items():
        repository, _, path = name.partition("/")
        listings[f"hf:test/{repository}"].append({"path": path, "size": len(data), "sha256": Digest.of(data).hex})
    for number, (source, files) in enumerate(sorted(listings.items())):
        values = {"format_version": 1, "source": source, "revision": COMMIT, "files": files}
        write(project.directory / "listings" / f"{number}.json", json.dumps(values).encode())
    ran = wansync("lock", "--listings", "listings")
    assert ran.status == 0, ran.stderr


def fill(cache: HubCacheBuilder, project: ProjectBuilder, *left_out: str) -> None:
    """Put the files of a project into a cache, as its client would after a download."""
    for name, data in project.files.items():
        if name not in left_out:
            repository, _, path = name.partition("/")
            add = cache.add_small if name.endswith(".json") else cache.add
            add(f"test/{repository}", path, data)

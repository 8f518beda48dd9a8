"""The files that are transferred, as a tree that a plain file server turns into a hub and into buckets.

`/bench/<repository>/resolve/<commit>/<file>` is what clients of a hub ask for, `/<repository>/<file>` what those of S3
do, and `/api/...` is as much of the Hub's API as `hf download` of a commit needs. The bytes follow from a seed.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wansync.digest import Digest, Revision
from wansync.listing import ListedFile, Listing, format_listing, listing_file_name
from wansync.manifest import SourceRef
from wansync.paths import RelativePath

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.transfer.place import Place

OWNER = "bench"
REVISION = "0123456789abcdef0123456789abcdef01234567"
_BLOCK = 1 << 20
_EPOCH = 1_700_000_000
_MANIFEST = """\
schema_version = 1

[project]
name = "bench"
default_profile = "all"

[profiles]
all = ["m@small"]

[components.files]
kind = "transformer"
source = "{source}"
{more}
[models.m]
version = "1.0"
type = "t2v"
default_variant = "small"

[models.m.variants.small]
layout = "diffusers"
precision = "bf16"
slots = {{ transformer = "files" }}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedFile:
    """A file: its name, its bytes, and their SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository, which is also a bucket of the same name."""

    name: str
    files: tuple[ServedFile, ...]

    @property
    def id(self) -> str:
        """Its name at the hub."""
        return f"{OWNER}/{self.name}"

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(file.size for file in self.files)


def make_repository(place: Place, name: str, count: int, size: int) -> Repository:
    """Write `count` files of `size` bytes, unless they are there, and return them; the bytes follow from the name."""
    resolved = place.served / OWNER / name / "resolve" / REVISION
    known = resolved / f"{count}x{size}.json"
    if not known.exists():
        shutil.rmtree(resolved, ignore_errors=True)
        resolved.mkdir(parents=True)
        digests = {}
        for number in range(count):
            file = f"part-{number:05}.dat"
            digests[file] = _write(resolved / file, f"{name} {file}", size)
            # nginx makes an ETag of time and size, and `hf` takes files with one ETag for one file.
            os.utime(resolved / file, (_EPOCH + number, _EPOCH + number))
        known.write_text(json.dumps(digests))
    stated: dict[str, str] = json.loads(known.read_text())
    files = tuple(ServedFile(name=file, size=size, sha256=digest) for file, digest in stated.items())
    repository = Repository(name=name, files=files)
    _write_bucket(place.served / name, resolved)
    _write_tree(place.served / "api" / "models" / OWNER / name / "tree", repository)
    return repository


def write_project(place: Place, repository: Repository) -> Path:
    """Write a manifest that takes the whole repository and what its hub would list; return the listings' folder."""
    project = place.project(repository.name)
    shutil.rmtree(project, ignore_errors=True)
    listings = project / "listings"
    listings.mkdir(parents=True)
    source = SourceRef.parse(f"hf:{repository.id}")
    write_manifest(project, source, f'revision = "{REVISION}"\n')
    files = (
        ListedFile(path=RelativePath(file.name), size=file.size, digest=Digest.parse(file.sha256))
        for file in repository.files
    )
    listing = Listing(source=source, ref=REVISION, revision=Revision(REVISION), files=tuple(files))
    (listings / listing_file_name(source, REVISION)).write_bytes(format_listing(listing))
    return listings


def write_manifest(project: Path, source: SourceRef, more: str = "") -> None:
    """Write a manifest with one component, which takes all of a source; `more` are further lines of it."""
    project.mkdir(parents=True, exist_ok=True)
    (project / "models.toml").write_text(_MANIFEST.format(source=source, more=more))


def digest_of(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write(path: Path, seed: str, size: int) -> str:
    """Write random bytes and return their digest."""
    source, digest = random.Random(seed), hashlib.sha256()  # noqa: S311 - bytes that nothing can compress
    with path.open("wb") as stream:
        for start in range(0, size, _BLOCK):
            block = source.randbytes(min(_BLOCK, size - start))
            digest.update(block)
            stream.write(block)
    return digest.hexdigest()


def _write_bucket(bucket: Path, resolved: Path) -> None:
    bucket.unlink(missing_ok=True)
    bucket.symlink_to(resolved)


def _write_tree(folder: Path, repository: Repository) -> None:
    """Write the one page of the tree's listing."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = [
        {
            "type": "file",
            "path": file.name,
            "size": file.size,
            "oid": file.sha256[:40],
            "lfs": {"oid": file.sha256, "size": file.size, "pointerSize": 134},
        }
        for file in repository.files
    ]
    (folder / REVISION).write_text(json.dumps(entries))

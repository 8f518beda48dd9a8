"""A lock of stated files holds exactly these: what their manifest says of one, nobody can lock otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wansync.digest import Digest, Revision
from wansync.errors import InvalidListingError
from wansync.graph import build_graph
from wansync.listing import ListedFile, Listing
from wansync.lockfile import Lockfile, compare, format_lock, locked_tree, parse_lock
from wansync.manifest import Manifest, parse_manifest
from wansync.paths import RelativePath
from wansync.resolve import resolve

DIGEST, OTHER = Digest.of(b"bytes"), Digest.of(b"other")
MANIFEST = parse_manifest(
    f"""
schema_version = 1
[project]
name = "app"
[components.vae]
kind = "vae"
source = "https://host/dir"
subfolder = "vae"
files = [{{ path = "a.safetensors", size = 5, sha256 = "{DIGEST}" }}, {{ path = "b.json" }}]
""".encode()
)
RIGHT = {"vae/a.safetensors": (5, DIGEST), "vae/b.json": (7, OTHER)}


def listing(files: dict[str, tuple[int, Digest]]) -> Listing:
    return Listing(
        source=MANIFEST.components["vae"].source,
        ref=None,
        revision=None,
        files=tuple(ListedFile(path=RelativePath(p), size=size, digest=d) for p, (size, d) in sorted(files.items())),
    )


def locked(manifest: Manifest = MANIFEST) -> Lockfile:
    return parse_lock(format_lock(resolve(build_graph(manifest), {"vae": listing(RIGHT)})))


def test_lock_of_what_is_stated_is_fresh() -> None:
    assert compare(MANIFEST, locked()) == ()


@pytest.mark.parametrize(
    "files",
    [
        RIGHT | {"vae/a.safetensors": (5, Digest.of(b"third"))},
        RIGHT | {"vae/a.safetensors": (6, DIGEST)},
        {"vae/a.safetensors": (5, DIGEST)},
    ],
    ids=["digest", "size", "missing"],
)
def test_other_files_are_neither_locked_nor_fresh(files: dict[str, tuple[int, Digest]]) -> None:
    with pytest.raises(InvalidListingError, match="does not have the files that the component `vae` states"):
        resolve(build_graph(MANIFEST), {"vae": listing(files)})

    free = replace(MANIFEST.components["vae"], files=())
    lock = locked()
    taken = resolve(build_graph(replace(MANIFEST, components={"vae": free})), {"vae": listing(files)}).components[0]
    forged = replace(lock.components[0], files=taken.files, revision=Revision.of_tree(locked_tree(taken.files)))
    found = compare(MANIFEST, replace(lock, components=(forged,)))
    assert [str(difference) for difference in found] == ["components.vae: changed in the manifest (files)"]


def test_file_that_nobody_states_is_not_fresh() -> None:
    lock = locked()
    more = replace(lock.components[0].files[0], path=RelativePath("c.json"), digest=OTHER)
    forged = replace(lock.components[0], files=(*lock.components[0].files, more))

    assert compare(MANIFEST, replace(lock, components=(forged,)))

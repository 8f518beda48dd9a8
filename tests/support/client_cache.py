"""A cache made and emptied by Hugging Face's own client, without a server. Run it as a program, in its own process:

    make-plain CACHE DIRECTORY    every file of DIRECTORY/<org>/<repository>/ becomes a file of the cache
    make-shared CACHE DIRECTORY   the same; safetensors come by Xet, so that their bytes are shared by all repositories
    delete CACHE                  every revision is deleted

The steps are those of `hf_hub_download`, less the requests: the client's own functions move the bytes, share them, link
them, and write the listing.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

from huggingface_hub import scan_cache_dir
from huggingface_hub._tree_cache import TreeCacheEntry, write_tree_cache
from huggingface_hub.file_download import _chmod_and_move, _create_symlink, repo_folder_name
from huggingface_hub.utils._shared_blobs import publish_blob_to_shared_store

from tests.support.hub_cache import COMMIT, git_sha1


def make(cache: Path, directory: Path, *, shared: bool) -> None:
    """Make a cache of all repositories below a directory."""
    for repository in sorted(path for path in directory.glob("*/*") if path.is_dir()):
        folder = cache / repo_folder_name(repo_id=repository.relative_to(directory).as_posix(), repo_type="model")
        entries: dict[str, TreeCacheEntry] = {}
        for file in sorted(path for path in repository.rglob("*") if path.is_file()):
            path = file.relative_to(repository).as_posix()
            entry = _entry(file.read_bytes(), large=file.suffix == ".safetensors")
            _download(file, path, folder, entry, shared=shared)
            entries[path] = entry
        write_tree_cache(str(folder), COMMIT, entries)


def _entry(data: bytes, *, large: bool) -> TreeCacheEntry:
    if not large:
        return TreeCacheEntry(size=len(data), blob_id=git_sha1(data))
    sha256, xet_hash = hashlib.sha256(data).hexdigest(), hashlib.sha256(b"xet" + data).hexdigest()
    return TreeCacheEntry(
        size=len(data), blob_id=git_sha1(b""), lfs_sha256=sha256, lfs_size=len(data), xet_hash=xet_hash
    )


def _download(file: Path, path: str, folder: Path, entry: TreeCacheEntry, *, shared: bool) -> None:
    blob = folder / "blobs" / (entry.lfs_sha256 or entry.blob_id)
    pointer = folder / "snapshots" / COMMIT / path
    for parent in (blob.parent, pointer.parent):
        parent.mkdir(parents=True, exist_ok=True)
    incomplete = blob.with_name(f"{blob.name}.0a1b2c3d.incomplete")
    shutil.copyfile(file, incomplete)
    _chmod_and_move(incomplete, blob)
    is_shared = shared and publish_blob_to_shared_store(
        blob_path=str(blob), xet_hash=entry.xet_hash or "", cache_dir=folder.parent, expected_size=entry.size
    )
    _create_symlink(str(blob), str(pointer), new_blob=not is_shared)


def delete(cache: Path) -> None:
    """Delete every revision, one repository after the other: here all of them have the same commit."""
    while repositories := scan_cache_dir(cache).repos:
        (revision,) = next(iter(repositories)).revisions
        scan_cache_dir(cache).delete_revisions(revision.commit_hash).execute()


if __name__ == "__main__":
    command, *places = sys.argv[1:]
    if command == "delete":
        delete(*map(Path, places))
    else:
        make(*map(Path, places), shared=command == "make-shared")

"""What the hub's API says about a repository, as JSON values. No IO."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.hub.content import HubFile
    from tests.support.hub.faults import Faults
    from tests.support.hub.repository import Commit, HubRepository

Entry = dict[str, Any]


def model_info(repository: HubRepository, commit: Commit, *, blobs: bool) -> Entry:
    """Return the answer to a question for the model."""
    license_tags = [f"license:{repository.license}"] if repository.license else []
    card = {"license": repository.license} if repository.license else {}
    return {
        "_id": hashlib.sha256(repository.id.encode()).hexdigest()[:24],
        "id": repository.id,
        "modelId": repository.id,
        "author": repository.id.partition("/")[0],
        "sha": commit.id,
        "lastModified": commit.date,
        "createdAt": commit.date,
        "private": repository.private,
        "gated": "manual" if repository.gated else False,
        "disabled": repository.disabled,
        "tags": ["diffusers", *license_tags, "region:us"],
        "cardData": card,
        "siblings": [_sibling(path, file, blobs=blobs) for path, file in sorted(commit.files.items())],
    }


def _sibling(path: str, file: HubFile, *, blobs: bool) -> Entry:
    named: Entry = {"rfilename": path}
    if blobs:
        named |= {"size": file.size, "blobId": file.oid}
    if blobs and file.sha256:
        named["lfs"] = {"sha256": file.sha256, "size": file.size, "pointerSize": file.pointer_size}
    return named


def tree(commit: Commit, under: str, faults: Faults, *, recursive: bool, expand: bool) -> list[Entry]:
    """Return directories and files below `under`, sorted by path."""
    prefix = f"{under}/" if under else ""
    inside = {path: file for path, file in commit.files.items() if path.startswith(prefix)}
    directories = {folder for path in inside for folder in _folders(path) if folder.startswith(prefix)}
    entries = [_directory(folder, commit) for folder in directories]
    entries += [_file(path, file, faults) for path, file in inside.items()]
    if not recursive:
        entries = [entry for entry in entries if "/" not in entry["path"].removeprefix(prefix)]
    if expand:
        last = {"id": commit.id, "title": commit.title, "date": commit.date}
        entries = [{**entry, "lastCommit": last} for entry in entries]
    return sorted(entries, key=lambda entry: str(entry["path"]))


def _folders(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


def _directory(path: str, commit: Commit) -> Entry:
    oid = hashlib.sha1(f"{commit.id} {path}".encode(), usedforsecurity=False).hexdigest()
    return {"type": "directory", "path": path, "oid": oid, "size": 0}


def _file(path: str, file: HubFile, faults: Faults) -> Entry:
    entry: Entry = {"type": "file", "path": path, "oid": file.oid, "size": file.size}
    if file.sha256:
        entry["lfs"] = {"oid": file.sha256, "size": file.size, "pointerSize": file.pointer_size}
    if file.sha256 and (faults.xet or faults.redact_xet):
        entry["xetHash"] = "[redacted]" if faults.redact_xet else file.xet_hash
    return entry


def refs(repository: HubRepository, *, pull_requests: bool) -> Entry:
    """Return the branches and tags."""
    answer: Entry = {
        "branches": [_ref(name, f"refs/heads/{name}", id_) for name, id_ in repository.branches.items()],
        "converts": [],
        "tags": [_ref(name, f"refs/tags/{name}", id_) for name, id_ in repository.tags.items()],
    }
    return {**answer, "pullRequests": []} if pull_requests else answer


def _ref(name: str, ref: str, commit: str) -> Entry:
    return {"name": name, "ref": ref, "targetCommit": commit}


def history(repository: HubRepository, commit: Commit) -> list[Entry]:
    """Return the commit and its ancestors, the newest first."""
    return [
        {"id": one.id, "title": one.title, "message": "", "authors": [{"user": "tester"}], "date": one.date}
        for one in repository.history(commit)
    ]

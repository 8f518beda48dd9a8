"""Mutants of the program itself: what each of them changes, and where it shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.torture.power.mutants import Mutant
from wansync import project, views
from wansync.apply import Apply
from wansync.digest import Digest
from wansync.inventory import BlobState
from wansync.lockfile import parse_lock
from wansync.ops import garbage
from wansync.store import (
    adopt,
    blobs,
    fsops,
    generations,
    ingest,
    intake,
    journal,
    ledger,
    pins,
    roots,
    segmented,
    trash,
)
from wansync.store.scan import scan_contents

if TYPE_CHECKING:
    from pathlib import Path

Any_ = Any  # what the real functions take: a mutant stands in for many


def commit_unverified(self: Any_) -> bool:
    self._fs.sync_file(self._open_descriptor)
    self._close()
    return bool(self._blobs.publish(self._digest, self._size, self._path))


def commit_before_sync(self: Any_) -> bool:
    published = self._blobs.publish(self._digest, self._size, self._path)
    self._fs.sync_file(self._open_descriptor)
    self._close()
    return bool(published)


def commit_segments_unverified(self: Any_) -> bool:
    self._surely(self._file.sync)
    self._surely(lambda: self._ledger.end(self._file.close))
    published = self._blobs.publish(self.digest, self.size, self._file.path)
    trash.remove_tree(self._fs, self._path)
    return bool(published)


def commit_segments_before_sync(self: Any_) -> bool:
    self._ledger.end(self._file.close)
    published = self._blobs.publish(self.digest, self.size, self._file.path)
    descriptor = self._fs.open_existing(self._layout.blob(self.digest))
    self._fs.sync_file(descriptor)
    self._fs.close(descriptor)
    trash.remove_tree(self._fs, self._path)
    return bool(published)


def mark_before_bytes(self: Any_, sync_bytes: Any_, surely: Any_) -> None:
    self.note(journal.mark(self._journal.length))
    surely(self._journal.sync)
    surely(sync_bytes)


def mark_what_came_meanwhile(self: Any_, sync_bytes: Any_, surely: Any_) -> None:
    surely(sync_bytes)
    self.note(journal.mark(self._journal.length))
    surely(self._journal.sync)


def adopt_unhashed(self: Any_, staged: Path, on_bytes: Any_) -> Any_:
    descriptor = self._fs.open_existing(staged)
    self._fs.sync_file(descriptor)
    self._fs.close(descriptor)
    return self._fs.fingerprint(staged)


def remove_unpublished(settle: Any_) -> Any_:
    def settle_and_remove(self: Any_, staged: Path) -> None:
        settle(self, staged)
        self._fs.remove(self._source)

    return settle_and_remove


def publish_over(self: Any_, source: Path, target: Path) -> None:
    self.rename(source, target)


def write_in_place(fs: Any_, layout: Any_, path: Path, data: bytes, *, durable: bool = True) -> None:
    fs.make_directory(path.parent)
    descriptor = fs.open_existing(path, writable=True) if path.exists() else fs.create(path)
    fs.truncate(descriptor, 0)
    fs.write(descriptor, data)
    fs.sync_file(descriptor)
    fs.close(descriptor)
    fs.sync_directory(path.parent)


def write_late(fs: Any_, layout: Any_, path: Path, data: bytes, *, durable: bool = True) -> None:
    fs.make_directory(path.parent)
    staged = layout.tmp / f"{path.name[:100]}.mutant.record"
    descriptor = fs.create(staged)
    fs.write(descriptor, data)
    fs.rename(staged, path)
    fs.sync_directory(path.parent)
    fs.sync_file(descriptor)
    fs.close(descriptor)


def write_project_in_place(path: Path, data: bytes) -> None:
    write_in_place(fsops.FileSystem(), None, path, data)


def detach_blobs_first(self: Any_, plan: Any_) -> list[Any_]:
    for digest in plan.blobs:
        self._store.blobs.quarantine(digest)
    return [self._views.detach(key) for key in plan.views]


def remove_in_place(self: Any_, path: Path) -> Path:
    target: Path = self._layout.trash / "0000000000000000.gone"
    trash.remove_tree(self._fs, path)
    self._fs.sync_directory(path.parent)
    return target


def mark_first(real: Any_) -> Any_:
    def build(self: Any_, spec: Any_, mode: Any_) -> Any_:
        self._fs.make_directory(self._store.layout.view(spec.key).parent)
        self._write_marker(spec, mode, {})
        return real(self, spec, mode)

    return build


def show_first(real: Any_) -> Any_:
    def link(self: Any_, action: Any_, mode: Any_) -> Any_:
        self.make_current(action.spec.key)
        return real(self, action, mode)

    return link


def build_in_place(self: Any_, spec: Any_, mode: Any_) -> tuple[int, Any_]:
    path = self._store.layout.view(spec.key)
    self._fs.make_directory(path.parent)
    made = self._stage(spec, path, mode)
    self._write_marker(spec, mode, made)
    return len(made), mode


def finish_first(real: Any_) -> Any_:
    def begin(self: Any_, claim: Any_) -> Any_:
        before = real(self, claim)
        names = sorted(parse_lock(claim.lock).view_names)
        self.finish(claim, before, [name for name in names if "@" in name], {})
        return before

    return begin


def forget_first(real: Any_) -> Any_:
    def begin(self: Any_, claim: Any_) -> Any_:
        seen = self.read(claim.project.id)
        self.forget(f"{claim.project.id}.json")
        return real(self, claim) or (seen and seen.applied)

    return begin


def name_before_keeping(self: Any_, lock: bytes) -> Digest:
    return Digest.of(lock)


def remove_old_first(real: Any_) -> Any_:
    def stage(self: Any_, plan: Any_) -> Any_:
        for key in scan_contents(self._store.fs, self._store.layout).views:
            self._views.detach(key)
        return real(self, plan)

    return stage


def collect_pinned(real: Any_) -> Any_:
    return lambda keeping, contents: real(replace(keeping, pinned=()), contents)


def collect_locked(real: Any_) -> Any_:
    return lambda keeping, contents: real(replace(keeping, roots=()), contents)


def trust_anything(self: Any_, digest: Digest, size: int, on_bytes: Any_) -> Any_:
    after = self._fs.fingerprint(self._layout.blob(digest))
    self._attests.stamp(digest, after, intact=True)
    return BlobState.INTACT


def put(owner: object, name: str, change: Any_, *, wraps: bool = False) -> Any_:
    """Return a patch that puts a function in the place of another one, or around it."""

    def patch() -> None:
        setattr(owner, name, change(getattr(owner, name)) if wraps else change)

    return patch


_UPGRADES = ("upgrade", "changed slot")
MUTATIONS = (
    Mutant(
        name="bytes of a source are not verified",
        runs=("lying source",),
        patch=put(ingest.Ingest, "commit", commit_unverified),
    ),
    Mutant(
        name="a partial that goes on is not verified",
        runs=("resume torn",),
        patch=put(ingest.Ingest, "commit", commit_unverified),
    ),
    Mutant(
        name="segments are not verified",
        runs=("segments, torn",),
        patch=put(segmented.SegmentedIngest, "commit", commit_segments_unverified),
    ),
    Mutant(
        name="segments published before their fsync",
        runs=("segments",),
        patch=put(segmented.SegmentedIngest, "commit", commit_segments_before_sync),
    ),
    Mutant(
        name="bytes marked durable before their fsync",
        runs=("segments, left and gone on",),
        patch=put(ledger.Ledger, "make_durable", mark_before_bytes),
    ),
    Mutant(
        name="bytes marked durable that came during the fsync",
        runs=("segments, left and gone on",),
        patch=put(ledger.Ledger, "make_durable", mark_what_came_meanwhile),
    ),
    Mutant(
        name="a file that is taken in is not verified",
        runs=("adopt wrong",),
        patch=put(adopt.Adoption, "_hash", adopt_unhashed),
    ),
    Mutant(
        name="a file that is moved goes before its blob is there",
        runs=("adopt by moving",),
        patch=put(intake.Intake, "_settle", remove_unpublished, wraps=True),
    ),
    Mutant(
        name="a blob that is found is not verified",
        runs=("repair", "no attests"),
        patch=put(blobs.Blobs, "verify", trust_anything),
    ),
    Mutant(name="published before its fsync", runs=("fresh",), patch=put(ingest.Ingest, "commit", commit_before_sync)),
    Mutant(name="publishing replaces", runs=("rival",), patch=put(fsops.FileSystem, "publish", publish_over)),
    Mutant(name="roots written in place", runs=_UPGRADES, patch=put(roots, "write_file", write_in_place)),
    Mutant(name="pins written in place", runs=("pin",), patch=put(pins, "write_file", write_in_place)),
    Mutant(name="roots renamed before their fsync", runs=_UPGRADES, patch=put(roots, "write_file", write_late)),
    Mutant(
        name="models.lock written in place", runs=("lock",), patch=put(project, "write_atomic", write_project_in_place)
    ),
    Mutant(
        name="blobs removed before views", runs=("collect, symlinks",), patch=put(Apply, "detach", detach_blobs_first)
    ),
    Mutant(
        name="removed where it stands, not by way of the trash",
        runs=("collect",),
        patch=put(trash.Trash, "put", remove_in_place),
    ),
    Mutant(
        name="view recorded before it is linked",
        runs=("fresh",),
        patch=put(views.Views, "_build", mark_first, wraps=True),
    ),
    Mutant(name="view built in its place", runs=("fresh",), patch=put(views.Views, "_build", build_in_place)),
    Mutant(
        name="link for people before the view", runs=("fresh",), patch=put(views.Views, "link", show_first, wraps=True)
    ),
    Mutant(
        name="root written before the views", runs=("fresh",), patch=put(roots.Roots, "begin", finish_first, wraps=True)
    ),
    Mutant(
        name="root forgotten while it is replaced",
        runs=_UPGRADES,
        patch=put(roots.Roots, "begin", forget_first, wraps=True),
    ),
    Mutant(
        name="root without its copy of the lock",
        runs=_UPGRADES,
        patch=put(generations.Generations, "keep", name_before_keeping),
    ),
    Mutant(
        name="old view removed before the new one",
        runs=_UPGRADES,
        patch=put(Apply, "_stage", remove_old_first, wraps=True),
    ),
    Mutant(
        name="gc takes what is pinned", runs=("pin and gc",), patch=put(garbage, "collect", collect_pinned, wraps=True)
    ),
    Mutant(
        name="gc takes what is locked", runs=("collect",), patch=put(garbage, "collect", collect_locked, wraps=True)
    ),
)

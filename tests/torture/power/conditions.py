"""What stands on disk before a recorded run begins: upgrades that wait, caches, partials, damage, rivals."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

from tests.faults.damages import become_file, delete, flip, flip_unseen
from tests.faults.filesystems import failure
from tests.support.hub_cache import fill, from_hub
from tests.support.project import content
from tests.torture.power.stage import FOUND
from wansync.store.blobs import Blobs
from wansync.store.fsops import READ_ONLY, FileSystem
from wansync.store.processes import writer_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.torture.power.stage import Stage
    from wansync.digest import Digest

ALPHA, SECOND = (
    "alpha/transformer/model-00001-of-00002.safetensors",
    "alpha/transformer/model-00002-of-00002.safetensors",
)
BETA, TEXT = "beta/transformer/model.safetensors", "shared/text_encoder/model.safetensors"
MODELS = frozenset({"alpha@small", "beta@small"})


def does(*arguments: str, other: bool = False) -> Callable[[Stage], None]:
    """Return a verb of the program."""
    return lambda stage: stage.command(*arguments, other=other)


lock, sync, gc, offline = does("lock"), does("sync"), does("gc", "--yes"), does("sync", "--offline")


def nothing(stage: Stage) -> None:
    """Leave all as it is."""


def upgraded(stage: Stage) -> None:
    sync(stage)
    stage.project.files[ALPHA] = content("the next version", len(stage.project.files[ALPHA]))
    stage.project.write()


def without_beta(stage: Stage) -> None:
    stage.project.manifest["profiles"]["all"] = ["alpha@small"]
    del stage.project.manifest["models"]["beta"], stage.project.manifest["components"]["beta-transformer"]
    stage.project.write()


def partial_of(change: Callable[[bytes], bytes]) -> Callable[[Stage], None]:
    """Return a preparation that leaves partials behind, as a run that was cut short does."""

    def prepare(stage: Stage) -> None:
        lock(stage)
        stage.project.layout.tmp.mkdir(parents=True)
        for name in (ALPHA, BETA):
            digest = stage.project.blob(name).name
            path = stage.project.layout.tmp / f"{digest}.released.part"
            path.write_bytes(change(stage.project.files[name]))

    return prepare


def cached(stage: Stage) -> None:
    from_hub_here(stage)
    fill(stage.cache, stage.project)


def downloaded_again(stage: Stage) -> None:
    delete(stage.cache.root)
    fill(stage.cache, stage.project)


def wrongly_cached(stage: Stage) -> None:
    from_hub_here(stage)
    wrongly_downloaded(stage)


def wrongly_downloaded(stage: Stage) -> None:
    """As `downloaded_again`, but two files have one bit wrong, and right ones are to be had nowhere else."""
    if stage.cache.root.exists():
        delete(stage.cache.root)
    fill(stage.cache, stage.project)
    for name in (ALPHA, TEXT):
        for path in stage.cache.root.rglob(stage.project.blob(name).name):
            if not path.is_symlink():
                flip(path)


def found_elsewhere(stage: Stage) -> None:
    """Let all files be in a directory of the user's, and to be had nowhere else; they are durable."""
    from_hub_here(stage)
    _put_plain_files(stage, stage.place / FOUND)


def downloaded_plainly(stage: Stage) -> None:
    """Let all files be where a client has put them that never syncs, under names that say nothing."""
    from_hub_here(stage)
    plainly_downloaded_again(stage)


def plainly_downloaded_again(stage: Stage) -> None:
    if stage.cache.root.exists():
        delete(stage.cache.root)
    _put_plain_files(stage, stage.cache.root)


def _put_plain_files(stage: Stage, folder: Path) -> None:
    folder.mkdir()
    for number, data in enumerate(stage.project.files.values()):
        (folder / f"{number}.bin").write_bytes(data)


def from_hub_here(stage: Stage) -> None:
    os.chdir(stage.project.directory)
    from_hub(stage.project)


def damaged(stage: Stage) -> None:
    sync(stage)
    flip(stage.project.blob(ALPHA))
    delete(stage.project.blob(SECOND))
    view = next((stage.project.models_root / "views" / "beta@small").glob("????????????????"))
    delete(view / "text_encoder")
    delete(stage.project.models_root / "models" / "beta@small")


def rotten(stage: Stage) -> None:
    sync(stage)
    flip_unseen(stage.project.blob(BETA))


def obstructed(stage: Stage) -> None:
    sync(stage)
    view = next((stage.project.models_root / "views" / "beta@small").glob("????????????????"))
    become_file(view)


def without_use(first: Callable[[Stage], None]) -> Callable[[Stage], None]:
    """Return a preparation after which a model waits for gc."""

    def prepare(stage: Stage) -> None:
        first(stage)
        without_beta(stage)
        sync(stage)

    return prepare


def half_removed(stage: Stage) -> None:
    sync(stage)
    without_beta(stage)
    sync(stage)
    layout = stage.project.layout
    (layout.trash / "0123456789abcdef.old" / "inner").mkdir(parents=True)
    (layout.trash / "0123456789abcdef.old" / "inner" / "file").write_bytes(b"old")
    (layout.trash / "fedcba9876543210.blob").write_bytes(b"old")
    (layout.tmp / f"{'0' * 64}.released.part").write_bytes(b"of nobody")


def pinned(stage: Stage) -> None:
    sync(stage)
    does("pin", "beta")(stage)
    without_beta(stage)
    sync(stage)


def variants(stage: Stage) -> None:
    large = stage.project.component("transformer", "beta", "transformer")
    stage.project.manifest["components"]["alpha-large"] = large
    variant = {
        "layout": "diffusers",
        "precision": "fp8",
        "slots": {"transformer": "alpha-large", "text_encoder": "umt5"},
    }
    stage.project.manifest["models"]["alpha"]["variants"]["large"] = variant
    stage.project.write()
    sync(stage)
    stage.project.manifest["models"]["alpha"]["default_variant"] = "large"
    stage.project.manifest["profiles"]["all"] = ["alpha@large", "beta@small"]
    stage.project.write()


def changed_slot(stage: Stage) -> None:
    sync(stage)
    stage.project.manifest["models"]["alpha"]["variants"]["small"]["slots"]["transformer"] = "beta-transformer"
    stage.project.write()


def empty_files(stage: Stage) -> None:
    for name in ("alpha/transformer/empty.txt", "shared/text_encoder/none.json"):
        stage.project.files[name] = b""
    stage.project.write()


def many_files(stage: Stage) -> None:
    stage.project.files |= {f"shared/text_encoder/tokens/{n:02}.txt": f"token {n}\n".encode() for n in range(24)}
    stage.project.write()


def new_source(stage: Stage) -> None:
    sync(stage)
    stage.project.files["gamma/transformer/model.safetensors"] = content("gamma", 2000)
    stage.project.files["gamma/transformer/config.json"] = b'{"in_channels": 48}\n'
    manifest = stage.project.manifest_path.read_bytes()
    stage.project.write()
    stage.project.manifest_path.write_bytes(manifest)


def wiped(stage: Stage) -> None:
    sync(stage)
    delete(stage.project.layout.state / "attests")


def two_projects(stage: Stage) -> None:
    sync(stage)
    stage.other.files[BETA] = content("beta of the other", 6000)
    stage.other.write()
    does("lock", other=True)(stage)


def lied_to(stage: Stage) -> None:
    lock(stage)
    stage.project.files[ALPHA] = content("not what was locked", len(stage.project.files[ALPHA]))
    stage.project.write()


def rivalled(stage: Stage) -> None:
    """As where locks lie: another machine publishes a blob while this one is about to."""
    lock(stage)
    rivals = {stage.project.blob(name): stage.project.files[name] for name in (ALPHA, TEXT)}
    layout, publish = stage.project.layout, Blobs.publish

    def after_another(blobs: Blobs, digest: Digest, *args: Any, **more: Any) -> bool:  # noqa: ANN401 (as the real one)
        target, fs = layout.blob(digest), FileSystem()
        data = rivals.pop(target, None)
        if data is not None:
            fs.make_directory(target.parent)
            staged = layout.tmp / f"{target.name}.{writer_name()}.part"
            make_blob(fs, staged, data)
            fs.publish(staged, target)
            fs.sync_directory(target.parent)
        return publish(blobs, digest, *args, **more)

    Blobs.publish = after_another  # type: ignore[method-assign, assignment]


def make_blob(fs: FileSystem, staged: Path, data: bytes) -> None:
    descriptor = fs.create(staged)
    fs.write(descriptor, data)
    fs.sync_file(descriptor)
    fs.close(descriptor)
    fs.set_mode(staged, READ_ONLY)


def published_by_the_dead(stage: Stage) -> None:
    """A run that was killed between giving a blob its name and making that name durable."""
    fs, layout = FileSystem(), stage.project.layout
    for name in (ALPHA, BETA):
        blob = stage.project.blob(name)
        staged = layout.tmp / f"{blob.name}.released.part"
        make_blob(fs, staged, stage.project.files[name])
        blob.parent.mkdir(exist_ok=True)
        fs.publish(staged, blob)


def prepared(stage: Stage) -> None:
    lock(stage)
    for folder in (stage.project.layout.blobs, stage.project.layout.tmp):
        folder.mkdir(parents=True)


def clones_are_copies() -> None:
    FileSystem.clone = FileSystem.copy  # type: ignore[method-assign]


def no_clones_no_links() -> None:
    def refuse(fs: FileSystem, source: Path, target: Path) -> None:
        raise failure(errno.EXDEV, target)

    FileSystem.clone = FileSystem.hard_link = refuse  # type: ignore[method-assign, assignment]

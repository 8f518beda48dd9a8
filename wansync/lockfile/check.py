"""Does a lock make sense in itself? Asked of what was read and of what was resolved. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from wansync.documents import DocumentError
from wansync.errors import PathUnsafeError
from wansync.manifest import fold
from wansync.paths import collision

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wansync.lockfile.model import Lockfile
    from wansync.manifest import Model, Variant

MAX_FILES = 100_000
MAX_MOUNTED = 2 * MAX_FILES


def check_lock(lock: Lockfile) -> None:
    """Check the rules that span several entries of a lock.

    Raises:
        DocumentError: a name is unknown or used twice, paths collide, or a digest has two sizes.
    """
    if sum(len(component.files) for component in lock.components) > MAX_FILES:
        _refuse(f"it has more than {MAX_FILES} files")
    _check_distinct((component.id for component in lock.components), "component")
    _check_distinct((name for model in lock.models for name in (model.id, *model.aliases)), "model")
    if lock.default_profile is not None and lock.default_profile not in lock.profiles:
        _refuse(f"the default profile `{lock.default_profile}` is not there")
    known = {component.id for component in lock.components}
    for component in lock.components:
        if missing := set(component.requires) - known:
            _refuse(f"`{component.id}` requires `{min(missing)}`, which it lacks")
        if clash := collision(file.path for file in component.files):
            _refuse(f"`{clash[0]}` and `{clash[1]}` of `{component.id}` cannot exist side by side")
    _check_mounts(lock)
    for model in lock.models:
        _check_model(lock, model, known)
    _check_sizes(lock)


def _check_mounts(lock: Lockfile) -> None:
    """Count before any view is spread out: a small lock can name one component in very many slots."""
    counts = {component.id: len(component.files) for component in lock.components}
    variants = [variant for model in lock.models for variant in model.variants]
    mounted = sum(counts.get(id_, 0) for variant in variants for ids in variant.slots.values() for id_ in ids)
    if mounted > MAX_MOUNTED:
        _refuse(f"its views have more than {MAX_MOUNTED} files in all")


def _check_model(lock: Lockfile, model: Model, known: set[str]) -> None:
    names = {variant.name for variant in model.variants}
    if model.default_variant not in names:
        _refuse(f"the default variant of `{model.id}` is not there")
    _check_distinct((variant.name for variant in model.variants), f"variant of `{model.id}`")
    for variant in model.variants:
        if missing := {id_ for ids in variant.slots.values() for id_ in ids} - known:
            _refuse(f"`{model.id}@{variant.name}` uses the component `{min(missing)}`, which it lacks")
        _check_view(lock, model.id, variant)


def _check_view(lock: Lockfile, model_id: str, variant: Variant) -> None:
    try:
        clash = collision(file.path for file in lock.view_files(variant))
    except PathUnsafeError as error:
        raise DocumentError(error.reason, fix=error.hint) from error
    if clash:
        fix = "Mount the components in different slots, or leave a file out with `exclude`"
        what = f"`{clash[0]}`" if clash[0] == clash[1] else f"`{clash[0]}` and `{clash[1]}`"
        raise DocumentError(f"two files of the view `{model_id}@{variant.name}` stand at {what}", fix=fix)


def _check_distinct(names: Iterable[str], noun: str) -> None:
    seen: set[str] = set()
    for name in names:
        if fold(name) in seen:
            _refuse(f"the {noun} `{name}` is there twice")
        seen.add(fold(name))


def _check_sizes(lock: Lockfile) -> None:
    sizes: dict[str, int] = {}
    for component in lock.components:
        for file in component.files:
            if sizes.setdefault(file.digest.hex, file.size) != file.size:
                _refuse(f"the digest {file.digest} has two sizes")


def _refuse(message: str) -> NoReturn:
    raise DocumentError(message)

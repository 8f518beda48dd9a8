"""What a question names of a lock: a model, or a component; and where the manifest declares it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.documents.locate import find_line
from wansync.lockfile import select
from wansync.manifest import fold
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wansync.digest import Digest
    from wansync.lockfile import Lockfile
    from wansync.manifest import Model, Variant


@value_type
class Named:
    """A model or component of a lock.

    Args:
        table: its place in the manifest, such as `("models", "t2v-A14B")`.
        digests: its files -> their size in bytes.
        views: of a model, the views that are meant; none of a component.
        components: the components that are meant.
    """

    table: tuple[str, str]
    digests: Mapping[Digest, int]
    components: tuple[str, ...]
    views: tuple[str, ...] = ()


def find_named(lock: Lockfile, query: str) -> Named | None:
    """Return the model (with all its variants, or the one that is spelled), else the component, of that name.

    Raises:
        UnknownModelError, UsageError: the model has no such variant or version.
    """
    word = fold(query.partition("@")[0])
    model = next((m for m in lock.models if word in {fold(name) for name in (m.id, *m.aliases)}), None)
    if model:
        return _model(lock, model, query)
    component = next((c for c in lock.components if fold(c.id) == fold(query)), None)
    if component is None:
        return None
    digests = {file.digest: file.size for file in component.files}
    return Named(table=("components", component.id), digests=digests, components=(component.id,))


def _model(lock: Lockfile, model: Model, query: str) -> Named:
    variants: tuple[Variant, ...] = model.variants
    if "@" in query:
        variants = tuple(selected.variant for selected in select(lock, [query]).models)
    return Named(
        table=("models", model.id),
        digests={file.digest: file.size for variant in variants for file in lock.view_files(variant)},
        components=tuple(sorted({id_ for v in variants for mounted in v.slots.values() for id_ in mounted})),
        views=tuple(f"{model.id}@{variant.name}" for variant in variants),
    )


def declared_at(manifest: bytes | None, table: tuple[str, str]) -> int | None:
    """Return the line of the manifest, from 1, that begins a table; `None` where it does not stand there by itself."""
    text = (manifest or b"").decode("utf-8", "replace").replace("\r\n", "\n")
    try:
        line = find_line(text, table)
        return line if line != find_line(text, table[:1]) else None
    except ValueError:
        return None  # no TOML, which other commands say

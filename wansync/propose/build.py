"""From what a source lists to components and a model. No IO.

Files are judged by their names; nobody has read them yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import InvalidListingError, PolicyDeniedError, UsageError
from wansync.formats.copies import is_weights, pickled, pickled_copies, precision_of
from wansync.formats.index import is_index
from wansync.manifest import Component, ComponentKind, Layout, Model, ModelType, Variant
from wansync.manifest.names import is_id
from wansync.paths import RelativePath, StatedFile
from wansync.propose.choose import excluding, literal, repeated
from wansync.propose.names import id_from, kind_from, version_from
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wansync.listing import Listing
    from wansync.propose.wish import Wish

MODEL_INDEX = "model_index.json"
"""The file that makes a repository one of Diffusers."""


@value_type
class Proposal:
    """What a source could be in a manifest.

    Args:
        components: ordered as they should stand there.
        model: it mounts all of them; `None` when only a component was asked for.
        left_out: files and folders (with a slash) of the source's top that no component takes.
    """

    components: tuple[Component, ...]
    model: Model | None = None
    left_out: tuple[str, ...] = ()


@value_type
class _Part:
    """A component, where it is mounted, and the files that it takes (paths from the root of the wish)."""

    component: Component
    slot: str
    taken: tuple[str, ...]


def propose(listing: Listing, wish: Wish) -> Proposal:
    """Return what a listing could be in a manifest.

    A Diffusers repository becomes a component for each folder; anything else, and what is asked for by patterns,
    becomes one component. Pickles are left out where the same weights are there as safetensors.

    Raises:
        InvalidListingError: there is no file.
        PolicyDeniedError: weights are there only as pickles, and the wish does not allow these.
        UsageError: an id would be too long, or a type or precision must be chosen.
    """
    names = [path.text for file in listing.files if (path := wish.filter.strip(file.path)) is not None]
    if not names:
        raise InvalidListingError(
            f"`{wish.source}` has no such file",
            hint="Check the source, `--subfolder`, `--include` and `--exclude`",
            source=str(wish.source),
        )
    if not wish.single and wish.type is None:
        raise UsageError(
            f"The type of `{wish.id}` cannot be told from its name",
            hint=f"Add `--type` with one of {', '.join(ModelType)}, or `--component NAME` to add no model",
        )
    chosen = wish.filter.include or wish.filter.exclude or wish.filter.stated
    whole = wish.single or chosen or MODEL_INDEX not in names
    parts = [_whole(wish, names, _stated(listing, wish))] if whole else [_top(wish, names), *_folders(wish, names)]
    _check_pickles(wish, [name for part in parts for name in part.taken])
    taken = {_top_name(name) for part in parts for name in part.taken}
    layout = Layout.DIFFUSERS if MODEL_INDEX in names else Layout.NATIVE
    return Proposal(
        components=tuple(part.component for part in parts),
        model=_model(wish, wish.type, layout, parts) if wish.type and not wish.single else None,
        left_out=tuple(sorted({_top_name(name) for name in names} - taken)),
    )


def _stated(listing: Listing, wish: Wish) -> tuple[StatedFile, ...]:
    """Return the files of a source that lists nothing, as they were found; none of one that lists."""
    if not wish.filter.stated:
        return ()
    found = ((wish.filter.strip(file.path), file) for file in listing.files)
    return tuple(StatedFile(path=path, size=file.size, digest=file.digest) for path, file in found if path)


def _whole(wish: Wish, names: Sequence[str], stated: tuple[StatedFile, ...]) -> _Part:
    """Return one component of all files."""
    # What was named one by one is meant.
    copies = set() if stated else pickled_copies(names)
    taken = tuple(name for name in names if name not in copies)
    component = Component(
        id=wish.id if wish.single else _component_id(wish, "files"),
        kind=wish.kind or ComponentKind.PIPELINE,
        source=wish.source,
        ref=wish.ref,
        subfolder=wish.filter.subfolder,
        include=wish.filter.include,
        exclude=(*wish.filter.exclude, *excluding(copies, names)),
        pickle=bool(pickled(taken)),
        files=stated,
    )
    return _Part(component=component, slot=".", taken=taken)


def _top(wish: Wish, names: Sequence[str]) -> _Part:
    """Return the component of the JSON files beside the folders of a Diffusers repository."""
    taken = tuple(name for name in names if "/" not in name and name.endswith(".json") and not is_index(name))
    component = Component(
        id=_component_id(wish, "pipeline"),
        kind=ComponentKind.PIPELINE,
        source=wish.source,
        ref=wish.ref,
        subfolder=wish.filter.subfolder,
        include=tuple(literal(name) for name in taken),
    )
    return _Part(component=component, slot=".", taken=taken)


def _folders(wish: Wish, names: Sequence[str]) -> list[_Part]:
    """Return the components of the folders whose names say what they are."""
    inside: dict[str, list[str]] = {}
    for name in names:
        folder, slash, rest = name.partition("/")
        if slash:
            inside.setdefault(folder, []).append(rest)
    return [_folder(wish, folder, kind, inside[folder]) for folder in sorted(inside) if (kind := kind_from(folder))]


def _folder(wish: Wish, folder: str, kind: ComponentKind, inside: Sequence[str]) -> _Part:
    unwanted = repeated(folder, inside, wish.precision)
    taken = [name for name in inside if name not in unwanted]
    path, base = RelativePath(folder), wish.filter.subfolder
    component = Component(
        id=_component_id(wish, folder),
        kind=kind,
        source=wish.source,
        ref=wish.ref,
        subfolder=base / path if base else path,
        exclude=excluding(unwanted, inside),
        pickle=bool(pickled(taken)),
    )
    return _Part(component=component, slot=folder, taken=tuple(f"{folder}/{name}" for name in taken))


def _model(wish: Wish, type_: ModelType, layout: Layout, parts: Sequence[_Part]) -> Model:
    slots: Mapping[str, tuple[str, ...]] = {part.slot: (part.component.id,) for part in parts}
    stated = {precision_of(name) for part in parts for name in part.taken if is_weights(name)}
    # One file may say bf16 while the others are fp32: a name counts only where all of them say the same.
    precision = wish.precision or (stated.pop() if len(stated) == 1 else None) or "native"
    variant = Variant(name=str(layout), layout=layout, precision=precision, slots=slots)
    return Model(
        id=wish.id,
        version=version_from(wish.source.location.rstrip("/").rpartition("/")[2]),
        type=type_,
        default_variant=variant.name,
        variants=(variant,),
    )


def _check_pickles(wish: Wish, taken: Sequence[str]) -> None:
    pickles = sorted(pickled(taken))
    if pickles and not wish.pickle:
        more = f" and {len(pickles) - 1} more" if len(pickles) > 1 else ""
        raise PolicyDeniedError(
            f"`{pickles[0]}`{more} can run code when loaded, and `{wish.source}` does not have it as safetensors",
            hint="If you trust the source, add `--allow-pickle`",
            files=pickles,
        )


def _component_id(wish: Wish, part: str) -> str:
    id_ = f"{wish.id}-{id_from(part.replace('_', '-'))}"
    if not is_id(id_):
        raise UsageError(f"`{id_}` is too long for the id of a component", hint="Choose a shorter `--id`")
    return id_


def _top_name(name: str) -> str:
    top, slash, _ = name.partition("/")
    return top + slash

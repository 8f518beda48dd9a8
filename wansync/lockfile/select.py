"""Which models of a lock are meant: the one rule that the API and every command share. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import UnknownModelError
from wansync.lockfile.model import locked_tree
from wansync.manifest.names import ModelRef, fold
from wansync.text import printable, suggest
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wansync.digest import Digest
    from wansync.lockfile.model import LockedComponent, Lockfile, ViewFile
    from wansync.manifest import Model, Variant


@value_type
class SelectedModel:
    """One variant of one model, and the files of its view."""

    model: Model
    variant: Variant
    files: tuple[ViewFile, ...]

    @property
    def name(self) -> str:
        """The canonical short spelling, `model@variant`."""
        return f"{self.model.id}@{self.variant.name}"

    @property
    def components(self) -> frozenset[str]:
        """The ids that the slots mount."""
        return frozenset(id_ for mounted in self.variant.slots.values() for id_ in mounted)

    @property
    def tree(self) -> Digest:
        """The digest that names the view."""
        return locked_tree(self.files)


@value_type
class Selection:
    """What a command works on: variants of models, and components with all that they require.

    `components` are all components involved, sorted by id; `explicit` are those that were asked for by id.
    """

    models: tuple[SelectedModel, ...]
    components: tuple[LockedComponent, ...]
    explicit: tuple[str, ...] = ()


def select(lock: Lockfile, wanted: Sequence[str] = (), *, profile: str | None = None) -> Selection:
    """Return what `wanted` names: models (`t2v-A14B`, `@variant`, `@version:variant`) or component ids.

    Nothing wanted means the active profile; without any profile, every model. The variant is the one that was
    written, else the active profile's if it names the model, else the model's default.

    Raises:
        UnknownModelError: the lock has no such model, variant, component or profile.
        UsageError: a name is not well formed.
    """
    chosen = _profile(lock, profile)
    texts = wanted or [str(ref) for ref in chosen.values()] or [model.id for model in lock.models]
    models: dict[str, SelectedModel] = {}
    explicit: list[str] = []
    for text in texts:
        ref = ModelRef.parse(text)
        component = next((c for c in lock.components if fold(c.id) == fold(text)), None)
        if component and not _find_model(lock, ref.model_id):
            explicit.append(component.id)
        else:
            selected = _select_model(lock, ref, chosen)
            models.setdefault(selected.name, selected)
    mounted = {id_ for model in models.values() for id_ in model.components}
    return Selection(
        models=tuple(models[name] for name in sorted(models)),
        components=_closure(lock, mounted.union(explicit)),
        explicit=tuple(sorted(set(explicit))),
    )


def select_first(
    lock: Lockfile, wanted: Iterable[str], selection: Selection, *, profile: str | None = None
) -> frozenset[str]:
    """Return the ids of the selected components that `wanted` names, with all that they require.

    A name means what it means to `select`. Where it says no variant, and the one that follows is not selected, it means
    those of its model that are.

    Raises:
        UnknownModelError: the lock has no such model, variant or component, or it is no part of the selection.
        UsageError: a name is not well formed.
    """
    selected = _ids(selection.components)
    first: set[str] = set()
    for text in wanted:
        meant = [_ids(select(lock, [text], profile=profile).components)]
        ref = ModelRef.parse(text)
        model = _find_model(lock, ref.model_id)
        if model and not ref.variant and not meant[0] <= selected:
            meant = [_mounted(lock, variant) for variant in model.variants]
        found = [ids for ids in meant if ids <= selected]
        if not found:
            raise _unselected(lock, text, selected)
        first.update(*found)
    return frozenset(first)


def _ids(components: Iterable[LockedComponent]) -> frozenset[str]:
    return frozenset(component.id for component in components)


def _mounted(lock: Lockfile, variant: Variant) -> frozenset[str]:
    """Return the ids of the components that a variant mounts, with all that they require."""
    return _ids(_closure(lock, (id_ for mounted in variant.slots.values() for id_ in mounted)))


def _unselected(lock: Lockfile, text: str, selected: frozenset[str]) -> UnknownModelError:
    whole = [(model, v) for model in lock.models for v in model.variants if _mounted(lock, v) <= selected]
    names = sorted([*(f"{model.id}@{variant.name}" for model, variant in whole), *selected])
    return UnknownModelError(
        f"`{printable(text)}` is no part of what this run works on",
        hint=suggest(text, names),
        name=printable(text),
        known=names,
    )


def _profile(lock: Lockfile, name: str | None) -> Mapping[str, ModelRef]:
    """Return the folded model id -> reference of the active profile."""
    active = name or lock.default_profile
    if active is None:
        return {}
    if active not in lock.profiles:
        raise _unknown("`models.lock`", "profile", active, lock.profiles)
    refs = [ModelRef.parse(text) for text in lock.profiles[active]]
    found = [(_find_model(lock, ref.model_id), ref) for ref in refs]
    return {fold(model.id if model else ref.model_id): ref for model, ref in found}


def _find_model(lock: Lockfile, text: str) -> Model | None:
    name = fold(text)
    return next((m for m in lock.models if name in {fold(spelling) for spelling in (m.id, *m.aliases)}), None)


def _select_model(lock: Lockfile, ref: ModelRef, chosen: Mapping[str, ModelRef]) -> SelectedModel:
    model = _find_model(lock, ref.model_id)
    if model is None:
        components = [component.id for component in lock.components]
        # Where there are no models, it is components that can be named.
        spellings = [name for m in lock.models for name in (m.id, *m.aliases)] or components
        raise _unknown("`models.lock`", "model", ref.model_id, spellings, also=components)
    if ref.version and fold(ref.version) != fold(model.version):
        raise _unknown(f"`{model.id}`", "version", ref.version, [model.version])
    by_profile = chosen.get(fold(model.id))
    name = ref.variant or (by_profile.variant if by_profile else None) or model.default_variant
    variant = next((v for v in model.variants if fold(v.name) == fold(name)), None)
    if variant is None:
        raise _unknown(f"`{model.id}`", "variant", name, [v.name for v in model.variants])
    return SelectedModel(model=model, variant=variant, files=lock.view_files(variant))


def _closure(lock: Lockfile, ids: Iterable[str]) -> tuple[LockedComponent, ...]:
    by_id = {component.id: component for component in lock.components}
    found: dict[str, LockedComponent] = {}
    waiting = sorted(ids)
    while waiting:
        id_ = waiting.pop()
        if id_ not in found:
            found[id_] = by_id[id_]
            waiting.extend(by_id[id_].requires)
    return tuple(found[id_] for id_ in sorted(found))


def _unknown(owner: str, noun: str, name: str, known: Iterable[str], *, also: Iterable[str] = ()) -> UnknownModelError:
    """Return the error for a name; `also` are names of another kind that may have been meant."""
    names = sorted(known)
    return UnknownModelError(
        f"{owner} has no {noun} `{printable(name)}`",
        hint=suggest(name, names, also=also),
        name=printable(name),
        known=names,
    )

"""What `wansync remove` takes out of a manifest, decided on values. No IO."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.errors import UnknownModelError, UsageError
from wansync.manifest.names import ModelRef, fold
from wansync.text import printable, suggest
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wansync.manifest.model import Manifest


@value_type
class Removal:
    """What goes: models, components, and what profiles say of those models.

    Args:
        models: ids.
        components: ids of those that were named, and of those that nothing else uses.
        entries: profile -> the entries that it loses and others stay.
        profiles: those that lose every entry, so that they go as a whole.
        default_profile: whether the default profile is one of them, so that the key goes too.
    """

    models: tuple[str, ...]
    components: tuple[str, ...]
    entries: Mapping[str, tuple[str, ...]]
    profiles: tuple[str, ...]
    default_profile: bool

    def applied_to(self, manifest: Manifest) -> Manifest:
        """Return the manifest without what goes."""
        return replace(
            manifest,
            default_profile=None if self.default_profile else manifest.default_profile,
            components={id_: c for id_, c in manifest.components.items() if id_ not in self.components},
            models={id_: m for id_, m in manifest.models.items() if id_ not in self.models},
            profiles={
                name: tuple(entry for entry in entries if entry not in self.entries.get(name, ()))
                for name, entries in manifest.profiles.items()
                if name not in self.profiles
            },
        )


def removal_from(manifest: Manifest, wanted: Iterable[str]) -> Removal:
    """Return what goes with models and components: with a model also the components that only it used.

    Args:
        manifest: what there is.
        wanted: ids of models and components, or aliases of models; a model comes before a component of that name.

    Raises:
        UnknownModelError: there is no such model or component.
        UsageError: a variant is named, or a component that something else needs.
    """
    models: set[str] = set()
    components: set[str] = set()
    for name in wanted:
        if model := manifest.find_model(name):
            models.add(model.id)
        else:
            components.add(_find_component(manifest, name))
    components |= _unused_without(manifest, models, components)
    lost = {name: _naming(manifest, entries, models) for name, entries in manifest.profiles.items()}
    emptied = {name for name, entries in manifest.profiles.items() if entries == lost[name]}
    return Removal(
        models=tuple(sorted(models)),
        components=tuple(sorted(components)),
        entries={name: entries for name, entries in sorted(lost.items()) if entries and name not in emptied},
        profiles=tuple(sorted(emptied)),
        default_profile=manifest.default_profile in emptied,
    )


def _find_component(manifest: Manifest, name: str) -> str:
    found = next((id_ for id_ in manifest.components if fold(id_) == fold(name)), None)
    if found is not None:
        return found
    if model := manifest.find_model(name.partition("@")[0]):
        raise UsageError(
            f"`wansync remove` takes whole models, and `{printable(name)}` names one variant",
            hint=f"Name the model, `{model.id}`, or take the variant out of `models.toml` by hand",
        )
    known = sorted({*manifest.models, *manifest.components})
    raise UnknownModelError(
        f"`models.toml` has no model or component `{printable(name)}`",
        hint=suggest(name, known, also=(alias for model in manifest.models.values() for alias in model.aliases)),
        name=printable(name),
        known=known,
    )


def _unused_without(manifest: Manifest, models: set[str], components: set[str]) -> set[str]:
    """Return the components that only these models use; what no model uses stays, for somebody wanted it.

    Raises:
        UsageError: something that stays needs one of `components`.
    """
    used = _closure(manifest, (id_ for model in models for id_ in manifest.models[model].components))
    staying = [model for model in manifest.models.values() if model.id not in models]
    needed = {id_ for model in staying for id_ in model.components}
    kept = _closure(manifest, needed | (manifest.components.keys() - used - components))
    for id_ in sorted(components & kept):
        users = [model.id for model in staying if id_ in model.components]
        users += [other for other in sorted(kept) if id_ in manifest.components[other].requires]
        raise UsageError(
            f"The component `{id_}` is needed by {', '.join(f'`{user}`' for user in users)}",
            hint=f"Remove them together: `wansync remove {' '.join([*users, id_])}`",
            component=id_,
            needed_by=users,
        )
    return used - kept


def _closure(manifest: Manifest, ids: Iterable[str]) -> set[str]:
    """Return components with all that they require."""
    found: set[str] = set()
    waiting = list(ids)
    while waiting:
        id_ = waiting.pop()
        if id_ not in found:
            found.add(id_)
            waiting.extend(manifest.components[id_].requires)
    return found


def _naming(manifest: Manifest, entries: Iterable[str], models: set[str]) -> tuple[str, ...]:
    """Return the entries of a profile that name one of the models."""
    named = ((entry, manifest.find_model(ModelRef.parse(entry).model_id)) for entry in entries)
    return tuple(entry for entry, model in named if model and model.id in models)

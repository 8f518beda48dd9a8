"""What `wansync add` puts into a manifest, decided on values. No IO."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.errors import UsageError
from wansync.manifest.names import ModelRef, fold
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wansync.manifest.model import Component, Manifest, Model


@value_type
class Addition:
    """What a manifest lacks: components, a model, and an entry (`model@variant`) of a profile."""

    components: tuple[Component, ...] = ()
    model: Model | None = None
    profile: str | None = None
    entry: str = ""

    def applied_to(self, manifest: Manifest) -> Manifest:
        """Return the manifest with the addition."""
        profiles = dict(manifest.profiles)
        if self.profile is not None:
            profiles[self.profile] = (*profiles.get(self.profile, ()), self.entry)
        return replace(
            manifest,
            components={**manifest.components, **{component.id: component for component in self.components}},
            models={**manifest.models, **({self.model.id: self.model} if self.model else {})},
            profiles=profiles,
        )


def addition_to(
    manifest: Manifest, components: Sequence[Component], model: Model | None, profile: str | None
) -> Addition:
    """Return what a manifest lacks of components, of a model, and of the model's entry in a profile.

    Raises:
        UsageError: an id is taken by something else.
    """
    option = "--id" if model else "--component"
    for component in components:
        _check_free(component.id, component, manifest.components, option)
    if model is None:
        profile = None
    else:
        _check_free(model.id, model, {n: m for m in manifest.models.values() for n in (m.id, *m.aliases)}, option)
        if model.id in _named_by(manifest, profile):
            profile = None
    return Addition(
        components=tuple(component for component in components if component.id not in manifest.components),
        model=model if model and model.id not in manifest.models else None,
        profile=profile,
        entry=f"{model.id}@{model.default_variant}" if model and profile is not None else "",
    )


def _check_free(id_: str, wanted: Component | Model, taken: Mapping[str, Component | Model], option: str) -> None:
    other = next((name for name in taken if fold(name) == fold(id_)), None)
    if other is not None and taken[other] != wanted:
        raise UsageError(
            f"The id `{id_}` is taken: `models.toml` has `{other}`, which is something else",
            hint=f"Choose another id with `{option}`",
            id=id_,
            taken_by=other,
        )


def _named_by(manifest: Manifest, profile: str | None) -> set[str]:
    """Return the ids of the models that a profile names."""
    entries = manifest.profiles.get(profile, ()) if profile is not None else ()
    models = (manifest.find_model(ModelRef.parse(entry).model_id) for entry in entries)
    return {model.id for model in models if model}

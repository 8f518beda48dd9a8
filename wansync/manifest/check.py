"""The rules that span several entries of a manifest: names that must be known, names that must differ. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.documents import DocumentError
from wansync.errors import UsageError
from wansync.manifest.names import ModelRef, fold
from wansync.paths import name_problem
from wansync.text import printable, suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wansync.manifest.model import Manifest, Model

KeyPath = tuple[str | int, ...]


def check_references(manifest: Manifest) -> None:
    """Check every name that an entry takes from another one.

    Raises:
        DocumentError: the first name that is unknown, used twice, or no portable directory name.
    """
    _check_distinct(_component_names(manifest))
    _check_distinct(_model_names(manifest))
    for component in manifest.components.values():
        for required in component.requires:
            _check_known(required, manifest.components, ("components", component.id, "requires"), "component")
    for model in manifest.models.values():
        _check_model(model, manifest)
    _check_profiles(manifest)


def _component_names(manifest: Manifest) -> Iterator[tuple[str, KeyPath]]:
    for id_ in manifest.components:
        yield id_, ("components", id_)


def _model_names(manifest: Manifest) -> Iterator[tuple[str, KeyPath]]:
    for model in manifest.models.values():
        yield model.id, ("models", model.id)
        for alias in model.aliases:
            yield alias, ("models", model.id, "aliases")


def _check_distinct(names: Iterable[tuple[str, KeyPath]]) -> None:
    seen: dict[str, str] = {}
    for name, where in names:
        if problem := name_problem(name):
            raise DocumentError(f"`{name}` is no usable id: {problem}", key_path=where, fix="Choose another id")
        if fold(name) in seen:
            other = seen[fold(name)]
            fix = "Ids compare without case; rename one of them"
            raise DocumentError(f"`{name}` and `{other}` are the same name", key_path=where, fix=fix)
        seen[fold(name)] = name


def _check_model(model: Model, manifest: Manifest) -> None:
    _check_known(
        model.default_variant, [v.name for v in model.variants], ("models", model.id, "default_variant"), "variant"
    )
    variants = ("models", model.id, "variants")
    _check_distinct((variant.name, (*variants, variant.name)) for variant in model.variants)
    for variant in model.variants:
        for slot, mounted in variant.slots.items():
            for component in mounted:
                _check_known(component, manifest.components, (*variants, variant.name, "slots", slot), "component")


def _check_profiles(manifest: Manifest) -> None:
    if manifest.default_profile is not None:
        _check_known(manifest.default_profile, manifest.profiles, ("project", "default_profile"), "profile")
    spellings = {fold(name): m for m in manifest.models.values() for name in (m.id, *m.aliases)}
    for profile, texts in manifest.profiles.items():
        named: set[str] = set()
        for position, text in enumerate(texts):
            where = ("profiles", profile, position)
            ref = _parse_ref(text, where)
            _check_known(ref.model_id, spellings, where, "model", folded=True)
            model = spellings[fold(ref.model_id)]
            variants = [fold(variant.name) for variant in model.variants]
            _check_known(ref.variant or model.default_variant, variants, where, "variant", folded=True)
            if ref.version not in (None, model.version):
                fix = f"`{model.id}` is version {model.version} here"
                raise DocumentError(f"there is no version {ref.version}", key_path=where, fix=fix)
            if model.id in named:
                fix = "A profile chooses one variant of a model; make two profiles"
                raise DocumentError(f"`{model.id}` is named twice", key_path=where, fix=fix)
            named.add(model.id)


def _parse_ref(text: str, where: KeyPath) -> ModelRef:
    try:
        return ModelRef.parse(text)
    except UsageError as error:
        raise DocumentError(error.reason, key_path=where, fix=error.hint) from error


def _check_known(name: str, known: Iterable[str], where: KeyPath, noun: str, *, folded: bool = False) -> None:
    names = sorted(known)
    if (fold(name) if folded else name) not in names:
        message = f"there is no {noun} `{printable(name)}`"
        raise DocumentError(message, key_path=where, fix=suggest(name, names))

"""Do the configurations of the parts agree with the type of the model, and with each other?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wansync.documents import DocumentError
from wansync.manifest import ComponentKind, Layout
from wansync.text import printable
from wansync.wan.catalog import FACTS, Backend, Expert, pipeline_classes
from wansync.wan.check.fault import Fault, Rule, fault
from wansync.wan.check.transformer import TransformerConfig, transformer_config

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wansync.paths import RelativePath
    from wansync.wan.catalog import TypeFacts
    from wansync.wan.check.look import Look, Looked

_OWN = "_"
"""Keys that begin so say who wrote the file."""
_CONFIGURED = {Layout.DIFFUSERS: {"transformer", "text_encoder", "vae"}, Layout.NATIVE: {"transformer"}}
_PARTS = ("transformer", "transformer_2", "vae", "text_encoder", "tokenizer", "scheduler", "image_encoder")


def find_config_faults(looked: Looked) -> Iterator[Fault]:
    """Yield what the configurations say that cannot be."""
    yield from _missing(looked)
    facts = FACTS[looked.paths.type]
    for look in looked.looks:
        found = look.config()
        if found is None:
            continue
        match look.part.kind:
            case ComponentKind.TRANSFORMER:
                yield from _transformer(looked, look, *found)
            case ComponentKind.VAE:
                yield from _vae(look, *found, facts)
            case ComponentKind.TEXT_ENCODER:
                yield from _text_encoder(looked, look, *found)
    yield from _twins(looked)
    yield from _pipeline(looked)


def _missing(looked: Looked) -> Iterator[Fault]:
    kinds = _CONFIGURED.get(looked.paths.layout, set())
    for look in looked.looks:
        names = {file.path.name for file in look.part.files}
        if look.part.kind in kinds and "config.json" not in names:
            yield fault(Rule.CONFIG, look.part, "", expected="`config.json`", found="none")


def _transformer(looked: Looked, look: Look, path: RelativePath, values: Mapping[str, Any]) -> Iterator[Fault]:
    config, facts, type_ = transformer_config(values), FACTS[looked.paths.type], looked.paths.type
    if isinstance(config, DocumentError):
        yield _fault(look, path, "the configuration of a WAN transformer", printable(config.message))
        return
    yield from _values(
        look,
        path,
        {
            f"in_channels {facts.in_channels} ({type_})": (facts.in_channels, config.in_channels),
            f"out_channels {facts.out_channels} ({type_})": (facts.out_channels, config.out_channels),
            f"patch size {list(facts.patch)}": (facts.patch, config.patch),
            f"model_type {type_}": (type_, config.model_type or type_),
        },
    )
    if config.wants_image_encoder and not looked.paths.of_kind(ComponentKind.IMAGE_ENCODER):
        yield _fault(look, path, "image_dim null, since there is no image_encoder", values.get("image_dim"))
    if not config.wants_image_encoder:
        for part in looked.paths.of_kind(ComponentKind.IMAGE_ENCODER):
            expected = "no image_encoder: the transformers take none (image_dim is null)"
            yield fault(Rule.FOREIGN, part, "", expected=expected, found=f"`{part.component}`")


def _vae(look: Look, path: RelativePath, values: Mapping[str, Any], facts: TypeFacts) -> Iterator[Fault]:
    # What older versions of diffusers did not write has the value of WAN2.1.
    stride = values.get("scale_factor_spatial", 8)
    yield from _values(
        look,
        path,
        {
            "_class_name AutoencoderKLWan": ("AutoencoderKLWan", values.get("_class_name")),
            f"z_dim {facts.z_dim}": (facts.z_dim, values.get("z_dim")),
            f"scale_factor_spatial {facts.vae_stride}": (facts.vae_stride, stride),
        },
    )
    for key in ("latents_mean", "latents_std"):
        numbers = values.get(key)
        if isinstance(numbers, list) and len(numbers) != facts.z_dim:
            yield _fault(look, path, f"{facts.z_dim} numbers in {key}", f"{len(numbers)}")


def _text_encoder(looked: Looked, look: Look, path: RelativePath, values: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _values(look, path, {"model_type umt5": ("umt5", values.get("model_type"))})
    for whose, config in _transformers(looked):
        if values.get("d_model") != config.text_width:
            expected = f"d_model {config.text_width}, as `{whose.part.name}` takes it"
            yield _fault(look, path, expected, f"d_model {values.get('d_model')}")
            return


def _twins(looked: Looked) -> Iterator[Fault]:
    """Yield a low-noise expert whose configuration is not that of the high-noise one."""
    by_expert = {look.part.expert: look for look in looked.looks if look.part.expert}
    high, low = by_expert.get(Expert.HIGH_NOISE), by_expert.get(Expert.LOW_NOISE)
    first, second = high.config() if high else None, low.config() if low else None
    if low is None or first is None or second is None:
        return
    for key in sorted({*first[1], *second[1]}):
        if not key.startswith(_OWN) and first[1].get(key) != second[1].get(key):
            expected = f"{printable(key)} {first[1].get(key)}, as in the other expert"
            yield _fault(low, second[0], expected, f"{printable(key)} {second[1].get(key)}")


def _pipeline(looked: Looked) -> Iterator[Fault]:
    look = next((look for look in looked.looks if look.config("model_index.json")), None)
    found = look.config("model_index.json") if look else None
    if look is None or found is None:
        return
    path, values = found
    facts, type_ = FACTS[looked.paths.type], looked.paths.type
    names = [class_.name for class_ in pipeline_classes(type_, Backend.DIFFUSERS)]
    if values.get("_class_name") not in names:
        yield _fault(look, path, f"_class_name {' or '.join(names)}", values.get("_class_name"), Rule.PIPELINE)
    two = len(facts.experts) > 1
    if (values.get("boundary_ratio") is not None) != two:
        expected = "a boundary_ratio between two experts" if two else "boundary_ratio null, since there is one expert"
        yield _fault(look, path, expected, values.get("boundary_ratio"), Rule.PIPELINE)
    if bool(values.get("expand_timesteps", False)) != facts.expand_timesteps:
        expected = f"expand_timesteps {str(facts.expand_timesteps).lower()}"
        yield _fault(look, path, expected, values.get("expand_timesteps"), Rule.PIPELINE)
    yield from _named_parts(looked, look, path, values)


def _named_parts(looked: Looked, look: Look, path: RelativePath, values: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield parts that `model_index.json` names and the view has not, or the other way round."""
    folders = {file.path.text.partition("/")[0] for file in looked.paths.files if "/" in file.path.text}
    for name in _PARTS:
        said = values.get(name)
        named = isinstance(said, list) and any(item is not None for item in said)
        if named and name not in folders:
            yield _fault(look, path, f"`{name}` null, since the view has none", f"{said}", Rule.PIPELINE)
        elif not named and name in folders:
            yield _fault(look, path, f"`{name}`, which the view has", f"{said}", Rule.PIPELINE)


def _transformers(looked: Looked) -> Iterator[tuple[Look, TransformerConfig]]:
    for look in looked.looks:
        found = look.config() if look.part.kind is ComponentKind.TRANSFORMER else None
        config = transformer_config(found[1]) if found else None
        if isinstance(config, TransformerConfig):
            yield look, config


def _values(look: Look, path: RelativePath, wanted: Mapping[str, tuple[object, object]]) -> Iterator[Fault]:
    for expected, (right, found) in wanted.items():
        if right != found:
            yield _fault(look, path, expected, list(found) if isinstance(found, tuple) else found)


def _fault(look: Look, path: RelativePath, expected: str, found: object, rule: Rule = Rule.CONFIG) -> Fault:
    shown = "nothing" if found is None else printable(str(found), limit=80)
    return fault(rule, look.part, path, expected=expected, found=shown)

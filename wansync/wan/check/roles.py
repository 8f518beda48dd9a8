"""Is every part there that a model of this type needs, and none that does not belong? From the lock alone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wansync.formats.names import is_pickle
from wansync.manifest import ComponentKind, Layout, ModelType, Role
from wansync.wan.catalog import EXPERT_SLOTS, FACTS, TEXT_ENCODER_FILE, Expert
from wansync.wan.check.fault import Fault, Rule, fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.wan.paths import WanPart, WanPaths

_NEEDED = (Role.TEXT_ENCODER, Role.UNET, Role.VAE)
_KNOWN = {
    ComponentKind.TRANSFORMER,
    ComponentKind.TEXT_ENCODER,
    ComponentKind.TOKENIZER,
    ComponentKind.VAE,
    ComponentKind.SCHEDULER,
    ComponentKind.PIPELINE,
    ComponentKind.LORA,
    # Of WAN2.1; whether the transformers want one, their configuration says.
    ComponentKind.IMAGE_ENCODER,
}
_SEVERAL = {ComponentKind.TRANSFORMER, ComponentKind.LORA}
_SLOTS = {
    Layout.DIFFUSERS: {
        ComponentKind.TEXT_ENCODER: "text_encoder",
        ComponentKind.TOKENIZER: "tokenizer",
        ComponentKind.VAE: "vae",
        ComponentKind.IMAGE_ENCODER: "image_encoder",
        ComponentKind.SCHEDULER: "scheduler",
        ComponentKind.PIPELINE: ".",
    },
    Layout.NATIVE: {
        ComponentKind.TEXT_ENCODER: ".",
        ComponentKind.VAE: ".",
        ComponentKind.TOKENIZER: "google/umt5-xxl",
    },
}
_EXPERT_SLOTS = {
    Layout.DIFFUSERS: {
        Expert.HIGH_NOISE: "transformer",
        Expert.LOW_NOISE: "transformer_2",
        Expert.ONLY: "transformer",
    },
    Layout.NATIVE: {Expert.HIGH_NOISE: "high_noise_model", Expert.LOW_NOISE: "low_noise_model", Expert.ONLY: "."},
}


def find_role_faults(paths: WanPaths, *, text_encoder: bool) -> Iterator[Fault]:
    """Yield what is missing, what does not belong, and what stands where no loader looks for it.

    Args:
        paths: the model.
        text_encoder: whether one is needed.
    """
    yield from _missing_roles(paths, text_encoder=text_encoder)
    yield from _missing_parts(paths, text_encoder=text_encoder)
    yield from _missing_experts(paths)
    yield from _foreign(paths)
    yield from _misplaced(paths)
    yield from _swapped(paths)
    if paths.layout is Layout.NATIVE:
        yield from _misnamed(paths)


def _absent(rule: Rule, role: str, slot: str, expected: str, found: str = "none") -> Fault:
    return Fault(rule=rule, role=role, slot=slot, file="", expected=expected, found=found)


def _missing_roles(paths: WanPaths, *, text_encoder: bool) -> Iterator[Fault]:
    needs_image = paths.type in {ModelType.I2V, ModelType.TI2V}
    for role in (*_NEEDED, *((Role.IMAGE_ENCODER,) if needs_image else ())):
        if role is Role.TEXT_ENCODER and not text_encoder:
            continue
        by = paths.provided.get(role)
        own = [part for part in paths.of_role(role) if part.kind is not ComponentKind.TOKENIZER]
        if not own and by is None:
            yield _absent(Rule.ROLE, role, role, f"a component for the role {role}")
        elif by is not None and not paths.of_role(by):
            yield _absent(Rule.ROLE, role, by, f"a component for the role {by}, which gives {role}")


def _missing_parts(paths: WanPaths, *, text_encoder: bool) -> Iterator[Fault]:
    """Yield what a role needs beside its weights."""
    if text_encoder and paths.layout is not Layout.COMFYUI and not paths.of_kind(ComponentKind.TOKENIZER):
        yield _absent(Rule.ROLE, Role.TEXT_ENCODER, "tokenizer", "a tokenizer")
    if paths.layout is Layout.DIFFUSERS:
        names = {file.path.text for file in paths.files}
        for name in ("model_index.json", "scheduler/scheduler_config.json"):
            if name not in names:
                yield _absent(Rule.ROLE, ComponentKind.PIPELINE, name.rpartition("/")[0] or ".", f"`{name}`")


def _missing_experts(paths: WanPaths) -> Iterator[Fault]:
    slots = _EXPERT_SLOTS.get(paths.layout, {})
    counts = Counter(part.expert for part in paths.parts if part.expert)
    for expert in FACTS[paths.type].experts:
        if not counts[expert] and counts:
            yield _absent(Rule.EXPERT, Role.UNET, slots.get(expert, "transformer"), f"the {_word(expert)} expert")
    seen: set[Expert] = set()
    for part in paths.parts:
        if part.expert in seen:
            yield fault(
                Rule.EXPERT, part, "", expected=f"one {_word(part.expert)} expert", found=f"`{part.component}` too"
            )
        seen |= {part.expert} if part.expert else set()


def _foreign(paths: WanPaths) -> Iterator[Fault]:
    seen: dict[ComponentKind, WanPart] = {}
    for part in paths.parts:
        if part.kind not in _KNOWN or (part.kind is ComponentKind.IMAGE_ENCODER and paths.type is not ModelType.I2V):
            expected = f"no {part.kind} for a {paths.type} model"
            yield fault(Rule.FOREIGN, part, _first(part), expected=expected, found=f"`{part.component}`")
        elif part.role is not None and part.role in paths.provided:
            expected = f"no {part.kind}: `{paths.provided[part.role]}` gives it"
            yield fault(Rule.FOREIGN, part, _first(part), expected=expected, found=f"`{part.component}`")
        elif part.kind not in _SEVERAL and (twin := seen.setdefault(part.kind, part)) is not part:
            found = f"`{part.component}` beside `{twin.component}`"
            yield fault(Rule.FOREIGN, part, _first(part), expected=f"one {part.kind}", found=found)


def _misplaced(paths: WanPaths) -> Iterator[Fault]:
    """Yield parts in a directory where the loader of the layout does not look for them."""
    for part in paths.parts:
        if part.expert:
            expected = _EXPERT_SLOTS.get(paths.layout, {}).get(part.expert)
        else:
            expected = _SLOTS.get(paths.layout, {}).get(part.kind)
        if expected is not None and part.slot != expected:
            yield fault(Rule.ROLE, part, "", expected=f"the slot `{expected}`", found=f"the slot `{part.slot}`")


def _swapped(paths: WanPaths) -> Iterator[Fault]:
    """Yield experts that are the other one, and shards that both have: no two trained experts share one."""
    for part in paths.experts.values():
        origin = EXPERT_SLOTS.get(part.subfolder.name) if part.subfolder else None
        if part.expert is not Expert.ONLY and origin is not None and origin is not part.expert:
            expected = f"the {_word(part.expert)} expert"
            yield fault(Rule.EXPERT, part, "", expected=expected, found=f"`{part.subfolder}` of its source")
    high, low = (paths.experts.get(expert) for expert in (Expert.HIGH_NOISE, Expert.LOW_NOISE))
    if high is None or low is None:
        return
    theirs = {file.digest: file.path for file in low.files if _is_weights(file.path.name)}
    for file in high.files:
        if file.digest in theirs:
            expected, found = "bytes that the other expert has not", f"those of `{theirs[file.digest]}`"
            yield fault(Rule.EXPERT, high, file.path, expected=expected, found=found)


def _misnamed(paths: WanPaths) -> Iterator[Fault]:
    """Yield what the official code would not find, and a VAE of the other kind: it reads them by their names."""
    names = {ComponentKind.VAE: FACTS[paths.type].vae_file, ComponentKind.TEXT_ENCODER: TEXT_ENCODER_FILE}
    for part in paths.parts:
        expected = names.get(part.kind)
        if expected is not None and expected not in {file.path.name for file in part.files}:
            found = ", ".join(file.path.name for file in part.files)
            yield fault(Rule.CONFIG, part, _first(part), expected=f"`{expected}`", found=f"`{found}`")


def _first(part: WanPart) -> str:
    return str(part.files[0].path) if part.files else ""


def _word(expert: Expert | None) -> str:
    return str(expert or "").replace("_", "-")


def _is_weights(name: str) -> bool:
    return name.casefold().endswith(".safetensors") or is_pickle(name)

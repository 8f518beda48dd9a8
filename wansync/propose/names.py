"""What names say: of a repository its model, of a folder its kind. No IO."""

from __future__ import annotations

import re

from wansync.manifest import ComponentKind, ModelType
from wansync.manifest.names import MAX_ID_LENGTH

_UNUSABLE = re.compile(r"[^A-Za-z0-9._+-]+")
_EDGES = "._+-"
_TYPE = re.compile(r"(?<![a-z0-9])(ti2v|t2v|i2v)(?![a-z0-9])")
_VERSION = re.compile(r"(?<![0-9.])[0-9]+(?:\.[0-9]+)+(?![0-9.])")
_KINDS = {
    "audio_encoder": ComponentKind.AUDIO_ENCODER,
    "feature_extractor": ComponentKind.PIPELINE,
    "image_encoder": ComponentKind.IMAGE_ENCODER,
    "image_processor": ComponentKind.PIPELINE,
    "lora": ComponentKind.LORA,
    "scheduler": ComponentKind.SCHEDULER,
    "text_encoder": ComponentKind.TEXT_ENCODER,
    "tokenizer": ComponentKind.TOKENIZER,
    "transformer": ComponentKind.TRANSFORMER,
    "unet": ComponentKind.TRANSFORMER,
    "vae": ComponentKind.VAE,
}
"""How Diffusers calls the folders of a pipeline; a further one of a kind has a suffix, such as `transformer_2`."""


def id_from(text: str) -> str:
    """Return the id that is most like a text; it is empty when nothing of the text can stand in one."""
    return _UNUSABLE.sub("-", text).strip(_EDGES)[:MAX_ID_LENGTH].rstrip(_EDGES)


def type_from(*names: str) -> ModelType | None:
    """Return the type that the first telling name states, `None` when none does or one states several."""
    for name in names:
        found = set(_TYPE.findall(name.casefold().replace("_", "-")))
        if found:
            return ModelType(found.pop()) if len(found) == 1 else None
    return None


def version_from(name: str) -> str:
    """Return the version in a name, such as `2.2` in `Wan2.2-T2V-A14B`, else `1`."""
    found = _VERSION.search(name)
    return found[0] if found else "1"


def kind_from(name: str) -> ComponentKind | None:
    """Return the kind of what a folder of that name holds, or `None` when the name says nothing."""
    plain = name.casefold().replace("-", "_")
    return next((kind for start, kind in _KINDS.items() if plain == start or plain.startswith(f"{start}_")), None)

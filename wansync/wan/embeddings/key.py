"""What an embedding depends on. Two runs with equal keys would compute the same bytes, so one of them need not."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from wansync.digest import Digest, tree_digest
from wansync.manifest import ComponentKind, Role
from wansync.value_types import value_type
from wansync.wan.check import Fault, Rule
from wansync.wan.check.fault import error_of

if TYPE_CHECKING:
    from wansync.wan.paths import WanPart, WanPaths

_VERSION = 1


@value_type
class EmbeddingKey:
    """The identity of a prompt's embedding.

    Args:
        text_encoder: the tree of the locked text encoder; another revision with the same bytes has the same one.
        tokenizer: the tree of the locked tokenizer.
        prompt: as `prompt_clean` of Diffusers leaves it.
        max_sequence_length: in tokens; what is longer was cut, what is shorter was filled up.
        dtype: the text encoder's, such as `bfloat16`.
        made_by: the versions of the libraries and the device. Others give other bits, though nearly the same numbers.
    """

    text_encoder: str
    tokenizer: str
    prompt: str
    max_sequence_length: int
    dtype: str
    made_by: str

    @property
    def digest(self) -> Digest:
        """The name of the embedding; nobody can read the prompt out of it."""
        values = json.dumps({"version": _VERSION, **asdict(self)}, sort_keys=True, ensure_ascii=True)
        return Digest(hashlib.sha256(values.encode("ascii")).hexdigest())


def text_trees(paths: WanPaths) -> tuple[str, str]:
    """Return the trees of a model's text encoder and tokenizer, wherever they are mounted.

    Raises:
        InvalidComponentsError: the model has none.
    """
    for kind in (ComponentKind.TEXT_ENCODER, ComponentKind.TOKENIZER):
        if not paths.of_kind(kind):
            raise error_of(paths, [_lack_of(kind)])
    return _tree(paths.part("text_encoder")), _tree(paths.part("tokenizer"))


def _lack_of(kind: ComponentKind) -> Fault:
    return Fault(
        rule=Rule.ROLE,
        role=Role.TEXT_ENCODER,
        slot=str(kind),
        file="",
        expected="one, which tells embeddings apart even where it is not loaded",
        found="none",
    )


def _tree(part: WanPart) -> str:
    own = "" if part.slot == "." else f"{part.slot}/"
    return str(tree_digest((file.path.text.removeprefix(own), file.size, file.digest) for file in part.files))

"""Prompts to embeddings: from the cache if they are there, else from the text encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wansync.errors import InvalidInputError
from wansync.text import printable
from wansync.value_types import value_type
from wansync.wan.catalog import TEXT_TOKENS
from wansync.wan.embeddings.key import EmbeddingKey, text_trees
from wansync.wan.hardware import device_name
from wansync.wan.libraries import load, versions

if TYPE_CHECKING:
    from wansync.wan.embeddings.cache import EmbeddingCache
    from wansync.wan.modes import Dtypes
    from wansync.wan.paths import WanPaths


@value_type
class TextSide:
    """What an embedding depends on besides its prompt.

    Args:
        name: the model, for messages.
        text_encoder: the tree of the text encoder.
        tokenizer: the tree of the tokenizer.
        dtype: of the text encoder.
        made_by: the libraries and the device.
    """

    name: str
    text_encoder: str
    tokenizer: str
    dtype: str
    made_by: str

    @classmethod
    def of(cls, paths: WanPaths, dtypes: Dtypes, device: str) -> TextSide:
        """Return that of a model which is loaded in a precision on a device."""
        text_encoder, tokenizer = text_trees(paths)
        libraries = " ".join(f"{name} {version}" for name, version in sorted(versions().items()))
        return cls(
            name=paths.name,
            text_encoder=text_encoder,
            tokenizer=tokenizer,
            dtype=str(dtypes.text_encoder),
            made_by=f"{libraries} on {device_name(device)}",
        )

    def key(self, prompt: str, max_sequence_length: int = TEXT_TOKENS) -> EmbeddingKey:
        """Return the key of a prompt, cleaned as Diffusers cleans it: what it makes equal is one embedding."""
        return EmbeddingKey(
            text_encoder=self.text_encoder,
            tokenizer=self.tokenizer,
            prompt=load("diffusers.pipelines.wan.pipeline_wan").prompt_clean(prompt),
            max_sequence_length=max_sequence_length,
            dtype=self.dtype,
            made_by=self.made_by,
        )


class Embedder:
    """Gives the embeddings of prompts for one pipeline.

    Args:
        side: what they depend on.
        pipe: a diffusers pipeline; one without a text encoder encodes nothing.
        cache: where they are kept; none where it is `None`.
    """

    def __init__(self, side: TextSide, pipe: Any, cache: EmbeddingCache | None) -> None:  # noqa: ANN401
        self._side = side
        self._pipe = pipe
        self._cache = cache

    def embed(self, prompt: str, max_sequence_length: int = TEXT_TOKENS) -> Any:  # noqa: ANN401 (a tensor)
        """Return the embedding of a prompt, with the bits that the pipeline itself would compute.

        Raises:
            InvalidInputError: it is not kept, and the pipeline has no text encoder.
        """
        key = self._side.key(prompt, max_sequence_length)
        found = self._cache.get(key) if self._cache else None
        if found is not None:
            return found
        if self._pipe.text_encoder is None:
            raise InvalidInputError(
                f"`{self._side.name}` was loaded without its text encoder, and no embedding of this prompt is kept: "
                f"`{printable(prompt, limit=80)}`",
                hint="Encode it before with `encode_prompts`, on this device and in this precision, or load the "
                "pipeline with `text_encoder=True`",
                model=self._side.name,
            )
        embedding = self._encode(prompt, max_sequence_length)
        if self._cache:
            self._cache.put(key, embedding)
        return embedding

    def is_kept(self, prompt: str, max_sequence_length: int = TEXT_TOKENS) -> bool:
        """Return whether the embedding of a prompt is in the cache, whole."""
        return self._cache is not None and self._cache.get(self._side.key(prompt, max_sequence_length)) is not None

    def _encode(self, prompt: str, max_sequence_length: int) -> Any:  # noqa: ANN401
        # One prompt at a time, and without autograd, as the pipeline does it: others give other bits.
        with load("torch").no_grad():
            embedding, _ = self._pipe.encode_prompt(
                prompt=prompt, do_classifier_free_guidance=False, max_sequence_length=max_sequence_length
            )
        return embedding

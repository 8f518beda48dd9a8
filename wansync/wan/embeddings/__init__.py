"""Text embeddings that are computed once: for many clips of one prompt, and to run without the text encoder."""

from wansync.wan.embeddings.cache import MAX_BYTES, EmbeddingCache, Kept
from wansync.wan.embeddings.encode import Embedder, TextSide
from wansync.wan.embeddings.key import EmbeddingKey

__all__ = ["MAX_BYTES", "Embedder", "EmbeddingCache", "EmbeddingKey", "Kept", "TextSide"]

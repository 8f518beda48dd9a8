"""What the configuration of a transformer says, in either of its two spellings. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.documents import DocumentError, Table
from wansync.value_types import value_type
from wansync.wan.catalog import TEXT_WIDTH

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_PATCH = (1, 2, 2)
NATIVE, DIFFUSERS = "WanModel", "WanTransformer3DModel"


@value_type
class TransformerConfig:
    """The dimensions of a transformer.

    Args:
        class_name: `WanTransformer3DModel` of Diffusers or `WanModel` of the official code.
        in_channels: what goes in.
        out_channels: what comes out.
        patch: frames, height and width that become a token.
        text_width: what it takes of a text encoder for each token of a prompt.
        width: of a token inside.
        layers: how many blocks.
        wants_image_encoder: whether it takes what a CLIP encoder says of an image, as WAN2.1 does.
        model_type: what the official code calls the type of the model; empty in Diffusers.
    """

    class_name: str
    in_channels: int
    out_channels: int
    patch: tuple[int, ...]
    text_width: int
    width: int
    layers: int
    wants_image_encoder: bool = False
    model_type: str = ""

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> TransformerConfig:
        """Return what `config.json` of a transformer says.

        Raises:
            DocumentError: it lacks a value, or has one of another type.
        """
        table = Table(values)
        match name := table.string("_class_name"):
            case "WanModel":
                return cls._native(table)
            case "WanTransformer3DModel":
                return cls._diffusers(table)
            case _:
                raise table.error("_class_name", f"expected {NATIVE} or {DIFFUSERS}, not `{name}`")

    @classmethod
    def _native(cls, table: Table) -> TransformerConfig:
        # The published files leave out what the official code has as a default.
        return cls(
            class_name=NATIVE,
            in_channels=table.integer("in_dim"),
            out_channels=table.integer("out_dim"),
            patch=table.integers("patch_size") if table.has("patch_size") else _PATCH,
            text_width=table.integer("text_dim") if table.has("text_dim") else TEXT_WIDTH,
            width=table.integer("dim"),
            layers=table.integer("num_layers"),
            model_type=table.string("model_type"),
        )

    @classmethod
    def _diffusers(cls, table: Table) -> TransformerConfig:
        return cls(
            class_name=DIFFUSERS,
            in_channels=table.integer("in_channels"),
            out_channels=table.integer("out_channels"),
            patch=table.integers("patch_size"),
            text_width=table.integer("text_dim"),
            width=table.integer("num_attention_heads") * table.integer("attention_head_dim"),
            layers=table.integer("num_layers"),
            wants_image_encoder=table.holds("image_dim", int),
        )

    def expected_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the tensors that these dimensions decide."""
        head = 1
        for length in self.patch:
            head *= length
        native = self.class_name == NATIVE
        text = "text_embedding.0.weight" if native else "condition_embedder.text_embedder.linear_1.weight"
        out = "head.head.weight" if native else "proj_out.weight"
        return {
            "patch_embedding.weight": (self.width, self.in_channels, *self.patch),
            text: (self.width, self.text_width),
            out: (self.out_channels * head, self.width),
        }


def transformer_config(values: Mapping[str, Any]) -> TransformerConfig | DocumentError:
    """Return what a configuration says, or why it says nothing that can be used."""
    try:
        return TransformerConfig.parse(values)
    except DocumentError as error:
        return error

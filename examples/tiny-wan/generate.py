"""Write the three tiny WAN2.2 Diffusers pipelines that lie beside this script.

The pipelines have the classes, folders, shards and tensor names of the published
models, but random weights and small dimensions, so that they load with
`from_pretrained` and denoise on a CPU within seconds. They are not able to make a
meaningful video. One set of library versions always gives the same bytes.

    python examples/tiny-wan/generate.py                # write beside this script
    python examples/tiny-wan/generate.py --out DIR      # write into DIR
    python examples/tiny-wan/generate.py --check        # compare, write nothing
"""

from __future__ import annotations

import argparse
import importlib.metadata
import math
import shutil
import sys
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from diffusers import (
    AutoencoderKLWan,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
)
from transformers import T5TokenizerFast, UMT5Config, UMT5EncoderModel
from transformers.utils.logging import disable_progress_bar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    Pipeline: TypeAlias = WanPipeline | WanImageToVideoPipeline

HERE = Path(__file__).resolve().parent
SEED = 0

# Only these versions are known to give the committed bytes.
RECORDED_VERSIONS = {
    "torch": "2.13.0",
    "diffusers": "0.42.1",
    "transformers": "5.23.0",
    "tokenizers": "0.23.3",
    "safetensors": "0.8.0",
}

TEXT_DIM = 32
SPACE = "\u2581"
WORDS = ("a", "the", "cat", "dog", "video", "of", "red", "blue")
# Each limit splits its component into exactly three shards.
SHARD_SIZES = {"transformer": "60KB", "transformer_2": "60KB", "text_encoder": "20KB"}


def vocabulary() -> list[tuple[str, float]]:
    """Return scored tokens that begin with the four special tokens of UMT5."""
    special = [(token, 0.0) for token in ("<pad>", "</s>", "<s>", "<unk>")]
    characters = [(chr(code), -4.0) for code in range(33, 127)]
    words = [(SPACE + word, -3.0) for word in WORDS]
    return [*special, (SPACE, -2.0), *characters, *words]


def tokenizer() -> T5TokenizerFast:
    """Return a fast tokenizer that knows ASCII and needs no sentencepiece file."""
    return T5TokenizerFast(vocab=vocabulary(), extra_ids=0, model_max_length=512)


def text_encoder() -> torch.nn.Module:
    """Return a two-layer UMT5 encoder in bfloat16, the precision of the real one."""
    config = UMT5Config(
        vocab_size=len(vocabulary()),
        d_model=TEXT_DIM,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_decoder_layers=2,
        num_heads=4,
        pad_token_id=0,
        eos_token_id=1,
    )
    return with_random_weights(UMT5EncoderModel(config), "text_encoder").bfloat16()


def transformer(label: str, channels_in: int, channels_out: int) -> torch.nn.Module:
    """Return a two-block DiT whose weights are unique to `label`."""
    model = WanTransformer3DModel(
        in_channels=channels_in,
        out_channels=channels_out,
        num_attention_heads=2,
        attention_head_dim=12,
        num_layers=2,
        ffn_dim=64,
        text_dim=TEXT_DIM,
        rope_max_seq_len=64,
    )
    return with_random_weights(model, label)


def vae_21() -> torch.nn.Module:
    """Return the A14B kind of VAE: stride 4x8x8 and 16 latent channels."""
    return with_random_weights(AutoencoderKLWan(base_dim=4, z_dim=16), "vae_21")


def vae_22() -> torch.nn.Module:
    """Return the 5B kind of VAE: stride 4x16x16, 48 latent channels, residual."""
    model = AutoencoderKLWan(
        base_dim=4,
        decoder_base_dim=4,
        z_dim=48,
        latents_mean=[0.0] * 48,
        latents_std=[1.0] * 48,
        is_residual=True,
        in_channels=12,
        out_channels=12,
        patch_size=2,
        scale_factor_spatial=16,
    )
    return with_random_weights(model, "vae_22")


def with_random_weights(model: torch.nn.Module, label: str) -> torch.nn.Module:
    """Fill `model` with weights that depend only on SEED, `label`, name and shape.

    A float32 draw has 24 random bits and is then rounded once, so the bytes do not
    depend on the processor, as those of the libraries' own initialisation may.
    """
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            seed = zlib.crc32(f"{SEED}/{label}/{name}".encode())
            parameter.copy_(random_tensor(name, parameter.shape, seed))
    return model


def random_tensor(name: str, shape: torch.Size, seed: int) -> torch.Tensor:
    """Return zeros for a bias, ones for a norm gain, and else draws around zero."""
    if sum(size > 1 for size in shape) < 2:  # noqa: PLR2004 - a vector
        return torch.full(shape, 0.0 if name.endswith("bias") else 1.0)
    draws = torch.rand(shape, generator=torch.Generator().manual_seed(seed))
    return (draws - 0.5) * (2.0 / math.sqrt(shape[1:].numel()))


def scheduler(flow_shift: float) -> UniPCMultistepScheduler:
    """Return the published flow-matching scheduler.

    With a shift of 3 two steps call both experts of a 14B pipeline. With the
    official shift of 12 they would never reach the low-noise expert.
    """
    return UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=flow_shift)


def t2v_pipeline() -> WanPipeline:
    """Return the text-to-video shape: two experts with 16 channels."""
    return WanPipeline(
        tokenizer=tokenizer(),
        text_encoder=text_encoder(),
        vae=vae_21(),
        scheduler=scheduler(flow_shift=3.0),
        transformer=transformer("t2v/high", 16, 16),
        transformer_2=transformer("t2v/low", 16, 16),
        boundary_ratio=0.875,
    )


def i2v_pipeline() -> WanImageToVideoPipeline:
    """Return the image-to-video shape: two experts, 16 + 4 + 16 channels, no CLIP."""
    return WanImageToVideoPipeline(
        tokenizer=tokenizer(),
        text_encoder=text_encoder(),
        vae=vae_21(),
        scheduler=scheduler(flow_shift=3.0),
        transformer=transformer("i2v/high", 36, 16),
        transformer_2=transformer("i2v/low", 36, 16),
        boundary_ratio=0.9,
    )


def ti2v_pipeline() -> WanPipeline:
    """Return the 5B shape: one transformer, 48 channels, stored as WanPipeline."""
    return WanPipeline(
        tokenizer=tokenizer(),
        text_encoder=text_encoder(),
        vae=vae_22(),
        scheduler=scheduler(flow_shift=5.0),
        transformer=transformer("ti2v", 48, 48),
        expand_timesteps=True,
    )


BUILDERS: dict[str, Callable[[], Pipeline]] = {
    "t2v-A14B": t2v_pipeline,
    "i2v-A14B": i2v_pipeline,
    "ti2v-5B": ti2v_pipeline,
}


def save(pipeline: Pipeline, directory: Path) -> None:
    """Write the pipeline into `directory` in the layout of Diffusers.

    Components are saved one by one because `pipeline.save_pretrained` has a single
    shard size for all of them.
    """
    # transformers 5 would write the name without `Fast`; the published index has it.
    pipeline.register_to_config(tokenizer=("transformers", "T5TokenizerFast"))
    pipeline.save_config(directory)
    for name, component in pipeline.components.items():
        if component is not None:
            limit = {"max_shard_size": SHARD_SIZES[name]} if name in SHARD_SIZES else {}
            component.save_pretrained(directory / name, **limit)


def write(root: Path) -> None:
    """Write all pipelines below `root`, each in place of what its directory held."""
    for name, build in BUILDERS.items():
        if (root / name).exists():
            shutil.rmtree(root / name)
        save(build(), root / name)


def files(root: Path) -> dict[str, bytes]:
    """Return the content of every pipeline file below `root` by relative path."""
    found = (path for name in BUILDERS for path in (root / name).rglob("*"))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found if path.is_file()}


def differing(root: Path) -> list[str]:
    """Return the files below `root` that are missing, extra or not as generated."""
    with tempfile.TemporaryDirectory() as fresh:
        write(Path(fresh))
        expected = files(Path(fresh))
    actual = files(root)
    names = expected.keys() | actual.keys()
    return sorted(name for name in names if expected.get(name) != actual.get(name))


def version_drift() -> list[str]:
    """Return one sentence for each library that is not at its recorded version."""
    installed = {name: importlib.metadata.version(name).partition("+")[0] for name in RECORDED_VERSIONS}
    return [
        f"{name} is {installed[name]}, recorded is {recorded}"
        for name, recorded in RECORDED_VERSIONS.items()
        if installed[name] != recorded
    ]


def check(root: Path) -> int:
    """Return 1 and name each differing file if `root` is not as generated, else 0."""
    names = differing(root)
    for name in names:
        print(f"differs: {name}")
    if names:
        for sentence in version_drift():
            print(f"hint: {sentence}", file=sys.stderr)
    return 1 if names else 0


def parser() -> argparse.ArgumentParser:
    """Return the command line parser."""
    result = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    result.add_argument("--out", type=Path, default=HERE, metavar="DIR", help="instead of beside the script")
    result.add_argument("--check", action="store_true", help="write nothing, exit 1 on a difference")
    return result


def refuse_to_replace(root: Path) -> None:
    """Exit if `root` is not ours and holds a name that `write` would replace.

    The names are also those of real models of more than 100 GB.
    """
    taken = [root / name for name in BUILDERS if (root / name).exists()]
    if taken and root.resolve() != HERE:
        sys.exit(f"error: `{taken[0]}` exists")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    options = parser().parse_args(arguments)
    disable_progress_bar()
    if options.check:
        return check(options.out)
    refuse_to_replace(options.out)
    write(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())

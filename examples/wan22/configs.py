"""The small configuration files of the published WAN2.2 repositories that follow from the dimensions of the models.

Each is rebuilt byte for byte. For the i2v experts this is what proves the SHA-256: their publisher states only the git
SHA-1 of such a file, and the rebuilt bytes have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples.wan22.architecture import FREQUENCIES, I2V_A14B, PATCH, T2V_A14B, TEXT_WIDTH, TI2V_5B
from examples.wan22.checkpoint import sorted_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from examples.wan22.architecture import Transformer

HEAD_WIDTH = 128
TEXT_LENGTH = 512
DIFFUSERS_VERSION = "0.35.0.dev0"  # that wrote the Diffusers repository


def native(model: Transformer, kind: str, version: str) -> bytes:
    """Return `config.json` of a transformer of the official code, written by that version of diffusers."""
    return sorted_json(
        {
            "_class_name": "WanModel",
            "_diffusers_version": version,
            "dim": model.dim,
            "eps": 1e-06,
            "ffn_dim": model.ffn_dim,
            "freq_dim": FREQUENCIES,
            "in_dim": model.channels_in,
            "model_type": kind,
            "num_heads": model.dim // HEAD_WIDTH,
            "num_layers": model.layers,
            "out_dim": model.channels_out,
            "text_len": TEXT_LENGTH,
        }
    )


def diffusers(model: Transformer) -> bytes:
    """Return `transformer/config.json` of a Diffusers repository."""
    return sorted_json(
        {
            "_class_name": "WanTransformer3DModel",
            "_diffusers_version": DIFFUSERS_VERSION,
            "added_kv_proj_dim": None,
            "attention_head_dim": HEAD_WIDTH,
            "cross_attn_norm": True,
            "eps": 1e-06,
            "ffn_dim": model.ffn_dim,
            "freq_dim": FREQUENCIES,
            "image_dim": None,
            "in_channels": model.channels_in,
            "num_attention_heads": model.dim // HEAD_WIDTH,
            "num_layers": model.layers,
            "out_channels": model.channels_out,
            "patch_size": PATCH,
            "pos_embed_seq_len": None,
            "qk_norm": "rms_norm_across_heads",
            "rope_max_seq_len": 1024,
            "text_dim": TEXT_WIDTH,
        }
    )


def scheduler(flow_shift: float) -> bytes:
    """Return `scheduler/scheduler_config.json` of a Diffusers repository."""
    return sorted_json(
        {
            "_class_name": "UniPCMultistepScheduler",
            "_diffusers_version": DIFFUSERS_VERSION,
            "beta_end": 0.02,
            "beta_schedule": "linear",
            "beta_start": 0.0001,
            "disable_corrector": [],
            "dynamic_thresholding_ratio": 0.995,
            "final_sigmas_type": "zero",
            "flow_shift": flow_shift,
            "lower_order_final": True,
            "num_train_timesteps": 1000,
            "predict_x0": True,
            "prediction_type": "flow_prediction",
            "rescale_betas_zero_snr": False,
            "sample_max_value": 1.0,
            "solver_order": 2,
            "solver_p": None,
            "solver_type": "bh2",
            "steps_offset": 0,
            "thresholding": False,
            "time_shift_type": "exponential",
            "timestep_spacing": "linspace",
            "trained_betas": None,
            "use_beta_sigmas": False,
            "use_dynamic_shifting": False,
            "use_exponential_sigmas": False,
            "use_flow_sigmas": True,
            "use_karras_sigmas": False,
        }
    )


def pipeline() -> bytes:
    """Return `model_index.json` of the 5B Diffusers repository: one transformer, and no image encoder."""
    return sorted_json(
        {
            "_class_name": "WanPipeline",
            "_diffusers_version": DIFFUSERS_VERSION,
            "boundary_ratio": None,
            "expand_timesteps": True,
            "scheduler": ["diffusers", "UniPCMultistepScheduler"],
            "text_encoder": ["transformers", "UMT5EncoderModel"],
            "tokenizer": ["transformers", "T5TokenizerFast"],
            "transformer": ["diffusers", "WanTransformer3DModel"],
            "transformer_2": [None, None],
            "vae": ["diffusers", "AutoencoderKLWan"],
        }
    )


_EXPERTS = ("high_noise_model/config.json", "low_noise_model/config.json")
REPOSITORIES: Mapping[str, Mapping[str, bytes]] = {
    "Wan-AI/Wan2.2-T2V-A14B": dict.fromkeys(_EXPERTS, native(T2V_A14B, "t2v", "0.33.1")),
    "Wan-AI/Wan2.2-I2V-A14B": dict.fromkeys(_EXPERTS, native(I2V_A14B, "i2v", "0.33.0")),
    "Wan-AI/Wan2.2-TI2V-5B": {"config.json": native(TI2V_5B, "ti2v", "0.33.0")},
    "Wan-AI/Wan2.2-TI2V-5B-Diffusers": {
        "model_index.json": pipeline(),
        "scheduler/scheduler_config.json": scheduler(flow_shift=5.0),
        "transformer/config.json": diffusers(TI2V_5B),
    },
}
"""Repository -> path -> bytes."""

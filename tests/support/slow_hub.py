"""A project whose large files come slowly, so that a test can look at a fetch, stop it and go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.hub import Faults
from tests.support.hub_project import VIDEO, HubProject
from tests.support.project import content

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub import Hub

MIB = 2**20
SHARDS = [f"transformer/diffusion_pytorch_model-0000{n}-of-00002.safetensors" for n in (1, 2)]
WIDE = "vae/视频自动编码器的名字很长很长🎬.safetensors"
SLOW = Faults(chunk_delay=0.1)
"""256 KiB each tenth of a second."""
STOPPED = Faults(stall_after=2 * MIB)
"""Two MiB of a file, and then nothing any more."""


class SlowProject(HubProject):
    """Two shards of 8 MiB, a VAE of 4 MiB whose name is wide, and many files of a few bytes."""

    def __init__(self, directory: Path, models_root: Path, hub: Hub, *, small: int = 30) -> None:
        super().__init__(directory, models_root, hub)
        shards = {name: content(name, 8 * MIB) for name in SHARDS}
        few = {f"transformer/part-{number:04}.json": b'{"a": %d}' % number for number in range(small)}
        self.video = hub.repository(VIDEO, license="apache-2.0")
        self.video.commit({**shards, WIDE: content(WIDE, 4 * MIB), **few})

"""A project whose weights are on the test hub: two experts and a VAE in one repository, a text encoder in another."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import tomlkit

from tests.support.project import ProjectBuilder, content

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub import Hub, HubRepository

VIDEO, TEXT = "test/video", "test/text"
SHARD = "transformer/model-{}-of-00003.safetensors"


def shards(edition: str = "first") -> dict[str, bytes]:
    """Return three shards; the second one depends on the edition."""
    names = {n: f"{n} {edition}" if n == "00002" else n for n in ("00001", "00002", "00003")}
    return {SHARD.format(n): content(name, 4000) for n, name in names.items()}


class HubProject(ProjectBuilder):
    """`app/` with `models.toml` alone; its files are in two repositories of a hub.

    Attributes:
        video: `transformer/` with three shards and a config, `vae/`.
        text: `model.safetensors`, two small files, and files that nobody takes.
    """

    def __init__(self, directory: Path, models_root: Path, hub: Hub) -> None:
        super().__init__(directory, models_root)
        self.hub = hub
        self.files = {}
        self.video: HubRepository = hub.repository(VIDEO, license="apache-2.0")
        self.text: HubRepository = hub.repository(TEXT, license="mit")
        self.video.commit(
            {**shards(), "transformer/config.json": b'{"in_channels": 16}', "vae/vae.safetensors": content("vae", 900)}
        )
        self.text.commit(
            {
                "model.safetensors": content("umt5", 4000),
                "config.json": b"{}",
                "tokenizer.json": b'{"a": 1}',
                "README.md": b"# text\n",
                ".gitattributes": b"*.safetensors filter=lfs\n",
            }
        )
        self.manifest["profiles"] = {"all": ["alpha@small"]}
        self.manifest["components"] = {
            "expert": {"kind": "transformer", "source": f"hf:{VIDEO}", "subfolder": "transformer"},
            "vae": {"kind": "vae", "source": f"hf:{VIDEO}", "subfolder": "vae"},
            "umt5": {"kind": "text_encoder", "source": f"hf:{TEXT}", "exclude": ["*.md"]},
        }
        slots = {"transformer": "expert", "vae": "vae", "text_encoder": "umt5"}
        self.manifest["models"] = {"alpha": self.model("t2v", slots)}

    def write(self) -> None:
        """Write the manifest."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.manifest_path.write_text(tomlkit.dumps(self.manifest))

    def locked_component(self, id_: str) -> dict[str, Any]:
        """Return a component of the lock as it stands in the file."""
        components: list[dict[str, Any]] = tomllib.loads(self.lock_path.read_text())["component"]
        return next(component for component in components if component["id"] == id_)

    def revision(self, id_: str) -> str:
        """Return the locked revision of a component."""
        return str(self.locked_component(id_)["revision"])

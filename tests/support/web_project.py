"""A project whose weights are on a web server that lists nothing, below a URL that a variable holds."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import tomlkit

from tests.support.project import ProjectBuilder, content
from wansync.digest import Digest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.web import Web

VARIABLE = "UMT5_URL"
CANARY = "canary-of-a-signature-0123456789abcdef"
LARGE, SMALL, CONFIG = "model.safetensors", "small.safetensors", "config.json"


def web_files() -> dict[str, bytes]:
    """Return the files: one of three segments, and two small ones."""
    return {
        f"dir/{LARGE}": content("large", 20_000_000),
        f"dir/{SMALL}": content("small", 4000),
        f"dir/{CONFIG}": b'{"a": 1}',
    }


class WebProject(ProjectBuilder):
    """`app/` with `models.toml` alone: a model of one component, and its source in a variable."""

    def __init__(self, directory: Path, models_root: Path, web: Web) -> None:
        super().__init__(directory, models_root)
        self.web = web
        self.files = {}
        self.manifest["profiles"] = {"all": ["alpha@small"]}
        self.manifest["models"] = {"alpha": self.model("t2v", {"text_encoder": "umt5"})}
        self.state(stated=False)

    @property
    def url(self) -> str:
        """The URL of the source, which holds a secret."""
        return f"{self.web.url}/dir?X-Signature={CANARY}"

    def state(self, *, stated: bool, source: str = f"https:${VARIABLE}") -> None:
        """Let the manifest name the files, with size and digest or without, and write it."""
        files: list[dict[str, Any]] = []
        for name, data in self.web.files.items():
            more = {"size": len(data), "sha256": str(Digest.of(data))} if stated else {}
            files.append({"path": name.removeprefix("dir/"), **more})
        self.manifest["components"] = {"umt5": {"kind": "text_encoder", "source": source, "files": files}}
        self.write()

    def write(self) -> None:
        """Write the manifest."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.manifest_path.write_text(tomlkit.dumps(self.manifest))

    def locked_files(self) -> dict[str, tuple[int, str]]:
        """Return what is locked: path -> size and digest."""
        component = tomllib.loads(self.lock_path.read_text())["component"][0]
        return {file["path"]: (file["size"], file["sha256"]) for file in component["files"]}

    def right_files(self) -> dict[str, tuple[int, str]]:
        """Return what should be locked."""
        return {name.removeprefix("dir/"): (len(data), str(Digest.of(data))) for name, data in self.web.files.items()}

    def all_bytes(self) -> bytes:
        """Return all that is on disk of the project and its store, but for weights; names are part of it."""
        found = bytearray()
        for folder in (self.directory, self.models_root):
            for path in sorted(folder.rglob("*")):
                found += str(path).encode() + b"\0"
                if path.is_file() and path.stat().st_size < 1_000_000:
                    found += path.read_bytes()
        return bytes(found)

"""A small project on disk: sources as files, a manifest as data, everything editable."""

from __future__ import annotations

import hashlib
import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import tomlkit

from tests.support.documents import check_output
from tests.support.weights import weights_of
from wansync.api import Project
from wansync.cli.app import run
from wansync.digest import Digest
from wansync.store.layout import StoreLayout

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

    from wansync.events import Event


@dataclass
class Recorder:
    """A reporter that keeps what it is told."""

    events: list[Event] = field(default_factory=list)

    def report(self, event: Event) -> None:
        self.events.append(event)

    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.events]

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@dataclass(frozen=True)
class Ran:
    """What a command of the program printed, and its exit status."""

    status: int
    stdout: str
    stderr: str


def content(name: str, size: int = 5000) -> bytes:
    """Return valid safetensors of `size` bytes that depend only on the name."""
    block = hashlib.sha256(name.encode()).digest()
    return weights_of(size, lambda count: (block * (count // len(block) + 1))[:count])


class ProjectBuilder:
    """`app/` with `models.toml`, `app/weights/` as `file:` sources, and a store beside it.

    alpha = transformer + shared text encoder; beta = its own transformer + the same text encoder.
    """

    def __init__(self, directory: Path, models_root: Path) -> None:
        self.directory = directory
        self.models_root = models_root
        self.layout = StoreLayout(models_root)
        self.files: dict[str, bytes] = {
            "alpha/transformer/model-00001-of-00002.safetensors": content("alpha-1"),
            "alpha/transformer/model-00002-of-00002.safetensors": content("alpha-2", 3000),
            "alpha/transformer/config.json": b'{"in_channels": 16}\n',
            "beta/transformer/model.safetensors": content("beta", 7000),
            "beta/transformer/config.json": b'{"in_channels": 36}\n',
            "shared/text_encoder/model.safetensors": content("umt5", 4000),
        }
        self.manifest: dict[str, Any] = {
            "schema_version": 1,
            "project": {"name": "app", "default_profile": "all"},
            "profiles": {"all": ["alpha@small", "beta@small"]},
            "components": {
                "alpha-transformer": self.component("transformer", "alpha", "transformer"),
                "beta-transformer": self.component("transformer", "beta", "transformer"),
                "umt5": self.component("text_encoder", "shared", "text_encoder"),
            },
            "models": {
                "alpha": self.model("t2v", {"transformer": "alpha-transformer", "text_encoder": "umt5"}),
                "beta": self.model("i2v", {"transformer": "beta-transformer", "text_encoder": "umt5"}),
            },
        }

    @staticmethod
    def component(kind: str, source: str, subfolder: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        return {"kind": kind, "source": f"file:weights/{source}", "subfolder": subfolder, **more}

    @staticmethod
    def model(kind: str, slots: Mapping[str, Any]) -> dict[str, Any]:
        variant = {"layout": "diffusers", "precision": "bf16", "slots": dict(slots)}
        return {"version": "1.0", "type": kind, "default_variant": "small", "variants": {"small": variant}}

    @property
    def manifest_path(self) -> Path:
        return self.directory / "models.toml"

    @property
    def lock_path(self) -> Path:
        return self.directory / "models.lock"

    def write(self) -> None:
        """Write the manifest and every source file."""
        for name, data in self.files.items():
            path = self.directory / "weights" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        self.manifest_path.write_text(tomlkit.dumps(self.manifest))

    def enter(self, patch: pytest.MonkeyPatch) -> None:
        """Let this process work in the project, with its store."""
        patch.setenv("MODELS_ROOT", str(self.models_root))
        patch.chdir(self.directory)

    def api(self, **choices: Any) -> Project:  # noqa: ANN401
        return Project(self.directory, models_root=self.models_root, **choices)

    def blob(self, name: str) -> Path:
        """Return where the blob of a source file belongs."""
        return self.layout.blob(Digest.of(self.files[name]))

    def snapshot(self) -> dict[str, bytes]:
        """Return every file of the store that a user could meet: blobs, views, and links for people."""
        folders = [self.models_root / name for name in ("blobs", "views", "components")]
        paths = (path for folder in folders for path in folder.rglob("*") if path.is_file())
        return {
            path.relative_to(self.models_root).as_posix(): path.read_bytes()
            for path in paths
            if not path.name.endswith(".verified.json")
        }

    def leftovers(self) -> list[str]:
        """Return what a finished run must not leave."""
        folders = (self.layout.tmp, self.layout.trash, self.layout.state / "runs")
        return [path.name for folder in folders if folder.exists() for path in folder.iterdir()]


def wansync(*arguments: str) -> Ran:
    """Run the program in this process, as its console script would; with `--json` its document is checked."""
    stdout, stderr = io.StringIO(), io.StringIO()
    before = sys.argv
    sys.argv = ["wansync", *arguments]
    try:
        with redirect_stdout(stdout), redirect_stderr(stderr):
            status = run(list(arguments))
    finally:
        sys.argv = before
    check_output(arguments, int(status), stdout.getvalue())
    return Ran(int(status), stdout.getvalue(), stderr.getvalue())

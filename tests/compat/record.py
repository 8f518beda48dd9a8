"""Record one real document of each kind: `python -m tests.compat.record` writes those that `documents/` lacks.

What is recorded stays as it is for ever: later versions of the schemas and of the readers must accept it.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.conftest import REPOSITORY
from tests.support.documents import schema_name
from tests.support.hub import Hub
from tests.support.hub_project import SHARD, HubProject, shards
from tests.support.project import wansync
from tests.support.served import served
from tests.support.write_schemas import SCHEMAS
from wansync.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DOCUMENTS = Path(__file__).with_name("documents")
STORY = (
    ("lock", "--save-listings", "listings"),
    ("lock", "--check"),
    ("plan",),
    ("adopt", "found"),
    ("sync",),
    ("fetch",),
    ("ensure", "alpha"),
    ("config",),
    ("auth",),
    ("tree",),
    ("why", "expert"),
    ("graph",),
    ("pin", "alpha", "--reason", "shown to a customer"),
    ("roots",),
    ("store", "path"),
    ("store", "size"),
    ("store", "ls"),
    ("init", "--template", "empty", "--name", "fresh", "--project", "fresh"),
    ("status",),
    ("verify",),
    ("doctor",),
    ("outdated",),
    ("lock", "--since", "old.lock"),
    ("merge-driver", "old.lock", "ours.lock", "theirs.lock"),
    ("completion", "bash"),
    ("add", "file:more", "--component", "more", "--kind", "vae"),
    ("remove", "more"),
    ("gc", "--dry-run"),
    ("mirror", "list"),
    ("mirror", "push"),
    ("mirror", "check"),
    ("mirror", "prune", "--dry-run"),
    ("generations",),
    ("rollback",),
    ("ensure", "alpah"),
)
"""The commands whose documents are recorded, in an order in which each has something to say."""
SERVED = {
    "health": "/health/models?deep=1",
    "ready": "/readyz",
    "runs": "/runs",
    "problem": "/health/models/alpah",
    "smoke-health": "/health/models/alpha/smoke",
}

WAN_STORY = (
    ("paths", "t2v-A14B"),
    ("wan", "check", "t2v-A14B"),
    ("wan", "vram", "ti2v-5B@diffusers", "--memory", "24GiB"),
    *((("smoke", "t2v-A14B", "--device", "cpu"),) if find_spec("torch") else ()),
)
"""The same, of the models of this repository; what runs one needs torch (`make wan`)."""


def record(command: tuple[str, ...], places: Mapping[str, str]) -> tuple[str, Any]:
    """Run a command, and return the name of its schema and its document, without what is this machine's."""
    ran = wansync(*command, "--json")
    text = ran.stdout
    for place, name in places.items():
        text = text.replace(place, name)
    values = json.loads(text)
    return "error" if "error" in values else schema_name(command), values


def told(project: HubProject) -> Iterator[tuple[str, Any]]:
    """Yield the documents of the story."""
    old = project.directory / "old.lock"
    places = {
        str(project.models_root): "/srv/models",
        str(project.directory): "/home/ada/app",
        project.hub.url: "https://hub.example",
        str(project.models_root.with_name("mirror")): "/mnt/weights",
    }
    for command in STORY:
        if command[0] == "outdated":
            shutil.copy(project.lock_path, old)
            project.video.commit(shards("second"))
        if "--since" in command:
            assert wansync("lock", "--upgrade").status == 0
            shutil.copy(project.lock_path, old.with_name("theirs.lock"))
            shutil.copy(old, old.with_name("ours.lock"))
        if command[0] == "adopt":
            _leave_found_files(project)
        if command[0] == "gc":
            assert wansync("sync").status == 0
        yield record(command, places)
        if command == ("verify",):
            assert wansync("verify", "--events", "events.ndjson").status == 0
            yield "events", json.loads((project.directory / "events.ndjson").read_text().splitlines()[-1])
        if "--save-listings" in command:
            yield "listing", json.loads(next((project.directory / "listings").iterdir()).read_text(encoding="utf-8"))
            yield "lock", tomllib.loads(project.lock_path.read_text(encoding="utf-8"))
            yield "models", tomllib.loads(project.manifest_path.read_text(encoding="utf-8"))


def _leave_found_files(project: HubProject) -> None:
    """Put into a directory one file that the lock wants, and one that only has the size of one."""
    found = project.directory / "found"
    found.mkdir()
    (found / "shard.safetensors").write_bytes(shards()[SHARD.format("00001")])
    (found / "vae.safetensors").write_bytes(bytes(900))


def served_documents(project: HubProject) -> Iterator[tuple[str, Any]]:
    """Yield what the health endpoint tells of the project."""
    with served(project.directory, "--allow-smoke") as server:
        for name, path in SERVED.items():
            yield name, server.get(path).document


def told_of_wan(models_root: Path) -> Iterator[tuple[str, Any]]:
    """Yield the documents of the story of this repository's models."""
    places = {str(models_root): "/srv/models", str(REPOSITORY): "/home/ada/app"}
    os.environ["MODELS_ROOT"] = str(models_root)
    os.chdir(REPOSITORY)
    for command in WAN_STORY:
        yield record(command, places)


def main() -> None:
    """Write the documents of kinds that have none yet."""
    with tempfile.TemporaryDirectory() as folder, Hub() as hub:
        project = HubProject(Path(folder) / "app", Path(folder) / "store", hub)
        project.write()
        more = project.directory / "more"
        more.mkdir()
        more.with_name("fresh").mkdir()
        (more / "config.json").write_bytes(b"{}")
        os.environ.update({"HF_ENDPOINT": hub.url, "MODELS_ROOT": str(project.models_root), "HF_HOME": folder})
        project.models_root.with_name("mirror").mkdir()
        mirror = f"company=file:{project.models_root.with_name('mirror')},mode=readwrite"
        os.environ.update({"WANSYNC_MIN_FREE": "0", "WANSYNC_MIRRORS": mirror, "HF_TOKEN": hub.token})
        os.environ.update({"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"})
        os.chdir(project.directory)
        found = dict(told(project)) | dict(served_documents(project))
        found |= dict(told_of_wan(Path(folder) / "wan-store"))
    for name in sorted({path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.json")} & {*found}):
        path = DOCUMENTS / f"{name}-1.0.json"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps({"recorded_with": f"wansync {__version__}", "document": found[name]}, indent=1))


if __name__ == "__main__":
    main()

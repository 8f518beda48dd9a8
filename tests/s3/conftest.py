"""Buckets of a real server, which is started once, and a project whose weights are in one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tomlkit

from tests.support.project import ProjectBuilder, content
from tests.support.seaweed import ADMIN, Seaweed, TestBucket, User
from wansync.events import EventStream
from wansync.settings import S3Settings
from wansync.sources import Access, Patience

if TYPE_CHECKING:
    from collections.abc import Callable

BUCKET = "weights"


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch) -> Callable[[User], None]:
    """Let what follows run for another user."""

    def become(user: User) -> None:
        for name, value in user.variables().items():
            monkeypatch.setenv(name, value)

    return become


@pytest.fixture
def s3_access(seaweed: Seaweed, become: Callable[[User], None]) -> Access:
    """What a run hands to its sources, as the user who may do everything."""
    become(ADMIN)
    return Access(
        base=Path(),
        events=EventStream("test"),
        s3=S3Settings(endpoint=seaweed.url),
        network=seaweed.network,
        patience=Patience(retries=0),
    )


class S3Project(ProjectBuilder):
    """`app/` with `models.toml` alone; its files are in a bucket."""

    def __init__(self, directory: Path, models_root: Path, bucket: TestBucket) -> None:
        super().__init__(directory, models_root)
        self.bucket = bucket
        self.files = {
            "app/transformer/model.safetensors": content("expert", 9000),
            "app/transformer/config.json": b'{"in_channels": 16}',
            "app/vae/vae.safetensors": content("vae", 900),
        }
        source = f"s3:{bucket.name}/app"
        self.manifest["profiles"] = {"all": ["alpha@small"]}
        self.manifest["components"] = {
            "expert": {"kind": "transformer", "source": source, "subfolder": "transformer"},
            "vae": {"kind": "vae", "source": source, "subfolder": "vae"},
        }
        self.manifest["models"] = {"alpha": self.model("t2v", {"transformer": "expert", "vae": "vae"})}

    def write(self) -> None:
        """Write the manifest."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.manifest_path.write_text(tomlkit.dumps(self.manifest))

    def upload(self, **more: Any) -> None:  # noqa: ANN401 (as boto3's)
        """Put every file into the bucket."""
        for key, data in self.files.items():
            self.bucket.put(key, data, **more)

    def set(self, **settings: Any) -> None:  # noqa: ANN401
        """Let the project say how it is to be run."""
        self.manifest["settings"] = settings
        self.write()

    @property
    def source(self) -> str:
        return f"s3:{self.bucket.name}/app"


@pytest.fixture
def make_s3_project(
    seaweed: Seaweed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, become: Callable[[User], None]
) -> Callable[..., S3Project]:
    """Return what makes a project over a bucket, with the working directory in it, run by whoever may do everything."""

    def make(name: str = BUCKET, *, versions: bool = False) -> S3Project:
        project = S3Project(tmp_path / "app", tmp_path / "models-root", seaweed.bucket(name, versions=versions))
        project.write()
        project.upload()
        become(ADMIN)
        for variable, value in {
            "MODELS_ROOT": str(project.models_root),
            "AWS_ENDPOINT_URL_S3": seaweed.url,
            "WANSYNC_HTTP_RETRIES": "0",
        }.items():
            monkeypatch.setenv(variable, value)
        monkeypatch.chdir(project.directory)
        return project

    return make


@pytest.fixture
def s3_project(make_s3_project: Callable[..., S3Project]) -> S3Project:
    """A project over a bucket that keeps no versions."""
    return make_s3_project()

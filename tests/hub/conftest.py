"""A hub with a repository as small as one can be that has everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.support.project import content

if TYPE_CHECKING:
    from tests.support.hub import Hub, HubRepository

NAME = "Wan-AI/Tiny"
SHARD = "transformer/model-00001-of-00002.safetensors"
FILES = {
    "README.md": b"# Tiny\n",
    "model_index.json": b'{"_class_name": "WanPipeline"}\n',
    "transformer/config.json": b"{}\n",
    SHARD: content("one", 300_000),
    "transformer/model-00002-of-00002.safetensors": content("two", 1000),
}


@dataclass(frozen=True)
class Tiny:
    """The repository, its one commit, and where its files are."""

    repository: HubRepository
    commit: str
    api: str
    files: str


@pytest.fixture
def tiny(hub: Hub) -> Tiny:
    repository = hub.repository(NAME, license="apache-2.0")
    commit = repository.commit(FILES)
    return Tiny(repository, commit, f"{hub.url}/api/models/{NAME}", f"{hub.url}/{NAME}/resolve/{commit}")

"""`wansync outdated` of components that take only the shards that an index names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.functional.outdated.reports import findings
from tests.functional.output import document
from tests.support.project import content, wansync

if TYPE_CHECKING:
    from tests.support.hub import HubRepository
    from tests.support.project import ProjectBuilder

UNUSED = {"transformer/model-00001-of-00001.safetensors": content("unused", 50)}
INDEX = "transformer/model.safetensors.index.json"


def index(**shards: str) -> dict[str, bytes]:
    return {INDEX: json.dumps({"weight_map": shards}).encode()}


def use_shards(project: ProjectBuilder) -> None:
    project.manifest["components"]["alpha-transformer"]["shards"] = "used"
    project.write()
    assert wansync("lock").status == 0


def test_outdated_does_not_count_shards_that_nobody_uses(project: ProjectBuilder) -> None:
    names = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    project.files |= {f"alpha/{path}": data for path, data in (UNUSED | index(**names)).items()}
    use_shards(project)

    assert findings(wansync("outdated", "--json")) == {}


def test_outdated_with_index_upstream_that_cannot_be_used_asks_the_others(
    hubbed: ProjectBuilder, alpha: HubRepository
) -> None:
    use_shards(hubbed)
    alpha.commit(index(a="con"))

    values = document("outdated", wansync("outdated", "--json"))

    assert [component["id"] for component in values["components"]] == ["beta-transformer", "umt5"]
    assert [failure["facts"]["components"] for failure in values["failures"]] == [["alpha-transformer"]]

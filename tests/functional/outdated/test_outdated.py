"""`wansync outdated`: whom it asks, how often, and what it leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functional.outdated.reports import SHARD, findings
from tests.functional.output import document
from tests.support.project import content, wansync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub import Hub, HubRepository
    from tests.support.project import ProjectBuilder


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_outdated_with_nothing_new_asks_each_repository_once(hubbed: ProjectBuilder, hub: Hub) -> None:
    ran = wansync("outdated")

    assert (ran.status, ran.stdout, ran.stderr) == (0, "", "Everything is up to date\n")
    assert [hub.count(f"/{name}/revision/") for name in ("alpha", "beta", "shared")] == [1, 1, 1]
    assert len(hub.requests) == 3


def test_outdated_asks_for_one_ref_of_two_components_once(hubbed: ProjectBuilder, hub: Hub) -> None:
    hubbed.manifest["components"]["copy"] = dict(hubbed.manifest["components"]["umt5"])
    hubbed.write()
    assert wansync("lock").status == 0
    hub.clear()

    assert wansync("outdated").status == 0
    assert len(hub.requests) == 3


def test_outdated_costs_one_listing_and_one_history_of_what_has_moved(
    hubbed: ProjectBuilder, alpha: HubRepository, hub: Hub
) -> None:
    alpha.commit({SHARD: content("new", 2500)})

    assert wansync("outdated", "alpha-transformer").status == 0

    asked = [request.route.removeprefix("/api/models/test/alpha/").partition("/")[0] for request in hub.requests]
    assert [asked.count(kind) for kind in ("revision", "commits", "tree")] == [1, 1, 1]
    assert hub.sent == 0


def test_outdated_writes_nothing(synced_from_hub: ProjectBuilder, alpha: HubRepository) -> None:
    alpha.commit({SHARD: content("new", 2500), "transformer/more.json": b"{}"})
    before = files_of(synced_from_hub.directory.parent)

    assert wansync("outdated").status == 0

    assert before == files_of(synced_from_hub.directory.parent)


def test_outdated_needs_no_manifest_and_no_store(hubbed: ProjectBuilder, alpha: HubRepository) -> None:
    alpha.commit({SHARD: content("new", 2500)})
    hubbed.manifest_path.unlink()

    assert findings(wansync("outdated", "--json", "--models-root", "nowhere")) == {
        "alpha-transformer": ["new_commit", "files_changed"]
    }


def test_outdated_tells_nothing_of_a_directory_that_the_manifest_does_not_name(locked: ProjectBuilder) -> None:
    text = locked.lock_path.read_text()
    locked.lock_path.write_text(text.replace('"file:weights/beta"', '"file:weights/alpha"', 1))
    locked.manifest["components"]["alpha-transformer"]["source"] = "hf:test/alpha"
    locked.write()

    ran = wansync("outdated")

    assert (ran.status, ran.stdout) == (0, "")
    assert ran.stderr == (
        "Not asked about, since `models.toml` does not name the directory: `alpha-transformer`, `beta-transformer`\n"
        "Everything that could be asked about is up to date\n"
    )
    assert [c["id"] for c in document("outdated", wansync("outdated", "--json"))["components"]] == ["umt5"]


@pytest.mark.parametrize("manifest", [None, "no manifest"])
def test_outdated_without_usable_manifest_asks_no_directory(locked: ProjectBuilder, manifest: str | None) -> None:
    locked.manifest_path.unlink()
    if manifest:
        locked.manifest_path.write_text(manifest)

    assert locked.api().outdated().not_asked == ("alpha-transformer", "beta-transformer", "umt5")


def test_outdated_without_lock_says_so(project: ProjectBuilder) -> None:
    ran = wansync("outdated", "--json")

    assert (ran.status, document("error", ran)["error"]["code"]) == (2, "LOCK_MISSING")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([], ["alpha-transformer", "beta-transformer", "umt5"]),
        (["alpha"], ["alpha-transformer", "umt5"]),
        (["umt5"], ["umt5"]),
        (["--profile", "one"], ["beta-transformer", "umt5"]),
    ],
    ids=str,
)
def test_outdated_asks_about_what_is_named(hubbed: ProjectBuilder, wanted: list[str], expected: list[str]) -> None:
    hubbed.manifest["profiles"]["one"] = ["beta@small"]
    hubbed.write()
    assert wansync("lock").status == 0

    components = document("outdated", wansync("outdated", "--json", *wanted))["components"]

    assert expected == sorted(component["id"] for component in components)


def test_outdated_with_unknown_name_suggests_one(hubbed: ProjectBuilder) -> None:
    ran = wansync("outdated", "alpa")

    assert (ran.status, ran.stdout) == (2, "")
    assert "hint: Did you mean `alpha`?" in ran.stderr


def test_outdated_with_exit_code_is_a_question(hubbed: ProjectBuilder, alpha: HubRepository) -> None:
    assert wansync("outdated", "--exit-code").status == 0
    alpha.commit({SHARD: content("new", 2500)})

    assert wansync("outdated").status == 0
    assert wansync("outdated", "--exit-code").status == 1
    assert wansync("outdated", "--exit-code", "beta").status == 0


def test_outdated_after_upgrade_has_nothing_to_say(hubbed: ProjectBuilder, alpha: HubRepository) -> None:
    alpha.commit({SHARD: content("new", 2500)})
    assert "`wansync lock --upgrade-component alpha-transformer`" in wansync("outdated").stderr

    assert wansync("lock", "--upgrade-component", "alpha-transformer").status == 0

    assert wansync("outdated", "--exit-code").status == 0


def test_outdated_of_the_api_is_that_of_the_program(hubbed: ProjectBuilder, alpha: HubRepository) -> None:
    alpha.commit({SHARD: content("new", 2500)})

    report = hubbed.api().outdated("alpha")

    assert [standing.question.component.id for standing in report.outdated] == ["alpha-transformer"]
    assert report.to_dict() == document("outdated", wansync("outdated", "alpha", "--json"))

"""What `wansync outdated` says of sources that something has become of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.outdated.reports import SHARD, findings, of_component
from tests.functional.output import shown
from tests.support.project import content, wansync

if TYPE_CHECKING:
    from tests.support.hub import Hub, HubRepository
    from tests.support.project import ProjectBuilder


def force_push(repository: HubRepository, files: dict[str, bytes]) -> str:
    """Let `main` name a commit that does not descend from what it named."""
    other = repository.commit(files, branch="rewritten", title="Rewritten")
    repository.force_push("main", other)
    return other


def test_outdated_with_new_commit_shows_what_an_upgrade_would_fetch(
    hubbed: ProjectBuilder, alpha: HubRepository
) -> None:
    alpha.commit({SHARD: content("new", 2500), "transformer/more.json": b"{}", "README.md": b"not taken"})

    ran = wansync("outdated")

    assert snapshot("""\
alpha-transformer  94b832a -> 309d091  new commit, files changed  2.4 KiB to fetch
    1 file changed, 1 file added
--- stderr
hint: `wansync lock --upgrade-component alpha-transformer` moves one pin, `wansync lock --upgrade` all
1 of 3 components outdated
--- status 0
""") == shown(ran, hubbed)


def test_outdated_with_new_commit_in_json(hubbed: ProjectBuilder, alpha: HubRepository) -> None:
    alpha.commit({SHARD: content("new", 2500)}, remove=("transformer/config.json",))

    assert snapshot(
        {
            "id": "alpha-transformer",
            "source": "hf:test/alpha",
            "ref": None,
            "locked": "94b832a736b0cd20c69babc398f5105517c90fbf",
            "latest": "e83c28e5ba7edd5bb41a9941e7343ad573ebd60e",
            "findings": [
                {
                    "kind": "new_commit",
                    "message": "The commit of the default branch is not the locked one",
                    "before": "94b832a736b0cd20c69babc398f5105517c90fbf",
                    "after": "e83c28e5ba7edd5bb41a9941e7343ad573ebd60e",
                    "page": None,
                },
                {
                    "kind": "file_vanished",
                    "message": "Not there any more: `config.json`",
                    "before": None,
                    "after": None,
                    "page": None,
                },
                {"kind": "files_changed", "message": "1 file changed", "before": None, "after": None, "page": None},
            ],
            "changes": {
                "added": [],
                "changed": ["model-00002-of-00002.safetensors"],
                "vanished": ["config.json"],
                "bytes": 2500,
            },
        }
    ) == of_component("alpha-transformer", wansync("outdated", "--json"))


def test_outdated_with_force_push_says_that_the_commit_left_the_history(
    hubbed: ProjectBuilder, alpha: HubRepository
) -> None:
    force_push(alpha, {SHARD: content("new", 2500)})

    assert snapshot("""\
alpha-transformer  94b832a -> dfcd931  new commit, force pushed, file vanished, files changed  2.4 KiB to fetch
    The locked commit is not in the history of the default branch
    Not there any more: `config.json`, `model-00001-of-00002.safetensors`
    1 file changed
--- stderr
hint: `wansync lock --upgrade-component alpha-transformer` moves one pin, `wansync lock --upgrade` all
1 of 3 components outdated
--- status 0
""") == shown(wansync("outdated"), hubbed)


def test_outdated_with_deleted_revision_says_that_it_cannot_be_fetched(
    hubbed: ProjectBuilder, alpha: HubRepository
) -> None:
    locked = alpha.branches["main"]
    force_push(alpha, {SHARD: content("alpha-2", 3000)})
    alpha.delete_revision(locked)

    assert snapshot("""\
alpha-transformer  94b832a -> acd589c  new commit, force pushed, revision gone, file vanished  0 B to fetch
    The locked commit is not in the history of the default branch
    The locked commit does not exist any more; nothing can be fetched from it
    Not there any more: `config.json`, `model-00001-of-00002.safetensors`
--- stderr
hint: `wansync lock --upgrade-component alpha-transformer` moves one pin, `wansync lock --upgrade` all
1 of 3 components outdated
--- status 0
""") == shown(wansync("outdated"), hubbed)


def test_outdated_with_deleted_branch_keeps_to_the_commit(hubbed: ProjectBuilder, alpha: HubRepository) -> None:
    alpha.branch("v2", alpha.branches["main"])
    hubbed.manifest["components"]["alpha-transformer"]["revision"] = "v2"
    hubbed.write()
    assert wansync("lock").status == 0
    del alpha.branches["v2"]

    assert findings(wansync("outdated", "--json")) == {"alpha-transformer": ["ref_gone"]}


def test_outdated_of_a_pinned_commit_does_not_mind_newer_ones(hubbed: ProjectBuilder, alpha: HubRepository) -> None:
    pinned = alpha.branches["main"]
    hubbed.manifest["components"]["alpha-transformer"]["revision"] = pinned
    hubbed.write()
    assert wansync("lock").status == 0
    force_push(alpha, {SHARD: content("new", 2500)})
    assert findings(wansync("outdated", "--json")) == {}

    alpha.delete_revision(pinned)

    assert findings(wansync("outdated", "--json")) == {"alpha-transformer": ["revision_gone"]}


def test_outdated_with_vanished_file_names_it(hubbed: ProjectBuilder, alpha: HubRepository) -> None:
    alpha.commit({}, remove=(SHARD,))

    assert snapshot("""\
alpha-transformer  94b832a -> 08b9aef  new commit, file vanished  0 B to fetch
    Not there any more: `model-00002-of-00002.safetensors`
--- stderr
hint: `wansync lock --upgrade-component alpha-transformer` moves one pin, `wansync lock --upgrade` all
1 of 3 components outdated
--- status 0
""") == shown(wansync("outdated"), hubbed)


def test_outdated_with_gated_repository_names_the_page(hubbed: ProjectBuilder, alpha: HubRepository, hub: Hub) -> None:
    alpha.gated = True

    ran = wansync("outdated")

    assert snapshot("""\
alpha-transformer  94b832a  gated
    `hf:test/alpha` is gated, and no token was sent: [HUB]/test/alpha
--- stderr
1 of 3 components outdated
--- status 0
""") == shown(ran, hubbed).replace(hub.url, "[HUB]")


@pytest.mark.parametrize("moved", [False, True])
def test_outdated_with_gated_repository_that_the_token_may_read_is_quiet_about_it(
    hubbed: ProjectBuilder, alpha: HubRepository, hub: Hub, monkeypatch: pytest.MonkeyPatch, *, moved: bool
) -> None:
    alpha.gated = True
    monkeypatch.setenv("HF_TOKEN", hub.token)
    if moved:
        alpha.commit({SHARD: content("new", 2500), "transformer/more.json": b"{}"})

    expected = {"alpha-transformer": ["new_commit", "files_changed"]} if moved else {}
    assert expected == findings(wansync("outdated", "--json"))


def test_outdated_with_gated_repository_that_the_token_may_not_read_says_so(
    hubbed: ProjectBuilder, alpha: HubRepository, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    alpha.gated = True
    alpha.commit({SHARD: content("new", 2500), "transformer/more.json": b"{}"})
    monkeypatch.setenv("HF_TOKEN", hub.stranger)

    ran = wansync("outdated", "--json")

    component = of_component("alpha-transformer", ran)
    assert ran.status == 0
    assert [finding["kind"] for finding in component["findings"]] == ["new_commit", "gated"]
    assert component["findings"][1]["page"] == f"{hub.url}/test/alpha"
    assert component["changes"] is None
    assert hub.stranger not in ran.stdout + ran.stderr


def test_outdated_with_renamed_repository_says_its_new_name(hubbed: ProjectBuilder, hub: Hub) -> None:
    hub.rename("test/alpha", "other/alpha")

    assert snapshot("""\
alpha-transformer  94b832a  renamed
    It is called `other/alpha` now
--- stderr
warning: `hf:test/alpha` is `hf:other/alpha` now; the old name may stop working
1 of 3 components outdated
--- status 0
""") == shown(wansync("outdated"), hubbed)


def test_outdated_with_other_licence_says_both(hubbed: ProjectBuilder, alpha: HubRepository) -> None:
    alpha.license = "cc-by-nc-4.0"

    assert snapshot("""\
alpha-transformer  94b832a  license changed
    The licence was `apache-2.0` and is `cc-by-nc-4.0` now
--- stderr
1 of 3 components outdated
--- status 0
""") == shown(wansync("outdated"), hubbed)


def test_outdated_with_licence_that_the_manifest_states_is_quiet_about_it(
    hubbed: ProjectBuilder, alpha: HubRepository
) -> None:
    hubbed.manifest["components"]["alpha-transformer"]["license"] = "apache-2.0"
    hubbed.write()
    assert wansync("lock").status == 0
    alpha.license = "cc-by-nc-4.0"

    assert findings(wansync("outdated", "--json")) == {}


def test_outdated_with_repository_that_is_gone_for_a_valid_token(
    hubbed: ProjectBuilder, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    del hub.repositories["test/alpha"]
    monkeypatch.setenv("HF_TOKEN", hub.token)

    ran = wansync("outdated")

    assert snapshot("""\
alpha-transformer  94b832a  gone
    `hf:test/alpha` does not exist, or has no revision `main`; if it is private, the token that was sent may not see it
--- stderr
1 of 3 components outdated
--- status 0
""") == shown(ran, hubbed)


def test_outdated_with_disabled_repository_says_so(hubbed: ProjectBuilder, alpha: HubRepository) -> None:
    alpha.disabled = True

    assert findings(wansync("outdated", "--json")) == {"alpha-transformer": ["gone"]}


def test_outdated_file_source_is_compared_by_its_files(locked: ProjectBuilder) -> None:
    assert wansync("outdated", "--exit-code", "--offline").status == 0
    locked.files[f"alpha/{SHARD}"] = content("new", 2500)
    locked.files["alpha/transformer/more.json"] = b"{}"
    locked.write()
    (locked.directory / "weights/alpha/transformer/config.json").unlink()
    (locked.directory / "weights/beta").rename(locked.directory / "weights/away")

    assert snapshot("""\
alpha-transformer  de9a6e7 -> f4ea90a  file vanished, files changed  2.4 KiB to fetch
    Not there any more: `config.json`
    1 file changed, 1 file added
beta-transformer   6733867             gone
    `file:weights/beta` cannot be listed: No such file or directory
--- stderr
hint: `wansync lock` takes the files of `file:` sources as they are now
2 of 3 components outdated
--- status 0
""") == shown(wansync("outdated"), locked)
    assert findings(wansync("outdated", "--json")) == {
        "alpha-transformer": ["file_vanished", "files_changed"],
        "beta-transformer": ["gone"],
    }

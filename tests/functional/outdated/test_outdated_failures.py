"""`wansync outdated` when not everything can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.outdated.reports import findings, of_component
from tests.functional.output import document, shown
from tests.support.hub import Faults
from tests.support.project import content, wansync
from tests.support.simulators import reach_directories_alone

if TYPE_CHECKING:
    from tests.support.hub import Hub, HubRepository
    from tests.support.project import ProjectBuilder


def test_outdated_with_one_private_repository_asks_the_others(
    hubbed: ProjectBuilder, alpha: HubRepository, hub: Hub
) -> None:
    alpha.private = True
    hub.repositories["test/beta"].commit({"transformer/model.safetensors": content("new", 6000)})

    ran = wansync("outdated", "--exit-code")

    assert snapshot("""\
beta-transformer  c4cbea1 -> f943a82  new commit, files changed  5.9 KiB to fetch
    1 file changed
--- stderr
error: `hf:test/alpha` does not exist, or is private; no token was sent (needed by alpha-transformer)
hint: Check the name; for a private repository run `wansync auth login`, or set HF_TOKEN
hint: `wansync lock --upgrade-component beta-transformer` moves one pin, `wansync lock --upgrade` all
1 of 2 components outdated
--- status 3
""") == shown(ran, hubbed)


def test_outdated_with_private_repository_that_the_token_may_read_is_answered(
    hubbed: ProjectBuilder, alpha: HubRepository, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    alpha.private = True
    monkeypatch.setenv("HF_TOKEN", hub.token)

    assert wansync("outdated", "--exit-code").status == 0


def test_outdated_names_the_components_of_a_failure(hubbed: ProjectBuilder, alpha: HubRepository) -> None:
    alpha.private = True

    ran = wansync("outdated", "--json")

    values = document("outdated", ran)
    assert (ran.status, values["outdated"]) == (3, False)
    assert [component["id"] for component in values["components"]] == ["beta-transformer", "umt5"]
    (failure,) = values["failures"]
    assert (failure["code"], failure["facts"]["components"]) == ("AUTH_FAIL", ["alpha-transformer"])


def test_outdated_with_unusable_new_files_says_both(hubbed: ProjectBuilder, alpha: HubRepository) -> None:
    alpha.commit({"transformer/model.safetensors.index.json": b"no index"})

    ran = wansync("outdated", "--json")

    values = document("outdated", ran)
    assert (ran.status, findings(ran)) == (3, {"alpha-transformer": ["new_commit"]})
    assert [failure["code"] for failure in values["failures"]] == ["INVALID_LISTING"]
    assert of_component("alpha-transformer", ran)["changes"] is None


def test_outdated_with_no_source_that_answers_fails_as_the_first(hubbed: ProjectBuilder, hub: Hub) -> None:
    hub.faults = Faults(garbage=1000)

    ran = wansync("outdated", "--json")

    assert (ran.status, document("error", ran)["error"]["code"]) == (11, "SOURCE_FAIL")


@pytest.mark.parametrize("how", ["--offline", "WANSYNC_OFFLINE", "HF_HUB_OFFLINE"])
def test_outdated_offline_says_that_it_needs_the_network(
    hubbed: ProjectBuilder, hub: Hub, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how.startswith("--"):
        ran = wansync("outdated", how)
    else:
        monkeypatch.setenv(how, "1")
        ran = wansync("outdated")

    assert (ran.status, ran.stdout, hub.requests) == (18, "", [])
    assert ran.stderr.startswith("error: `hf:test/alpha` needs the network")


def test_outdated_waits_when_the_hub_asks_for_it(hubbed: ProjectBuilder, hub: Hub) -> None:
    hub.faults = Faults(rate_limit=1, wait=0)

    assert wansync("outdated").status == 0


def test_outdated_with_source_that_this_version_cannot_reach_asks_the_others(
    locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = locked.lock_path.read_text()
    locked.lock_path.write_text(text.replace('"file:weights/beta"', '"s3:bucket/beta"'))
    reach_directories_alone(monkeypatch)

    ran = wansync("outdated", "--json")

    assert ran.status == 3
    assert [f["code"] for f in document("outdated", ran)["failures"]] == ["SOURCE_UNSUPPORTED"]


def test_outdated_with_lock_that_asks_for_nonsense_says_so(locked: ProjectBuilder) -> None:
    text = locked.lock_path.read_text()
    locked.lock_path.write_text(
        text.replace('subfolder = "text_encoder"', 'subfolder = "text_encoder"\nrequest = { include = 5 }')
    )

    ran = wansync("outdated", "--json")

    assert (ran.status, document("error", ran)["error"]["code"]) == (2, "INVALID_LOCK")

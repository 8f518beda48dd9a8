"""What the unmodified client raises when the test hub refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.hub.clients import command, value
from tests.hub.conftest import NAME, SHARD
from tests.support.hub import Faults

if TYPE_CHECKING:
    from tests.hub.conftest import Tiny
    from tests.support.hub import Hub

KINDS = f"""[kind(call) for call in (
    lambda: api.model_info("no/such"),
    lambda: hf_hub_download("Wan-AI/Gated", "x.txt"),
    lambda: api.model_info("{NAME}", revision="zzz"),
    lambda: hf_hub_download("{NAME}", "absent.json"),
    lambda: api.model_info("Wan-AI/Private"),
    lambda: api.model_info("Wan-AI/Disabled"),
)]"""


def add_forbidden(hub: Hub) -> None:
    hub.repository("Wan-AI/Gated", gated=True).commit({"x.txt": b"x"})
    hub.repository("Wan-AI/Private", private=True).commit({"x.txt": b"x"})
    disabled = hub.repository("Wan-AI/Disabled")
    disabled.commit({"x.txt": b"x"})
    disabled.disabled = True


TYPED = [
    "RepositoryNotFoundError",
    "GatedRepoError",
    "RevisionNotFoundError",
    "RemoteEntryNotFoundError",
    "RepositoryNotFoundError",
    "DisabledRepoError",
]


def test_anonymous_caller_gets_typed_errors(hub: Hub, tiny: Tiny) -> None:
    add_forbidden(hub)

    assert value(KINDS) == TYPED
    statuses = {request.route.split("/")[-1]: request.status for request in hub.requests if request.status >= 400}
    assert {name: statuses[name] for name in ("such", "x.txt", "Private")} == {
        "such": 401,
        "x.txt": 401,
        "Private": 401,
    }


def test_caller_without_access_gets_the_same_errors_with_other_statuses(hub: Hub, tiny: Tiny) -> None:
    add_forbidden(hub)

    assert value(KINDS, HF_TOKEN=hub.stranger) == TYPED
    statuses = {request.route.split("/")[-1]: request.status for request in hub.requests if request.status >= 400}
    assert {name: statuses[name] for name in ("such", "x.txt", "Private")} == {
        "such": 404,
        "x.txt": 403,
        "Private": 404,
    }


def test_caller_with_access_reads_gated_and_private(hub: Hub) -> None:
    add_forbidden(hub)

    told = value(
        "[open(hf_hub_download('Wan-AI/Gated', 'x.txt')).read(), api.model_info('Wan-AI/Private').private]",
        HF_TOKEN=hub.token,
    )

    assert told == ["x", True]


def test_gated_repository_is_listed_for_everybody(hub: Hub) -> None:
    add_forbidden(hub)

    told = value("[api.model_info('Wan-AI/Gated').gated, [f.path for f in api.list_repo_tree('Wan-AI/Gated')]]")

    assert told == ["manual", ["x.txt"]]


def test_errors_without_a_code_lose_their_types(hub: Hub, tiny: Tiny) -> None:
    add_forbidden(hub)
    hub.faults = Faults(no_error_code=True)

    assert value(KINDS)[:4] == ["HfHubHTTPError", "HfHubHTTPError", "HfHubHTTPError", "LocalEntryNotFoundError"]


def test_wrong_token_is_refused(hub: Hub, tiny: Tiny) -> None:
    assert value(f"kind(lambda: api.model_info('{NAME}'))", HF_TOKEN="hf_wrong") == "HfHubHTTPError"  # noqa: S106
    assert [401] == [request.status for request in hub.requests if request.about("/api/models/")]


def test_deleted_revision_is_not_found(tiny: Tiny) -> None:
    newer = tiny.repository.commit({"README.md": b"newer"})
    tiny.repository.delete_revision(tiny.commit)

    told = value(
        f"[kind(lambda: api.model_info('{NAME}', revision='{tiny.commit}')), "
        f"kind(lambda: hf_hub_download('{NAME}', '{SHARD}', revision='{tiny.commit}')), api.model_info('{NAME}').sha]"
    )

    assert told == ["RevisionNotFoundError", "RevisionNotFoundError", newer]


def test_command_fails_for_an_unknown_repository(hub: Hub) -> None:
    ran = command("download", "no/such")

    assert ran.returncode == 1
    assert "not found" in ran.stderr.lower()

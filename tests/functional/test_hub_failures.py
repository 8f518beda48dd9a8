"""A hub that refuses, fails or lies: every case has its code, its status and a hint; and the rest goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.functional.output import document
from tests.support.hub import Faults
from tests.support.hub_project import TEXT
from tests.support.program import script
from tests.support.project import wansync

if TYPE_CHECKING:
    from tests.support.hub_project import HubProject


def error_of(*arguments: str) -> dict[str, Any]:
    """Return the error of a run that fails."""
    error: dict[str, Any] = document("error", wansync(*arguments, "--json"))["error"]
    return error


def test_gated_repository_names_the_page_to_visit(hub_project: HubProject) -> None:
    hub_project.text.gated = True

    error = error_of("lock")

    page = f"{hub_project.hub.url}/{TEXT}"
    assert (error["code"], error["exit_status"], error["facts"]["page"]) == ("GATED_REPO", 12, page)
    assert error["message"] == f"`hf:{TEXT}` is gated, and no token was sent (needed by umt5)"
    assert error["hint"] == f"Accept the conditions at {page} and set HF_TOKEN to a token of that account"


def test_gated_repository_tells_a_token_without_access(
    hub_project: HubProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", hub_project.hub.stranger)
    hub_project.text.gated = True

    error = error_of("lock")

    assert (error["code"], error["facts"]["token_sent"]) == ("GATED_REPO", True)
    assert "the token that was sent has not been granted access" in error["message"]


def test_gated_repository_is_locked_and_synced_with_the_right_token(
    hub_project: HubProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub_project.text.gated = True
    monkeypatch.setenv("HF_TOKEN", hub_project.hub.token)

    assert (wansync("lock").status, wansync("sync").status) == (0, 0)


def test_gated_repository_that_is_locked_keeps_its_entry_and_the_others_go_on(hub_locked: HubProject) -> None:
    hub_locked.text.gated = True
    hub_locked.text.commit({"config.json": b'{"new": true}'})
    before = hub_locked.locked_component("umt5")
    moved = hub_locked.video.commit({"transformer/config.json": b'{"in_channels": 36}'})

    ran = wansync("lock", "--upgrade", "--json")

    report = document("lock-report", ran)
    assert (ran.status, report["changed"], [f["code"] for f in report["failures"]]) == (
        3,
        ["expert", "vae"],
        ["GATED_REPO"],
    )
    assert before == hub_locked.locked_component("umt5")
    assert hub_locked.revision("expert") == moved


def test_private_repository_says_that_no_token_was_sent(hub_project: HubProject) -> None:
    hub_project.text.private = True

    error = error_of("lock")

    assert (error["code"], error["exit_status"], error["facts"]["token_sent"]) == ("AUTH_FAIL", 12, False)
    assert "does not exist, or is private; no token was sent" in error["message"]


def test_private_repository_says_that_the_token_may_not_see_it(
    hub_project: HubProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", hub_project.hub.stranger)
    hub_project.text.private = True

    error = error_of("lock")

    assert (error["code"], error["exit_status"]) == ("NOT_FOUND", 11)
    assert "the token that was sent may not see it" in error["message"]


def test_invalid_token_is_refused_and_never_shown(hub_project: HubProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")

    ran = wansync("lock", "--json")

    error = document("error", ran)["error"]
    assert (error["code"], error["facts"]["token_sent"]) == ("AUTH_FAIL", True)
    assert "refuses the token that was sent" in error["message"]
    assert error["hint"] == "Correct it where `wansync auth` says that it comes from, or run `wansync auth login`"
    assert "variable HF_TOKEN" in wansync("auth").stdout
    assert "hf_wrong" not in ran.stdout + ran.stderr


@pytest.mark.parametrize("token", ["hf_with\abell", "hf_ümlaut"])
def test_malformed_token_is_a_clear_error_and_never_shown(
    hub_project: HubProject, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("HF_TOKEN", token)

    ran = wansync("lock", "--json")

    assert document("error", ran)["error"]["code"] == "AUTH_FAIL"
    assert hub_project.hub.requests == []
    assert not any(part in ran.stdout + ran.stderr for part in ("hf_with", "mlaut"))


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ({"revision": "absent"}, f"`hf:{TEXT}` has no revision `absent`"),
        ({"revision": "0" * 40}, f"`hf:{TEXT}` has no revision"),
    ],
)
def test_missing_revision_is_not_found(hub_project: HubProject, edit: dict[str, str], words: str) -> None:
    hub_project.manifest["components"]["umt5"] |= edit
    hub_project.write()

    error = error_of("lock")

    assert (error["code"], error["exit_status"]) == ("NOT_FOUND", 11)
    assert error["message"].startswith(words)


def test_deleted_revision_fails_the_sync_and_says_where_to_look(hub_locked: HubProject) -> None:
    hub_locked.text.delete_revision(hub_locked.revision("umt5"))

    ran = wansync("sync", "umt5")

    assert ran.status == 11
    assert f"`hf:{TEXT}` has no `model.safetensors`" in ran.stderr
    assert "`wansync outdated` says what became of a locked revision" in ran.stderr


@pytest.mark.parametrize(
    "location", ["owner", "owner/name/more", "../../etc/passwd", "owner/name?x", "-/x", "owner/na me", "owner/.."]
)
def test_location_that_is_no_repository_never_reaches_the_hub(hub_project: HubProject, location: str) -> None:
    hub_project.manifest["components"]["umt5"]["source"] = f"hf:{location}"
    hub_project.write()

    ran = wansync("lock")

    assert ran.status in {2, 12}
    assert hub_project.hub.count("passwd") == hub_project.hub.count("more") == 0


def test_hub_that_is_not_there_is_unreachable(hub_project: HubProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("WANSYNC_HTTP_RETRIES", "0")

    error = error_of("lock")

    assert (error["code"], error["exit_status"]) == ("NETWORK_FAIL", 11)
    assert "could not be reached: Connection refused" in error["message"]


@pytest.mark.parametrize("endpoint", ["huggingface", "file:///etc", "http://"])
def test_endpoint_that_is_no_url_is_a_usage_error(
    hub_project: HubProject, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)

    error = error_of("lock")

    assert (error["code"], error["exit_status"]) == ("USAGE", 2)
    assert "HF_ENDPOINT is no URL" in error["message"]


@pytest.mark.parametrize("endpoint", ["https://host:65536", "https://[::::]"])
def test_endpoint_on_which_the_client_fails_to_load_is_a_usage_error(
    hub_project: HubProject, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)

    # A process of its own: this one has loaded the client.
    ran = script("wansync", "lock")

    assert (ran.status, "HF_ENDPOINT is no URL" in ran.stderr) == (2, True), ran.stderr


@pytest.mark.parametrize("more", ["http://me:s3cret@{}", "http://{}?s3cret", "http://{}/#s3cret", "http://{}/?"])
def test_endpoint_with_more_than_an_address_is_a_usage_error_and_never_shown(
    hub_project: HubProject, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", more.format(hub_project.hub.url.removeprefix("http://")))

    ran = wansync("lock", "--json")

    assert document("error", ran)["error"]["code"] == "USAGE"
    assert "s3cret" not in ran.stdout + ran.stderr
    assert hub_project.hub.requests == []


@pytest.mark.parametrize("ref", [".", "..", "a\u0085b"])
def test_ref_that_is_none_never_reaches_the_hub(hub_project: HubProject, ref: str) -> None:
    hub_project.manifest["components"]["umt5"]["revision"] = ref
    hub_project.write()

    ran = wansync("lock", "umt5")

    assert ran.status == 2
    assert hub_project.hub.count("test/text") == 0


def test_hub_offline_variable_means_offline(hub_project: HubProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    assert (error_of("lock")["code"], hub_project.hub.requests) == ("OFFLINE_MISSING", [])


@pytest.mark.parametrize(
    "faults",
    [
        Faults(rate_limit=1),
        Faults(rate_limit=1, retry_after="1"),
        Faults(server_error=2),
        Faults(server_error=1, server_status=507),
    ],
    ids=["RateLimit", "Retry-After", "503", "507"],
)
def test_hub_that_is_busy_for_a_moment_is_asked_again(hub_project: HubProject, faults: Faults) -> None:
    hub_project.hub.faults = faults

    assert wansync("lock").status == 0


def test_hub_that_limits_for_long_says_when_to_come_back(hub_project: HubProject) -> None:
    hub_project.hub.faults = Faults(rate_limit=1000, wait=1200)

    error = error_of("lock")

    assert (error["code"], error["exit_status"], error["facts"]["retry_after"]) == ("RATE_LIMITED", 11, 1200)
    assert error["hint"] == "Try again in 1200 seconds; with a token (HF_TOKEN) the Hub allows more"


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        (Faults(garbage=100), "answered something odd"),
        (Faults(endless_json=True), "sent more than"),
        (Faults(endless_pages=True), "pages that do not end"),
        (Faults(api_elsewhere=True), ""),
        (Faults(extra_entries=({"type": "file", "path": "x", "size": -1, "oid": "0" * 40},)), "an answer that is none"),
        (Faults(extra_entries=({"type": "file", "path": 7, "size": 1, "oid": "0" * 40},)), "an answer that is none"),
        (Faults(extra_entries=({"type": "file", "path": "x", "size": 1, "oid": "zz"},)), "an answer that is none"),
        (
            Faults(
                extra_entries=(
                    {"type": "file", "path": "x", "size": 1, "oid": "0" * 40, "lfs": {"oid": "1" * 64, "size": 2}},
                )
            ),
            "two sizes",
        ),
    ],
    ids=["garbage", "endless", "endless pages", "elsewhere", "size", "path", "oid", "lfs"],
)
def test_answers_that_make_no_sense_are_a_source_failure(hub_project: HubProject, faults: Faults, words: str) -> None:
    hub_project.hub.faults = faults

    ran = wansync("lock", "--json")

    if words:
        error = document("error", ran)["error"]
        assert (error["code"], ran.status) == ("SOURCE_FAIL", 11)
        assert words in error["message"]
    else:
        assert ran.status == 0


def test_small_file_that_is_not_what_the_tree_names_is_refused(hub_project: HubProject) -> None:
    hub_project.hub.faults = Faults(wrong_small=True)

    error = error_of("lock")

    assert (error["code"], error["exit_status"]) == ("CHECKSUM_FAIL", 13)
    assert not hub_project.lock_path.exists()


def test_errors_without_the_header_that_names_the_case_are_told_by_their_status(hub_project: HubProject) -> None:
    hub_project.hub.faults = Faults(no_error_code=True)
    hub_project.text.private = True

    assert error_of("lock")["code"] == "AUTH_FAIL"

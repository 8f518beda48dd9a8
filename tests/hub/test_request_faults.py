"""Each fault of an answer does what it says, and nothing else."""

from __future__ import annotations

import time
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.hub.clients import ask, download, python_client, value
from tests.hub.conftest import FILES, NAME, SHARD
from tests.support.hub import Faults

if TYPE_CHECKING:
    from tests.hub.conftest import Tiny
    from tests.support.hub import Hub


def statuses(url: str, times: int = 3) -> list[int]:
    return [ask(url).status for _ in range(times)]


def next_page(headers: object) -> str:
    assert isinstance(headers, dict)
    return str(headers["link"]).removeprefix("<").removesuffix('>; rel="next"')


def test_rate_limit_answers_429_so_often_and_names_the_wait(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(rate_limit=2, wait=7)

    first = ask(tiny.api)

    assert (first.status, first.headers["ratelimit"]) == (429, '"api";r=0;t=7')
    assert "retry-after" not in first.headers
    assert statuses(tiny.api) == [429, 200, 200]


@pytest.mark.parametrize("value", ["3", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_rate_limit_can_name_the_wait_by_retry_after(hub: Hub, tiny: Tiny, value: str) -> None:
    hub.faults = Faults(rate_limit=1, retry_after=value)

    refused = ask(tiny.api)

    assert (refused.status, refused.headers["retry-after"], "ratelimit" in refused.headers) == (429, value, False)


def test_good_answers_tell_the_quota_too(tiny: Tiny) -> None:
    assert ask(tiny.api).headers["ratelimit"] == '"api";r=499;t=300'


def test_server_error_answers_its_status_so_often(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(server_error=2, server_status=500)

    assert statuses(f"{tiny.files}/README.md") == [500, 500, 200]


def test_latency_delays_every_answer_of_both_origins(hub: Hub, tiny: Tiny) -> None:
    address = ask(f"{tiny.files}/{SHARD}").headers["location"]
    hub.faults = Faults(latency=0.05)

    start = time.monotonic()
    answered = [ask(url).status for url in (tiny.api, f"{tiny.files}/README.md", address)]

    assert answered == [200, 200, 200]
    assert time.monotonic() - start >= 3 * hub.faults.latency


def test_faults_can_be_meant_for_some_paths_only(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(rate_limit=1, only="/tree/")

    assert ask(tiny.api).status == 200
    assert statuses(f"{tiny.api}/tree/main", 2) == [429, 200]


def test_setting_faults_starts_their_counts_anew(hub: Hub, tiny: Tiny) -> None:
    for _ in range(2):
        hub.faults = Faults(server_error=1)
        assert statuses(tiny.api, 2) == [503, 200]


def test_garbage_is_an_answer_that_is_not_json(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(garbage=1)

    assert ask(tiny.api).body == b"<html>this is not JSON"
    assert ask(tiny.api).json()["id"] == NAME


def test_endless_json_never_becomes_wrong_nor_whole(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(endless_json=True, only="/tree/")

    assert first_bytes(f"{tiny.api}/tree/main", 1_000_000).strip() == b"["
    assert ask(tiny.api).json()["id"] == NAME


def first_bytes(url: str, count: int) -> bytes:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().read(count)
    finally:
        connection.close()


def test_endless_pages_lead_in_a_circle(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(endless_pages=True, page_size=2)
    url = f"{tiny.api}/tree/main"

    for _ in range(5):
        page = ask(url)
        url = next_page(page.headers)

    assert len(page.json()) == 2


def test_next_page_elsewhere_is_at_the_other_origin_and_tells_what_came_along(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(next_elsewhere=True, page_size=2)

    told = value(f"[f.path for f in api.list_repo_tree('{NAME}')]", HF_TOKEN=hub.token)

    assert told == ["README.md", "model_index.json", "transformer"]
    # The unmodified client hands its token to whatever page it is sent to: a reason not to leave paging to it.
    assert [("hub", hub.token), ("cdn", hub.token)] == [(r.origin, r.token) for r in hub.requests if r.about("/tree/")]


def test_api_elsewhere_redirects_to_the_other_origin_which_answers(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(api_elsewhere=True)

    sent_away = ask(f"{tiny.api}/tree/main", Authorization=f"Bearer {hub.token}")

    assert (sent_away.status, sent_away.headers["location"]) == (307, f"{hub.cdn_url}/api/models/{NAME}/tree/main")
    assert ask(sent_away.headers["location"]).status == 200
    assert [("hub", hub.token), ("cdn", None)] == [(request.origin, request.token) for request in hub.requests]


def test_client_follows_the_api_elsewhere_without_its_token(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(api_elsewhere=True)

    assert value(f"api.model_info('{NAME}').id", HF_TOKEN=hub.token) == NAME
    assert [("hub", hub.token), ("cdn", None)] == [(r.origin, r.token) for r in hub.requests if r.about("/api/models/")]


def test_other_origin_has_no_api_unless_it_is_asked_for(hub: Hub, tiny: Tiny) -> None:
    assert ask(f"{hub.cdn_url}/api/models/{NAME}").status == 404
    assert ask(f"{hub.cdn_url}/{NAME}/resolve/main/README.md").status == 404


def test_extra_entries_are_listed_as_they_are(hub: Hub, tiny: Tiny) -> None:
    entries = ({"type": "file", "path": "../../evil", "oid": "", "size": -1}, {"type": "portal"})
    hub.faults = Faults(extra_entries=entries)

    assert list(entries) == ask(f"{tiny.api}/tree/main").json()[-2:]


@pytest.mark.parametrize("path", ["../evil.txt", "/etc/passwd", "a\\b", "nul\0", "line\nbreak", "a//b", "con", "ä/ü"])
def test_unsafe_paths_can_be_committed_and_are_listed(hub: Hub, path: str) -> None:
    commit = hub.repository("Wan-AI/Evil").commit({path: b"evil"})

    listed = ask(f"{hub.url}/api/models/Wan-AI/Evil/tree/{commit}?recursive=true").json()

    assert [path] == [entry["path"] for entry in listed if entry["type"] == "file"]


def test_xet_is_stated_in_tree_and_headers_only_when_asked_for(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(xet=True)
    head = ask(f"{tiny.files}/{SHARD}", "HEAD").headers
    hashes = [entry["xetHash"] for entry in ask(f"{tiny.api}/tree/main?recursive=true").json() if "lfs" in entry]
    hub.faults = Faults(redact_xet=True)
    redacted = [entry["xetHash"] for entry in ask(f"{tiny.api}/tree/main?recursive=true").json() if "lfs" in entry]
    hub.faults = Faults()
    plain = ask(f"{tiny.api}/tree/main?recursive=true").json()

    assert (head["x-xet-hash"] in hashes, 'rel="xet-auth"' in head["link"]) == (True, True)
    assert redacted == ["[redacted]"] * 2
    assert "xetHash" not in str(plain)


def test_client_downloads_by_http_what_is_said_to_be_xet(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(xet=True)

    assert download(NAME, SHARD) == FILES[SHARD]


def test_branch_is_asked_for_once_by_the_client_so_one_429_ends_a_snapshot(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(rate_limit=1, only="/api/models/")

    assert python_client(f"snapshot_download('{NAME}')").returncode == 1
    assert hub.count("/resolve/") == 0


def test_client_repeats_a_tree_that_was_refused(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(rate_limit=1, wait=0, only="/tree/")

    assert value(f"len(list(api.list_repo_tree('{NAME}')))") == 3
    assert [429, 200] == [request.status for request in hub.requests if request.about("/tree/")]


def test_bug_of_the_hub_is_raised_where_the_test_ends(hub: Hub, tiny: Tiny) -> None:
    assert ask(f"{tiny.api}/tree/main?cursor=nonsense").status == 500

    assert [ValueError] == [type(failure) for failure in hub.failures]
    hub.failures.clear()


def test_message_cannot_smuggle_a_header(tiny: Tiny) -> None:
    refused = ask(f"{tiny.api}/revision/x%0D%0AX-Smuggled:%20yes")

    assert (refused.status, "x-smuggled" in refused.headers) == (404, False)


def test_nothing_answers_after_the_hub_has_stopped(hub: Hub, tiny: Tiny) -> None:
    hub.__exit__()

    with pytest.raises((OSError, HTTPException)):
        ask(tiny.api)

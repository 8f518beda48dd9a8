"""What a test relies on: identities, the record of requests, and a hub that stops."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.conftest import REPOSITORY
from tests.hub.clients import ask
from tests.hub.conftest import FILES, NAME, SHARD
from tests.support.hub import Faults, Hub, HubRepository

if TYPE_CHECKING:
    from tests.hub.conftest import Tiny


def test_commit_id_depends_on_content_and_parent_only() -> None:
    one, same, other = (HubRepository(id=name) for name in ("a/one", "a/same", "a/other"))
    first = one.commit({"x": b"1", "y": b"2"})
    assert [first, first] == [same.commit({"y": b"2", "x": b"1"}), one.branches["main"]]

    assert other.commit({"x": b"1", "y": b"3"}) != first
    assert one.commit({"x": b"1"}) != first


def test_commit_keeps_what_it_does_not_name_and_removes_what_it_is_told_to() -> None:
    repository = HubRepository(id="a/b")
    first = repository.commit({"x.json": b"1", "y.json": b"2", "z.json": b"3"})

    second = repository.commit({"y.json": b"4"}, remove=("x.json",))

    contents = {path: file.content.block for path, file in repository.commits[second].files.items()}
    assert contents == {"y.json": b"4", "z.json": b"3"}
    assert list(repository.commits[first].files) == ["x.json", "y.json", "z.json"]


def test_weights_are_lfs_files_unless_other_patterns_are_given() -> None:
    repository = HubRepository(id="a/b")
    names: dict[str, bytes] = {"deep/a.safetensors": b"1", "b.json": b"2"}

    usual = repository.commits[repository.commit(names)].files
    unusual = repository.commits[repository.commit(names, lfs=("*.json",), branch="other")].files

    assert [path for path, file in usual.items() if file.sha256] == ["deep/a.safetensors"]
    assert [path for path, file in unusual.items() if file.sha256] == ["b.json"]


def test_branch_of_another_beginning_has_no_common_history() -> None:
    repository = HubRepository(id="a/b")
    first = repository.commit({"x": b"1"})
    other = repository.commit({"x": b"2"}, branch="other")

    assert [repository.commits[id_].parent for id_ in (first, other)] == [None, None]


def test_deleted_revision_takes_its_names_along() -> None:
    repository = HubRepository(id="a/b")
    first = repository.commit({"x": b"1"})
    second = repository.commit({"x": b"2"})
    repository.tag("v1", first)
    repository.branch("old", first)

    repository.delete_revision(first)

    assert (repository.branches, repository.tags) == ({"main": second}, {})
    assert [repository.resolve(name) for name in (first, "v1", "old")] == [None] * 3


def test_new_repository_takes_over_the_old_name_of_another(hub: Hub, tiny: Tiny) -> None:
    hub.rename(NAME, "Wan-AI/Other")
    assert ask(tiny.api).status == 307
    commit = hub.repository(NAME).commit({"new.txt": b"new"})

    assert ask(tiny.api).json()["sha"] == commit


def test_repository_can_have_its_old_name_again(hub: Hub, tiny: Tiny) -> None:
    hub.rename(NAME, "Wan-AI/Other")
    hub.rename("Wan-AI/Other", NAME)

    assert ask(tiny.api).json()["id"] == NAME
    assert ask(f"{hub.url}/api/models/Wan-AI/Other").headers["location"] == f"/api/models/{NAME}"


def test_requests_are_recorded_with_port_headers_and_what_was_sent(hub: Hub, tiny: Tiny) -> None:
    location = ask(f"{tiny.files}/{SHARD}", Authorization=f"Bearer {hub.token}").headers["location"]
    ask(location, Range="bytes=0-99")

    first, second = hub.requests
    assert (first.method, first.origin, first.token, first.status) == ("GET", "hub", hub.token, 302)
    assert (second.origin, second.token, second.headers["range"], second.status) == ("cdn", None, "bytes=0-99", 206)
    assert [hub.url, hub.cdn_url] == [f"http://127.0.0.1:{request.port}" for request in hub.requests]
    assert (hub.sent, hub.count("/resolve/"), hub.count("model-00001-of-00002"), hub.count("/tree/")) == (100, 1, 2, 0)
    hub.clear()
    assert (hub.requests, hub.sent) == ([], 0)


def test_requests_of_one_connection_are_told_from_others(hub: Hub, tiny: Tiny) -> None:
    connection = HTTPConnection(urlsplit(hub.url).netloc, timeout=30)
    for _ in range(3):
        connection.request("GET", urlsplit(tiny.api).path)
        connection.getresponse().read()
    connection.close()
    ask(tiny.api)

    first, *others = [request.connection for request in hub.requests]
    assert [other == first for other in others] == [True, True, False]


def test_many_clients_at_once_get_their_own_bytes(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(rate_limit=5)
    paths = [*FILES] * 20

    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda path: ask(f"{hub.url}/{NAME}/resolve/main/{path}"), paths))

    served = [(path, reply.body) for path, reply in zip(paths, replies, strict=True) if reply.status == 200]
    assert served == [(path, FILES[path]) for path, _ in served]
    assert [429] * 5 == [reply.status for reply in replies if reply.status not in {200, 302}]
    assert len(hub.requests) == 100


def test_stopped_hub_leaves_neither_threads_nor_open_connections() -> None:
    before = threading.active_count()
    with Hub() as hub:
        connection = HTTPConnection(urlsplit(hub.url).netloc, timeout=30)
        connection.request("GET", "/api/whoami-v2")
        assert connection.getresponse().read()

    assert threading.active_count() == before
    assert connection.sock.recv(1) == b""
    connection.close()


def test_faults_that_do_not_exist_are_refused() -> None:
    with pytest.raises(TypeError, match="rate_limits"):
        Faults(rate_limits=1)  # type: ignore[call-arg]


def test_module_serves_until_its_input_ends() -> None:
    arguments = [sys.executable, "-m", "tests.support.hub", "--small", "3", "--large", "1", "--mib", "1"]
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=REPOSITORY, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        about = json.loads(process.stdout.readline())
        (commit,) = about["commits"].values()
        listed = ask(f"{about['url']}/api/models/Wan-AI/Tiny/tree/{commit}?recursive=true").json()
        process.stdin.close()
        assert process.wait(30) == 0

    assert [entry["size"] for entry in listed if "lfs" in entry] == [1 << 20]
    assert len(listed) == 6

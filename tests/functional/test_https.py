"""Weights on a web server: named by the manifest, found out where nobody states a digest, below secret URLs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.functional.output import document
from tests.support.program import SCRIPTS, start, unread
from tests.support.project import content, wansync
from tests.support.web import Web
from tests.support.web_project import CANARY, CONFIG, LARGE, SMALL, VARIABLE, WebProject, web_files
from wansync.digest import Digest
from wansync.ops.garbage import AWAITED_SECONDS
from wansync.store import SEGMENT
from wansync.store.fsops import FileSystem
from wansync.store.partials import read_recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.wire_server import Heard


class Silent(BaseHTTPRequestHandler):
    """Answers what is no HTTP as servers do, and keeps its log to itself."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (named by the library)
        """Say nothing."""


@pytest.fixture
def web() -> Iterator[Web]:
    with Web(web_files()) as server:
        yield server


@pytest.fixture
def project(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WebProject:
    """A project that states no digest, the URL in its variable, and the working directory in it."""
    project = WebProject(tmp_path / "app", tmp_path / "models-root", web)
    monkeypatch.setenv("WANSYNC_HTTP_RETRIES", "2")
    monkeypatch.setenv(VARIABLE, project.url)
    project.enter(monkeypatch)
    return project


@pytest.fixture
def stated(project: WebProject) -> WebProject:
    project.state(stated=True)
    return project


def test_stated_files_are_locked_by_a_byte_of_each_and_synced(stated: WebProject) -> None:
    assert wansync("lock").status == 0

    assert stated.locked_files() == stated.right_files()
    assert stated.web.bodies == 0
    assert {heard.headers["range"] for heard in stated.web.heard} == {"bytes=0-0"}
    stated.web.forget()
    assert wansync("sync", "--frozen").status == 0
    assert stated.web.bodies == sum(map(len, stated.web.files.values()))
    assert (stated.models_root / "models/alpha@small/text_encoder" / SMALL).read_bytes() == content("small", 4000)
    stated.web.forget()
    assert wansync("sync").status == 0
    assert stated.web.heard == []


def test_the_lock_alone_is_enough_for_a_frozen_sync(stated: WebProject) -> None:
    assert wansync("lock").status == 0
    stated.manifest_path.unlink()

    assert wansync("sync", "--frozen").status == 0


def test_digest_that_is_stated_otherwise_makes_the_lock_stale(stated: WebProject) -> None:
    assert wansync("lock").status == 0
    stated.manifest["components"]["umt5"]["files"][0]["sha256"] = "ab" * 32
    stated.write()

    ran = wansync("sync", "--frozen", "--json")

    assert (ran.status, document("error", ran)["error"]["code"]) == (10, "LOCK_STALE")
    assert wansync("lock", "--check").status == 1


@pytest.mark.parametrize("change", [{"size": 4001}, {"path": "absent.safetensors"}])
def test_wrong_statement_is_found_while_locking(stated: WebProject, change: dict[str, object]) -> None:
    stated.manifest["components"]["umt5"]["files"][1].update(change)
    stated.write()

    ran = wansync("lock")

    assert ran.status != 0
    assert ("has 4000 bytes, and `models.toml` states 4001" in ran.stderr) or ("has no `absent" in ran.stderr)
    assert not stated.lock_path.exists()


def test_digests_that_nobody_states_are_found_out_when_asked_for(project: WebProject) -> None:
    refused = wansync("lock", "--json")
    assert document("error", refused)["error"]["code"] == "DIGEST_UNKNOWN"
    project.web.forget()

    assert wansync("lock", "--hash-payloads").status == 0

    assert project.locked_files() == project.right_files()
    assert project.web.bodies == sum(map(len, project.web.files.values()))
    project.web.forget()
    assert wansync("sync", "--frozen").status == 0
    assert project.web.heard == []


def test_locking_again_reads_nothing(project: WebProject) -> None:
    assert wansync("lock", "--hash-payloads").status == 0
    before = project.lock_path.read_bytes()
    project.web.forget()

    assert wansync("lock").status == 0
    assert wansync("lock", "--check").status == 0
    assert project.web.heard == []
    assert wansync("lock", "--upgrade").status == 0
    assert (project.web.bodies, len(project.web.heard)) == (0, len(project.web.files))
    assert project.lock_path.read_bytes() == before


def test_file_that_has_changed_is_read_again_and_only_when_asked_for(project: WebProject) -> None:
    assert wansync("lock", "--hash-payloads").status == 0
    project.web.files[f"dir/{SMALL}"] = content("small, trained further", 5000)
    project.web.forget()

    assert wansync("lock", "--check").status == 0
    assert project.web.heard == []
    assert wansync("outdated").status != 0
    assert wansync("lock", "--upgrade").status == 3
    project.web.forget()
    assert wansync("lock", "--upgrade", "--hash-payloads").status == 0
    assert project.web.bodies == 5000
    assert project.locked_files() == project.right_files()


def test_where_nothing_was_found_out_yet_the_hint_does_it(project: WebProject) -> None:
    """As on a machine that has the lock, and whose store has read nothing: to lock again would ask nobody."""
    assert wansync("lock", "--hash-payloads").status == 0
    shutil.rmtree(project.models_root)

    for command, hint in {
        ("outdated",): "wansync lock --upgrade --hash-payloads",
        ("lock", "--upgrade"): "wansync lock --upgrade --hash-payloads",
        ("lock", "--upgrade-component", "umt5"): "wansync lock --upgrade-component umt5 --hash-payloads",
    }.items():
        assert f"hint: Run `{hint}`, which downloads it once" in wansync(*command).stderr

    assert wansync("lock", "--upgrade", "--hash-payloads").status == 0
    assert wansync("outdated").status == 0


@pytest.mark.parametrize("etag", ["strong", "none"])
def test_what_was_found_out_stays_until_a_sync_or_a_week(project: WebProject, etag: str) -> None:
    if etag == "none":
        project.web.etag = lambda data: ""
    assert wansync("lock", "--hash-payloads").status == wansync("sync", "--frozen").status == 0
    named = project.layout.blob(Digest.of(project.web.files[f"dir/{SMALL}"]))
    project.web.files[f"dir/{SMALL}"] = content("small, trained further", 5000)
    awaited = project.layout.blob(Digest.of(project.web.files[f"dir/{SMALL}"]))
    assert wansync("lock", "--upgrade", "--hash-payloads").status == 0

    ran = wansync("gc", "--yes", "--json")
    assert (document("gc", ran)["bytes_awaited"], awaited.exists(), named.exists()) == (5000, True, True)
    assert wansync("gc").stderr.startswith("Kept for a week: 4.9 KiB that `--hash-payloads` found")
    project.web.forget()
    assert wansync("sync", "--frozen").status == 0
    assert project.web.bodies == 0
    assert document("gc", wansync("gc", "--yes", "--json"))["bytes_awaited"] == 0
    assert (awaited.exists(), named.exists()) == (True, False), "what was applied once is garbage at once"

    project.web.files[f"dir/{SMALL}"] = content("small, trained again", 6000)
    late = project.layout.blob(Digest.of(project.web.files[f"dir/{SMALL}"]))
    assert wansync("lock", "--upgrade", "--hash-payloads").status == 0
    then = late.stat().st_mtime - AWAITED_SECONDS - 5
    os.utime(late, (then, then))
    assert wansync("gc", "--yes").status == 0
    assert not late.exists()


def test_file_that_changed_without_a_sign_is_read_again_after_a_sync_has_met_it(project: WebProject) -> None:
    project.web.etag = lambda data: '"always the same"'
    assert wansync("lock", "--hash-payloads").status == 0
    project.web.files[f"dir/{SMALL}"] = content("small, trained further", 4000)
    shutil.rmtree(project.layout.blobs)
    assert wansync("lock", "--upgrade", "--hash-payloads").status == 0

    ran = wansync("sync", "--json")
    assert (ran.status, document("error", ran)["error"]["code"]) == (13, "CHECKSUM_FAIL")

    assert wansync("lock", "--upgrade", "--hash-payloads").status == 0
    assert project.locked_files() == project.right_files()
    assert wansync("sync").status == 0


def test_limit_of_downloads_holds_for_locking(project: WebProject) -> None:
    ran = wansync("lock", "--hash-payloads", "--max-download", "1M", "--json")

    assert (ran.status, document("error", ran)["error"]["code"]) == (16, "POLICY_DENIED")
    assert LARGE not in "".join(project.web.sent)


def test_index_is_read_while_locking_and_proven(stated: WebProject) -> None:
    name = "dir/model.safetensors.index.json"
    stated.web.files[name] = json.dumps({"weight_map": {"tensor": LARGE}}).encode()
    stated.state(stated=True)
    assert wansync("lock").status == 0

    stated.manifest["components"]["umt5"]["files"][3]["sha256"] = "ab" * 32
    stated.write()
    ran = wansync("lock", "--json")

    assert (ran.status, document("error", ran)["error"]["code"]) == (13, "CHECKSUM_FAIL")


def test_file_that_is_replaced_meanwhile_is_no_mixture(project: WebProject) -> None:
    def replace_it(heard: Heard) -> int:
        if "if-range" in heard.headers and LARGE in heard.target:
            project.web.files[f"dir/{LARGE}"] = content("large, trained further", 20_000_000)
        return 0

    project.web.refuse = replace_it

    ran = wansync("lock", "--hash-payloads")

    assert ran.status == 11
    assert "changed while it was read" in ran.stderr
    assert not project.lock_path.exists()


@pytest.mark.parametrize("replaced", [False, True])
def test_file_whose_time_alone_tells_is_read_while_that_is_young(project: WebProject, *, replaced: bool) -> None:
    web = project.web
    web.files = {f"dir/{SMALL}": web.files[f"dir/{SMALL}"]}
    project.state(stated=False)
    web.etag, web.age = lambda data: "", 1

    def grow_old(_: Heard) -> int:
        # Looked at, read, and looked at again, a minute later.
        if len(web.heard) == 3:
            web.pass_time(60, changed=replaced)
        return 0

    web.refuse = grow_old

    ran = wansync("lock", "--hash-payloads")

    assert (ran.status, "changed while it was read" in ran.stderr) == ((11, True) if replaced else (0, False))


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_lock_that_is_stopped_goes_on(project: WebProject, stop: signal.Signals) -> None:
    project.web.stall_after = 14_000_000
    with unread():
        process = start(str(SCRIPTS / "wansync"), "lock", "--hash-payloads")
        _wait_until(lambda: _durable(project) >= SEGMENT)
        process.send_signal(stop)
        process.communicate(timeout=60)
    project.web.stall_after = None
    assert _durable(project) >= SEGMENT
    project.web.forget()

    assert wansync("lock", "--hash-payloads").status == 0

    assert project.locked_files() == project.right_files()
    # A connection that ends may have been given a little more than it took.
    assert project.web.sent[f"dir/{LARGE}"] <= 20_000_000 - SEGMENT + 2**20
    assert wansync("sync", "--frozen").status == 0


def _durable(project: WebProject) -> int:
    """Return how many bytes of a partial its journal counts."""
    folder = project.layout.tmp
    partials = [path for path in folder.iterdir() if path.name.endswith(".part")] if folder.exists() else []
    recorded = [read_recorded(FileSystem(), path) for path in partials]
    return max([0, *(each.spans.total for each in recorded if each)])


def _wait_until(reached: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_connection_that_breaks_is_taken_up_again(stated: WebProject) -> None:
    assert wansync("lock").status == 0
    stated.web.cut_after = 5_000_000

    ran = wansync("sync", "--frozen", "--json")

    assert ran.status == 0
    assert document("sync", ran)["bytes"]["fetched"] == sum(map(len, stated.web.files.values()))


def test_variable_that_is_not_set_is_named(stated: WebProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)

    ran = wansync("lock")

    assert ran.status == 2
    assert f"The variable {VARIABLE}, which holds the URL of `https:${VARIABLE}`, is not set" in ran.stderr


def test_url_that_has_expired_says_which_variable_to_renew(stated: WebProject, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wansync("lock").status == 0
    stated.web.refuse = lambda heard: 0 if "fresh" in heard.target else 403

    ran = wansync("sync", "--frozen", "--json")

    assert (ran.status, document("error", ran)["error"]["code"]) == (12, "AUTH_FAIL")
    assert f"Set {VARIABLE} to a new URL" in ran.stdout
    monkeypatch.setenv(VARIABLE, f"{stated.web.url}/dir?fresh=1")
    assert wansync("sync", "--frozen").status == 0


@pytest.fixture
def signer(project: WebProject, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A command of the user's that signs URLs for one use each, and writes down what it was asked for."""
    program, used = project.directory.parent / "sign.py", project.directory.parent / "used.txt"
    program.write_text(
        "import sys, pathlib\n"
        f"used = pathlib.Path({str(used)!r})\n"
        "with used.open('a') as file: file.write(sys.argv[1] + '\\n')\n"
        "count = used.read_text().count('\\n')\n"
        f"print('{project.web.url}/dir/' + sys.argv[1] + '?X-Signature={CANARY}' + str(count))\n"
    )
    config = project.directory.parent / "config.toml"
    command = json.dumps([sys.executable, str(program)])
    config.write_text(f'[https."weights.example/umt5"]\nurl_command = {command}\n')
    monkeypatch.setenv("WANSYNC_CONFIG_FILE", str(config))
    project.state(stated=True, source="https://weights.example/umt5")
    return used


def test_command_of_the_user_gives_urls(project: WebProject, signer: Path) -> None:
    assert wansync("lock").status == 0
    assert "weights.example/umt5" in project.lock_path.read_text()
    assert wansync("sync", "--frozen").status == 0

    # One for each file and run, not for each request.
    asked = signer.read_text().split()
    assert sorted(asked) == sorted([LARGE, SMALL, CONFIG] * 2)


def test_command_is_run_again_for_a_url_that_has_expired(project: WebProject, signer: Path) -> None:
    assert wansync("lock").status == 0
    signed: list[str] = []

    def expire(heard: Heard) -> int:
        """Let the first address of the large file work once, and every other one for ever."""
        if LARGE in heard.target and heard.target not in signed:
            signed.append(heard.target)
        elif signed[:1] == [heard.target]:
            return 403
        return 0

    project.web.refuse = expire

    assert wansync("sync", "--frozen").status == 0
    # Once while locking, once for the first address, and again: not by each of the connections that were refused.
    assert 3 <= signer.read_text().split().count(LARGE) <= 6


def test_project_cannot_name_a_command(project: WebProject) -> None:
    project.manifest["components"]["umt5"]["url_command"] = ["touch", "owned"]
    project.write()
    assert "unknown key `url_command`" in wansync("lock").stderr
    del project.manifest["components"]["umt5"]["url_command"]
    project.manifest["settings"] = {"https": {"h": {"url_command": ["touch", "owned"]}}}
    project.write()

    assert wansync("lock").status == 2
    assert not (project.directory / "owned").exists()


@pytest.mark.parametrize("status", [0, 403, 404, 500])
def test_secret_is_in_nothing_that_is_said_or_kept(project: WebProject, status: int) -> None:
    """Lock, state, journals, the file of events, messages and JSON: none has the signature of a URL."""
    said = wansync("lock", "--hash-payloads", "--events", "lock.ndjson", "--progress", "json")
    assert said.status == 0
    project.state(stated=True)
    assert wansync("lock").status == 0
    project.web.refuse = lambda heard: status
    project.web.cut_after = 3_000_000

    for command in ("sync", "lock --upgrade", "outdated", "plan", "status", "fetch", "doctor"):
        ran = wansync(*command.split(), "--json")
        said = type(said)(0, said.stdout + ran.stdout, said.stderr + ran.stderr)
    ran = wansync("sync", "--events", "sync.ndjson")

    kept = project.all_bytes()
    assert CANARY not in said.stdout + said.stderr + ran.stdout + ran.stderr
    assert CANARY.encode() not in kept
    assert b"UMT5_URL" in kept


def test_server_without_tls_is_asked_once(project: WebProject, monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv(VARIABLE, f"https://127.0.0.1:{server.server_port}/dir?X-Signature={CANARY}")
        ran = wansync("lock")
        server.shutdown()

    assert ran.status == 11
    assert "what answers does not speak TLS" in ran.stderr
    assert "`plain_http = true`" in ran.stderr
    assert "trying again" not in ran.stderr
    assert CANARY not in ran.stderr


def test_plain_http_to_another_machine_is_refused(project: WebProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, f"http://192.0.2.1/dir?X-Signature={CANARY}")

    ran = wansync("lock")

    assert ran.status == 2
    assert "is not encrypted" in ran.stderr
    assert CANARY not in ran.stderr


def test_value_that_is_no_url_is_not_shown(project: WebProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, CANARY)

    ran = wansync("lock")

    assert ran.status == 2
    assert f"in {VARIABLE} is no URL of the web" in ran.stderr
    assert CANARY not in ran.stderr

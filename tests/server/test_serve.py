"""`wansync serve` as operators use it: a process, and HTTP."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import time
from typing import TYPE_CHECKING

import pytest
import tomlkit

from tests.support.project import ProjectBuilder, wansync
from tests.support.served import served

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.served import Answered, Served

pytest.importorskip("uvicorn", reason="needs the extra `server`")
LIMIT_SECONDS = 20
UNVERIFIED = '"unverified_files": ["'


def until(server: Served, path: str, holds: Callable[[Answered], bool]) -> Answered:
    """Ask until an answer is as it should be: what is told may be two seconds old."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not holds(answer := server.get(path)):
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)
    return answer


def state_of(path: Path) -> dict[str, tuple[int, int, bytes]]:
    """Return all that a change of a store would change."""
    found = {}
    for file in sorted(path.rglob("*")):
        status = file.lstat()
        data = file.read_bytes() if file.is_file() and not file.is_symlink() else b""
        found[str(file.relative_to(path))] = (status.st_mtime_ns, status.st_ctime_ns, data)
    return found


def test_readiness_follows_the_store(project: ProjectBuilder) -> None:
    with served(project.directory) as server:
        before = server.get("/readyz")
        assert wansync("sync").status == 0
        after = until(server, "/readyz", lambda answer: answer.status == 200)
        project.blob("shared/text_encoder/model.safetensors").unlink()
        lost = until(server, "/readyz", lambda answer: answer.status == 503)
        alive = server.get("/livez")

    assert (before.status, before.document["ready"]) == (503, False)
    assert {model["state"] for model in after.document["models"]} == {"COMPLETE"}
    assert {model["state"] for model in lost.document["models"]} == {"PARTIAL"}
    assert alive.status == 200


def test_health_names_what_is_missing_and_how_much(project: ProjectBuilder) -> None:
    with served(project.directory) as server:
        everything = server.get("/health/models").document
        one = server.get("/health/models/ALPHA").document

    assert [model["name"] for model in everything["models"]] == ["alpha@small", "beta@small"]
    (alpha,) = one["models"]
    assert alpha == everything["models"][0]
    assert (alpha["ready"], alpha["state"], alpha["last_error"]) == (False, "NOT_PRESENT", None)
    assert alpha["bytes_needed"] == alpha["bytes"] > 0
    assert "text_encoder/model.safetensors" in alpha["missing_files"]
    assert len(alpha["missing_components"]) == 2


def test_health_tells_how_the_last_run_failed_until_one_succeeds(project: ProjectBuilder) -> None:
    source = project.directory / "weights/beta/transformer/model.safetensors"
    right = source.read_bytes()
    source.write_bytes(right[:-1] + b"!")
    assert wansync("sync").status != 0
    with served(project.directory) as server:
        alpha, beta = server.get("/health/models").document["models"]
        source.write_bytes(right)
        assert wansync("sync").status == 0
        mended = until(server, "/health/models", lambda answer: answer.document["ready"]).document["models"][1]

    assert (alpha["ready"], alpha["last_error"]) == (True, None)
    assert (beta["ready"], beta["last_error"]["code"]) == (False, "CHECKSUM_FAIL")
    assert mended["last_error"] is None


def test_deep_look_tells_when_files_were_hashed_and_what_makes_no_sense(project: ProjectBuilder) -> None:
    assert wansync("sync").status == 0
    config = project.blob("alpha/transformer/config.json")
    kept = config.stat()
    with served(project.directory) as server:
        whole = server.get("/health/models/alpha?deep=true").document["models"][0]
        config.chmod(0o644)
        config.write_bytes(b'{"in_channels" 16}\n')
        os.utime(config, ns=(kept.st_atime_ns, kept.st_mtime_ns))
        config.chmod(0o444)
        time.sleep(2.1)  # what was seen before is told for two seconds
        broken = server.get("/health/models/alpha?deep=true").document["models"][0]

    assert (whole["ready"], whole["deep"]["findings"]) == (True, [])
    assert abs(whole["deep"]["verified_at"] - time.time()) < 600
    assert broken["ready"] is False


def test_deep_look_names_what_is_unusable_and_writes_nothing(project: ProjectBuilder) -> None:
    path = "weights/beta/transformer/model.safetensors"
    (project.directory / path).write_bytes(b"no weights" * 100)
    assert [wansync(verb).status for verb in ("lock", "sync")] == [0, 3]
    before = state_of(project.models_root)
    with served(project.directory) as server:
        attested = server.get("/health/models/beta?deep=true").document["models"][0]["deep"]
        assert state_of(project.models_root) == before
        shutil.rmtree(project.layout.state / "attests")
        before = state_of(project.models_root)
        unproven = until(server, "/health/models/beta?deep=1", lambda answer: UNVERIFIED in answer.text)

    assert [finding.partition(":")[0] for finding in attested["findings"]] == [
        "`transformer/model.safetensors` cannot be used"
    ]
    assert unproven.document["models"][0]["deep"] == {"verified_at": None, "findings": []}
    assert state_of(project.models_root) == before


def test_plan_and_runs_are_told_without_the_place_of_the_store_and_of_sources(project: ProjectBuilder) -> None:
    for component in project.manifest["components"].values():
        component["source"] = f"file:{project.directory}/{component['source'].removeprefix('file:')}"
    project.manifest_path.write_text(tomlkit.dumps(project.manifest))
    assert wansync("lock").status == 0
    with served(project.directory) as server:
        plan = server.get("/plan")
        runs = server.get("/runs")

    assert plan.document["bytes"]["fetch"] > 0
    assert runs.document["runs"] == []
    assert str(project.models_root.parent) not in plan.text


def test_runs_of_other_processes_are_seen(project: ProjectBuilder) -> None:
    record = project.layout.state / "runs" / "abc.json"
    with served(project.directory) as server:
        assert wansync("sync").status == 0
        record.parent.mkdir(exist_ok=True)
        values = {"run": "abc", "command": "sync", "phase": "stage", "models": ["alpha@small"]}
        from wansync.store.processes import writer_name  # noqa: PLC0415 (of this process, which lives)

        record.write_text(json.dumps({**values, "writer": writer_name(), "bytes_done": 5, "bytes_total": 9}))
        seen = until(server, "/runs", lambda answer: bool(answer.document["runs"])).document["runs"]

    assert [(run["run"], run["command"], run["bytes_done"], run["bytes_total"]) for run in seen] == [
        ("abc", "sync", 5, 9)
    ]


def test_nothing_is_changed_by_any_question(project: ProjectBuilder) -> None:
    assert wansync("sync").status == 0
    before = state_of(project.models_root), state_of(project.directory)
    with served(project.directory) as server:
        for path in ("/readyz", "/health/models?dry_run=true", "/health/models/beta?deep=1", "/plan", "/runs"):
            assert server.get(path).status == 200

    assert (state_of(project.models_root), state_of(project.directory)) == before


def test_store_that_is_not_there_is_not_made(project: ProjectBuilder) -> None:
    with served(project.directory) as server:
        for path in ("/readyz", "/health/models", "/health/models?deep=true", "/plan", "/runs"):
            server.get(path)

    assert not project.models_root.exists()


REFUSED = {
    "/health/models/nobody": (404, "UNKNOWN_MODEL"),
    "/health/models?deep=perhaps": (400, "USAGE"),
    "/nothing/here": (404, "NOT_FOUND"),
    "/health/models/%1b%5b31m": (400, "USAGE"),
    "/health/models/../../etc/passwd": (400, "USAGE"),
}


def test_what_cannot_be_asked_is_a_typed_error(project: ProjectBuilder) -> None:
    with served(project.directory) as server:
        found = {path: server.get(path) for path in REFUSED}
        posted = server.get("/readyz", method="POST")

    assert {path: (answer.status, answer.code) for path, answer in found.items()} == REFUSED
    assert (posted.status, posted.code) == (405, "METHOD_NOT_ALLOWED")
    assert not any("\x1b" in answer.text for answer in found.values())


def test_lock_that_cannot_be_used_is_told_without_its_place_and_said_in_the_log(project: ProjectBuilder) -> None:
    with served(project.directory) as server:
        project.lock_path.write_text("version = [")
        answer = until(server, "/readyz", lambda answer: "error" in answer.text)
        again = server.get("/health/models", X_Request_ID="mine-7")
        assert server.end() == 0

    assert (answer.status, answer.code) == (503, "INVALID_LOCK")
    assert again.headers["x-request-id"] == "mine-7"
    assert "mine-7" in server.said
    assert "INVALID_LOCK" in server.said
    assert str(project.directory) not in again.text


@pytest.mark.parametrize("given", ["two words", "a" * 65, "../x", ""])
def test_request_id_that_no_log_should_hold_is_replaced(project: ProjectBuilder, given: str) -> None:
    with served(project.directory) as server:
        told = server.get("/livez", X_Request_ID=given).headers["x-request-id"]

    assert told
    assert told != given


def test_answer_that_takes_too_long_is_a_typed_error(project: ProjectBuilder) -> None:
    project.lock_path.unlink()
    assert wansync("lock").status == 0
    with served(project.directory, "--time-limit", "0.2") as server:
        project.lock_path.unlink()
        # A FIFO that nobody writes to: reading the lock takes for ever.
        os.mkfifo(project.lock_path)
        time.sleep(2.1)
        answer = server.get("/readyz")
        alive = server.get("/livez")

    assert answer.status in {503, 504}
    assert alive.status == 200


def test_unix_socket_is_served_and_gone_afterwards(project: ProjectBuilder) -> None:
    path = project.directory.parent / "wansync.sock"
    for _ in range(2):
        with served(project.directory, "--unix", str(path)) as server:
            assert server.get("/livez").status == 200
            server.process.send_signal(signal.SIGKILL)
            server.process.communicate()
    with served(project.directory, "--unix", str(path)) as server:
        assert server.get("/livez").status == 200

    assert not path.exists()


def test_unix_socket_of_a_server_too_busy_to_answer_is_left_to_it(tmp_path: Path, project: ProjectBuilder) -> None:
    path = tmp_path / "busy.sock"
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as waiting:
        busy.bind(str(path))
        busy.listen(0)
        waiting.connect(str(path))
        ran = wansync("serve", "--unix", str(path))

        assert (ran.status, "Address already in use" in ran.stderr) == (2, True), ran.stderr
        assert path.is_socket()


def test_unix_socket_that_has_become_another_servers_stays(project: ProjectBuilder) -> None:
    path = project.directory.parent / "wansync.sock"
    with served(project.directory, "--unix", str(path)) as first:
        path.unlink()
        with served(project.directory, "--unix", str(path)) as second:
            assert first.end() == 0
            assert second.get("/livez").status == 200


def test_address_that_is_taken_is_a_clear_error(project: ProjectBuilder) -> None:
    with served(project.directory) as server:
        port = server.address.rpartition(":")[2]
        second = wansync("serve", "--port", port)

    assert second.status == 2
    assert f"Nobody can listen at `127.0.0.1:{port}`" in second.stderr
    assert "--port" in second.stderr


def test_wrong_model_is_an_error_at_once(project: ProjectBuilder) -> None:
    ran = wansync("serve", "alpah", "--port", "0")

    assert ran.status == 2
    assert "alpha" in ran.stderr


def test_openapi_document_describes_every_route(project: ProjectBuilder) -> None:
    with served(project.directory) as server:
        described = server.get("/openapi.json").document

    assert described["openapi"].startswith("3.1")
    assert {"/livez", "/readyz", "/health/models", "/health/models/{model}", "/plan", "/runs"} <= {*described["paths"]}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_server_that_is_told_to_end_ends_well(project: ProjectBuilder, number: signal.Signals) -> None:
    with served(project.directory) as server:
        server.process.send_signal(number)
        server.process.communicate(timeout=LIMIT_SECONDS)

    assert server.process.returncode == 0


def test_too_many_connections_are_said_once_and_survived(project: ProjectBuilder) -> None:
    with served(project.directory) as server:
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (40, 40))
        host, port = server.address.removeprefix("http://").split(":")
        many = [socket.create_connection((host, int(port))) for _ in range(60)]
        time.sleep(1.5)  # that long asyncio waits before it tries to take them again
        for each in many:
            each.close()
        after = until(server, "/livez", lambda answer: answer.status == 200)
        server.end()

    assert after.status == 200
    assert server.said.count("Some connections cannot be taken") == 1
    assert "Traceback" not in server.said

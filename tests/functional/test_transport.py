"""Large files by hf_transfer, where it is asked for and can: verified like any other, else by the built-in engine."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.functional.output import document
from tests.support.hub import Faults, Virtual
from tests.support.hub.content import hub_file
from tests.support.mirror_server import MirrorServer
from tests.support.program import SCRIPTS, finish, start
from tests.support.project import content, wansync
from wansync.transfer.child import Child
from wansync.transfer.whole import Whole

if TYPE_CHECKING:
    from tests.support.hub_project import HubProject
    from wansync.transfer.connections import Connections

BIG = 9_000_000
NOTE = "hf_transfer"


@pytest.fixture
def big(hub_project: HubProject, monkeypatch: pytest.MonkeyPatch) -> HubProject:
    """The project with a VAE that is large enough to come in segments, locked; hf_transfer is asked for."""
    pytest.importorskip("hf_transfer")
    hub_project.video.commit({"vae/vae.safetensors": content("big", BIG)})
    assert wansync("lock").status == 0
    hub_project.hub.clear()
    monkeypatch.setenv("WANSYNC_TRANSPORT", "hf_transfer")
    return hub_project


def agents(project: HubProject) -> list[bool]:
    """Return for each request for the large file whether we made it."""
    asked = [request for request in project.hub.requests if request.origin == "cdn"]
    return ["identity" in str(request.headers) for request in asked]


def blob(project: HubProject) -> Path:
    digest = hashlib.sha256(content("big", BIG)).hexdigest()
    return project.models_root / "blobs" / "sha256" / digest[:2] / digest


def test_file_comes_whole_and_is_verified(big: HubProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", big.hub.token)

    ran = wansync("sync", "vae", "--json")

    assert (ran.status, NOTE in ran.stderr) == (0, False)
    assert document("sync", ran)["bytes"]["fetched"] == BIG
    assert (agents(big).count(True), agents(big)[-1]) == (1, False), "we ask where it is, hf_transfer fetches it"
    assert not any(big.hub.token in str(r.headers) for r in big.hub.requests if r.origin == "cdn")
    assert blob(big).stat().st_mode & 0o777 == 0o444
    assert wansync("verify", "vae").status == 0
    assert list((big.models_root / ".tmp").iterdir()) == []


@pytest.mark.parametrize("jobs", [1, 3])
def test_connections_count_in_those_of_the_run(big: HubProject, monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    held: list[int] = []
    connections: list[Connections] = []
    download, run = Whole._download, Child.run

    def watched(self: Whole, *given: Any) -> bool:  # noqa: ANN401 (whatever it takes)
        connections.append(self._connections)
        return download(self, *given)

    def counted(self: Child, job: bytes) -> bool:
        held.append(connections[0]._hosts.total())
        return run(self, job)

    monkeypatch.setattr(Whole, "_download", watched)
    monkeypatch.setattr(Child, "run", counted)

    ran = wansync("sync", "vae", "--jobs", str(jobs), "--json")

    assert (ran.status, NOTE in ran.stderr, held) == (0, False, [jobs])
    assert document("sync", ran)["bytes"]["fetched"] == BIG


def test_line_too_slow_for_whole_chunks_is_tried_once(hub_project: HubProject, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("hf_transfer")
    files = {f"vae/big-{name}.safetensors": content(name, BIG) for name in "ab"}
    hub_project.video.commit(files)
    assert wansync("lock").status == 0
    monkeypatch.setenv("WANSYNC_TRANSPORT", "hf_transfer")
    monkeypatch.setattr("wansync.transfer.child._STALL_SECONDS", 0.5)
    # Two are a byte each: we look where the file is, and the library how large it is.
    hub_project.hub.faults = Faults(only="big-", stall_after=2**20, bodies=3)

    ran = wansync("sync", "vae")

    assert (ran.status, ran.stderr.count(NOTE)) == (0, 1), ran.stderr
    assert "hf_transfer brought nothing for" in ran.stderr


def test_hub_that_is_gone_is_not_asked_for_each_file(hub_project: HubProject, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("hf_transfer")
    hub_project.video.commit({f"vae/{name}.safetensors": content(name, BIG) for name in "abcdef"})
    assert wansync("lock").status == 0
    monkeypatch.setenv("WANSYNC_HTTP_RETRIES", "0")
    asked: dict[str, int] = {}
    for transport in ("builtin", "hf_transfer"):
        hub_project.hub.clear()
        hub_project.hub.faults = Faults(only="/resolve/", server_error=1000)
        monkeypatch.setenv("WANSYNC_TRANSPORT", transport)
        assert wansync("sync", "vae", "--jobs", "1").status == 11
        asked[transport] = sum("/resolve/" in request.path for request in hub_project.hub.requests)

    # Where each of the first two is, and then by the built-in engine.
    assert asked == {"builtin": 2, "hf_transfer": 4}


@pytest.mark.parametrize(
    ("faults", "note"),
    [
        (Faults(flip_bit=100, bodies=3), "hf_transfer fetched wrong bytes of vae.safetensors"),
        (Faults(url_uses=1), "hf_transfer could not fetch vae.safetensors"),
    ],
    ids=["wrong bytes", "refused"],
)
def test_what_goes_wrong_is_the_engines(big: HubProject, faults: Faults, note: str) -> None:
    big.hub.faults = faults

    ran = wansync("sync", "vae")

    assert (ran.status, ran.stderr.count(note)) == (0, 1), ran.stderr
    assert agents(big)[-1]
    assert hashlib.sha256(blob(big).read_bytes()).hexdigest() == blob(big).name


def test_server_that_has_more_than_the_locked_bytes_cannot_fill_the_disk(
    big: HubProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = hashlib.sha256(content("big", BIG)).hexdigest()
    larger = hub_file(Virtual(40 * BIG, sha256=locked), lfs=True)
    head = big.video.commits[big.video.branches["main"]]
    big.video.commits[head.id] = replace(head, files={**head.files, "vae/vae.safetensors": larger})
    big.hub.faults = Faults(no_cdn=True)
    sizes: list[int] = []
    download = Whole._download  # what it leaves is removed before anybody else sees it

    def watched(self: Whole, *given: Any) -> bool:  # noqa: ANN401 (whatever it takes)
        came, path = download(self, *given), given[-2].path
        sizes.append(path.stat().st_size if path.exists() else 0)
        return came

    monkeypatch.setattr(Whole, "_download", watched)

    ran = wansync("sync", "vae")

    assert ran.status != 0
    assert "hf_transfer could not fetch vae.safetensors" in ran.stderr
    assert max(sizes) <= BIG


def test_mirror_that_is_asked_before_the_hub_is_asked_before_it(
    big: HubProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mirror").mkdir()
    monkeypatch.setenv("WANSYNC_MIRRORS", f"nas=file:{tmp_path / 'mirror'},mode=readwrite")
    assert (wansync("sync", "vae").status, wansync("mirror", "push", "vae").status) == (0, 0)
    monkeypatch.setenv("MODELS_ROOT", str(tmp_path / "second"))
    with MirrorServer(tmp_path / "mirror") as server:
        monkeypatch.setenv("WANSYNC_MIRRORS", f"web={server.url}")
        big.hub.clear()

        ran = wansync("sync", "vae")

    assert (ran.status, agents(big)) == (0, [])


def test_file_of_the_hub_itself_comes_with_the_token(big: HubProject, monkeypatch: pytest.MonkeyPatch) -> None:
    big.video.private = True
    big.hub.faults = Faults(no_cdn=True)
    monkeypatch.setenv("HF_TOKEN", big.hub.token)

    ran = wansync("sync", "vae")

    assert (ran.status, NOTE in ran.stderr) == (0, False), ran.stderr


def test_where_it_is_not_installed_one_line_says_so(big: HubProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wansync.transfer.whole.LIBRARY", "no_such_library")

    ran = wansync("sync", "vae")

    assert ran.status == 0
    assert ran.stderr.count("no_such_library is not installed (`wansync[hf-transfer]`)") == 1
    assert all(agents(big))


def test_limit_of_the_rate_is_kept_by_the_engine(big: HubProject) -> None:
    ran = wansync("sync", "vae", "--limit-rate", "100M")

    assert (ran.status, "hf_transfer knows no limit of the rate" in ran.stderr) == (0, True)


def test_old_variable_is_only_noted(big: HubProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WANSYNC_TRANSPORT")
    monkeypatch.setenv("HF_HUB_ENABLE_HF_TRANSFER", "1")

    ran = wansync("sync", "vae")

    assert (ran.status, ran.stderr.count("HF_HUB_ENABLE_HF_TRANSFER is set and not heeded")) == (0, 1)
    assert all(agents(big))


def test_unknown_transport_is_refused(big: HubProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANSYNC_TRANSPORT", "carrier-pigeon")

    ran = wansync("sync", "vae")

    assert (ran.status, "WANSYNC_TRANSPORT: `carrier-pigeon` is no transport" in ran.stderr) == (2, True)


def test_interrupted_run_leaves_nothing_and_shows_no_address(big: HubProject) -> None:
    big.hub.faults = Faults(chunk_delay=0.2)
    process = start(str(SCRIPTS / "wansync"), "sync", "vae", "--json", env=dict(os.environ))
    until = time.monotonic() + 30
    while not (children := below(process.pid)) and time.monotonic() < until:
        time.sleep(0.02)

    shown = [(Path("/proc") / str(child) / "cmdline").read_bytes() for child in children]
    process.send_signal(signal.SIGINT)
    ran = finish(process, ("sync", "--json"))

    assert ran.status == 130
    assert children
    assert not any(secret in shown[0] for secret in (b"Signature", b"http"))
    assert list((big.models_root / ".tmp").iterdir()) == []
    assert not any((Path("/proc") / str(child)).exists() for child in children)
    assert wansync("sync", "vae").status == 0


def below(pid: int) -> list[int]:
    """Return the children of a process that run Python."""
    found = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in thread.read_text().split()]
    return [child for child in found if b"hf_transfer" in (Path("/proc") / str(child) / "cmdline").read_bytes()]

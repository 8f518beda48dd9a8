"""Canaries in every place that can hold a secret, runs that end in every way, and every way out searched for them.

The second line of defence, which replaces what was kept as a secret, is off unless a test says so: it must not be what
these runs rest on.
"""

from __future__ import annotations

import base64
import logging
import os
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from tests.functional.output import document
from tests.support.certificates import Authority
from tests.support.hub import Faults
from tests.support.project import wansync
from tests.support.wire_server import WireServer, whole
from wansync.api import Project
from wansync.errors import ErrorCode, WansyncError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from tests.support.hub_project import HubProject
    from tests.support.project import Ran
    from tests.support.wire_server import Heard

OF_FILE, OF_NETRC = "canaryOfTheFile0123", "canaryOfNetrc0123"
OF_PROXY, OF_URL = "canaryOfTheProxy0123", "canaryOfTheUrl0123"
_PAIRS = [base64.b64encode(pair.encode()).decode() for pair in (f"ada:{OF_NETRC}", f"ada:{OF_PROXY}")]
CANARIES = (OF_FILE, OF_NETRC, OF_PROXY, OF_URL, *_PAIRS, "Signature=", "Key-Pair-Id")


class Forgetful(set[str]):
    """Keeps nothing."""

    def update(self, *_: Iterable[str]) -> None:
        """Forget it."""


@pytest.fixture
def first_line_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wansync.redaction._known", Forgetful())


@pytest.fixture
def canaries(hub_project: HubProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Put a secret everywhere, and return all of them."""
    home, mounted = tmp_path / "home", tmp_path / "mounted"
    home.mkdir()
    mounted.mkdir()
    (mounted / "models.example.com").write_text(OF_FILE)
    (home / ".netrc").write_text(f"machine other.example.com login ada password {OF_NETRC}\n")
    (home / ".netrc").chmod(0o600)
    for name, value in {
        "HOME": str(home),
        "WANSYNC_CREDENTIALS_DIR": str(mounted),
        "HF_TOKEN": hub_project.hub.token,
        "HTTPS_PROXY": f"http://ada:{OF_PROXY}@127.0.0.1:9",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "XDG_STATE_HOME": str(home / "state"),
        "WANSYNC_HTTP_RETRIES": "0",
    }.items():
        monkeypatch.setenv(name, value)
    return (*CANARIES, hub_project.hub.token)


def kept(*folders: Path) -> Iterator[str]:
    """Yield the text of every file, and its name."""
    for folder in folders:
        for path in folder.rglob("*"):
            yield path.name
            if path.is_file():
                yield path.read_bytes().decode("utf-8", "replace")


def search(canaries: Iterable[str], texts: Iterable[str], where: str) -> None:
    for text in texts:
        assert [canary for canary in canaries if canary in text] == [], f"{where}: {text[:2000]}"


def stray(hub_project: HubProject, location: str) -> Callable[[Heard], Iterator[bytes]]:
    """Return a hub that sends everybody elsewhere."""

    def answer(_: Heard) -> Iterator[bytes]:
        yield whole(302, b"", Location=location)

    return answer


FAULTS: dict[str, Faults] = {
    "a good run": Faults(),
    "addresses that have expired": Faults(url_ttl=-1),
    "bodies that break off": Faults(cut_after=1000),
    "wrong bytes": Faults(flip_bit=100),
    "redirects without an end": Faults(redirects=-1),
    "no answers": Faults(server_error=1000),
    "garbage": Faults(garbage=1000),
    "too many requests": Faults(rate_limit=1000),
    "the API elsewhere": Faults(api_elsewhere=True),
    "a busy CDN": Faults(max_bodies=1, chunk_delay=0.05),
}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.usefixtures("first_line_alone")
def test_no_way_out_shows_a_secret(
    hub_project: HubProject, canaries: tuple[str, ...], caplog: pytest.LogCaptureFixture, name: str
) -> None:
    caplog.set_level(logging.DEBUG)
    if name != "the API elsewhere":
        assert wansync("lock").status == 0
    hub_project.hub.faults = FAULTS[name]

    said = [
        wansync("lock", "--upgrade", "--json"),
        wansync("sync", "--events", "events.ndjson"),
        wansync("ensure", "alpha", "--json", "--progress", "json"),
        wansync("config"),
        wansync("auth", "status", "--json"),
    ]

    search(canaries, [ran.stdout + ran.stderr for ran in said], "terminal")
    search(canaries, kept(hub_project.directory, hub_project.models_root), name)
    search(canaries, [record.getMessage() for record in caplog.records], "log")
    assert hub_project.hub.token in str([request.headers for request in hub_project.hub.requests])


@pytest.mark.parametrize("token", ["hf_canaryThatIsRefused0123", "stranger"])
@pytest.mark.parametrize("kind", ["private", "gated"])
@pytest.mark.usefixtures("first_line_alone")
def test_no_refusal_shows_a_secret(
    hub_project: HubProject, canaries: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, token: str, kind: str
) -> None:
    token = hub_project.hub.stranger if token == "stranger" else token  # noqa: S105 (a word)
    monkeypatch.setenv("HF_TOKEN", token)
    setattr(hub_project.video, kind, True)

    said = [wansync("lock", "--json"), wansync("lock", "--events", "events.ndjson")]

    assert {ran.status for ran in said} <= {3, 11, 12}
    search((*canaries, token), [ran.stdout + ran.stderr for ran in said], "terminal")
    search((*canaries, token), kept(hub_project.directory, hub_project.models_root), "files")


STRAY = {
    "a user": f"https://ada:{OF_URL}@models.example.com/x",
    "nowhere": f"http://127.0.0.1:9/x?X-Amz-Signature={OF_URL}",
    "no address": f"http://[{OF_URL}",
    "no web": f"ftp://models.example.com/{OF_URL}",
    "a proxy that is not there": f"https://models.example.com/x?X-Amz-Signature={OF_URL}",
}


@pytest.mark.parametrize("name", STRAY)
@pytest.mark.usefixtures("first_line_alone")
def test_no_error_of_the_library_has_a_secret_in_its_chain(
    hub_project: HubProject, canaries: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert wansync("lock").status == 0
    with WireServer(stray(hub_project, STRAY[name])) as liar:
        monkeypatch.setenv("HF_ENDPOINT", liar.url)
        said = [wansync("lock", "--upgrade", "--json"), wansync("sync", "--json", "--events", "events.ndjson")]
        for call in (Project().sync, Project().lock):
            heard = len(liar.heard)
            with pytest.raises(WansyncError) as raised:
                call()
            assert len(liar.heard) > heard
            search(canaries, told(raised.value), name)
            hub_project.lock_path.unlink(missing_ok=True)
    search(canaries, [ran.stdout + ran.stderr for ran in said], name)
    search(canaries, kept(hub_project.directory, hub_project.models_root), name)


def authority(tmp_path: Path) -> Authority:
    """Return one that nobody trusts."""
    folder = tmp_path / "ca"
    folder.mkdir()
    return Authority(folder)


def told(error: BaseException) -> Iterator[str]:
    """Yield all that a program could log of an error: of its causes and contexts too, also those that are not shown."""
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield f"{type(one).__name__}: {one} {one!r} {one.args!r} {vars(one)!r}"
        todo += [one.__cause__, one.__context__]
    yield "".join(traceback.format_exception(error))


@pytest.mark.usefixtures("first_line_alone")
def test_no_distrust_shows_a_secret(
    hub_project: HubProject, canaries: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wansync("lock").status == 0
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with WireServer(lambda _: iter([whole(200, b"{}")]), tls=authority(tmp_path).server("hub")) as liar:
        monkeypatch.setenv("HF_ENDPOINT", liar.url)
        ran = wansync("sync", "--json")
        with pytest.raises(WansyncError) as raised:
            Project().sync()

    assert "certificate" in document("error", ran)["error"]["message"]
    search(canaries, [ran.stdout + ran.stderr, *told(raised.value)], "a certificate")


def test_bug_shows_no_secret_that_the_run_has_met(
    hub_project: HubProject, canaries: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(workspace: Any, *_: object) -> None:  # noqa: ANN401 (a workspace)
        found = [workspace.credentials.find(f"https://{name}.example.com") for name in ("models", "other")]
        raise RuntimeError(f"{os.environ['HF_TOKEN']} {[one.header for one in found]} {workspace.credentials.places}")

    monkeypatch.setattr("wansync.cli.commands.status.op", explode)

    ran: Ran = wansync("status", "--json", "--project", str(hub_project.directory))

    assert ran.status == 70
    home = hub_project.directory.parent / "home"
    (log,) = (home / "state").rglob("crash-*.log")
    assert "Bearer ***" in log.read_text()
    search(canaries, [ran.stdout + ran.stderr, *kept(home / "state")], "crash log")


def test_second_line_replaces_what_the_first_lets_through(
    hub_project: HubProject, canaries: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def leak(workspace: Any, *_: object) -> None:  # noqa: ANN401 (a workspace)
        found = workspace.credentials.find("https://models.example.com")
        raise LeakError(f"It said {found.header}", hint=f"Send `{found.header}`", fact=found.header)

    monkeypatch.setattr("wansync.cli.commands.status.op", leak)

    ran = wansync("status", "--json")

    error = document("error", ran)["error"]
    assert (error["message"], error["hint"]) == ("It said Bearer ***", "Send `Bearer ***`")
    search(canaries, [ran.stdout + ran.stderr], "terminal")


class LeakError(WansyncError):
    """An error whose words hold a secret."""

    code = ErrorCode.SOURCE_FAIL

"""A token of a web server goes with each request to it, and nowhere else; a renewed one is found."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.support.project import wansync
from tests.support.web import Web
from tests.support.web_project import VARIABLE, WebProject, web_files
from tests.support.wire_server import WireServer, whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.wire_server import Heard

TOKEN = "canary-of-a-web-server"  # noqa: S105 (worth nothing)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebProject]:
    """A project whose files are on a web server that has a token, in a mounted file."""
    with Web(web_files()) as web:
        project = WebProject(tmp_path / "app", tmp_path / "models-root", web)
        project.state(stated=True)
        mounted = tmp_path / "mounted"
        mounted.mkdir()
        monkeypatch.setenv("WANSYNC_CREDENTIALS_DIR", str(mounted))
        monkeypatch.setenv("WANSYNC_HTTP_RETRIES", "0")
        project.enter(monkeypatch)
        yield project


def give(project: WebProject, monkeypatch: pytest.MonkeyPatch, url: str, token: str = TOKEN) -> None:
    """Let the source be at a URL of this machine, and mount a token for its server."""
    monkeypatch.setenv(VARIABLE, url)
    mounted = project.directory.parent / "mounted" / f"http_127.0.0.1_{port_of(url)}"
    # In one step, as those who mount secrets renew them; several requests may be under way.
    new = mounted.with_name(f"new-{threading.get_ident()}")
    new.write_text(token)
    new.replace(mounted)


def port_of(url: str) -> str:
    return url.partition("://127.0.0.1:")[2].partition("/")[0]


def bare(project: WebProject) -> str:
    """Return the project's URL without its query."""
    return project.url.partition("?")[0]


def test_token_goes_to_its_own_server_and_is_never_shown(project: WebProject, monkeypatch: pytest.MonkeyPatch) -> None:
    def elsewhere(heard: Heard) -> Iterator[bytes]:
        yield whole(302, b"", Location=f"http://localhost:{port_of(project.url)}{heard.target.removeprefix(ours)}")

    ours = "/asked-of-the-front"
    with WireServer(elsewhere) as front:
        give(project, monkeypatch, bare(project).replace(f":{port_of(project.url)}/", f":{front.port}{ours}/"))
        said = [wansync("lock"), wansync("sync", "--json")]

        # Whoever still asks for the server that had this port before is another test.
        heard = [heard for heard in front.heard if heard.target.startswith(ours)]
        assert {heard.headers.get("authorization") for heard in heard} == {f"Bearer {TOKEN}"}
        assert {heard.headers.get("authorization") for heard in project.web.heard} == {None}
    assert not any(TOKEN in ran.stdout + ran.stderr for ran in said)


def test_signed_address_is_told_no_token(project: WebProject, monkeypatch: pytest.MonkeyPatch) -> None:
    give(project, monkeypatch, project.url)

    wansync("lock")

    assert "?" in project.url
    assert {heard.headers.get("authorization") for heard in project.web.heard} == {None}


def test_token_that_was_renewed_is_found_without_a_restart(
    project: WebProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strict(heard: Heard) -> Iterator[bytes]:
        if heard.headers.get("authorization") == f"Bearer {TOKEN}":
            # Somebody renews it while the run is on: the next answer needs the other one.
            give(project, monkeypatch, url, "another-canary")
            yield whole(401, b"")
        else:
            yield whole(404, b"")

    with WireServer(strict) as server:
        url = f"http://127.0.0.1:{server.port}/x"
        give(project, monkeypatch, url)
        ran = wansync("lock")

        sent = [heard.headers.get("authorization") for heard in server.heard]
    assert ran.status == 11, ran.stderr
    assert sent[0] == f"Bearer {TOKEN}"
    # Whoever was under way with the old one when the answer to the new one ended the run may be heard last.
    assert "Bearer another-canary" in sent

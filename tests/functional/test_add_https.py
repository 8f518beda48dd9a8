"""`wansync add https:...`: the files are named, and found out when they are written into models.toml."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.functional.output import document
from tests.support.project import content, wansync
from tests.support.web import Web
from wansync.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.project import ProjectBuilder

LORA = content("lora", 3000)
ADD = ("add", "https:$LORAS", "--component", "my-lora", "--kind", "lora")


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    with Web({"loras/lora.safetensors": LORA, "loras/lora.json": b"{}"}) as server:
        monkeypatch.setenv("LORAS", f"{server.url}/loras")
        yield server


def test_add_states_what_it_has_found_out(project: ProjectBuilder, web: Web) -> None:
    ran = wansync(*ADD, "--include", "lora.safetensors", "--include", "lora.json", "--hash-payloads")

    assert ran.status == 0, ran.stderr
    component = tomllib.loads(project.manifest_path.read_text())["components"]["my-lora"]
    assert component == {
        "kind": "lora",
        "source": "https:$LORAS",
        "files": [
            {"path": "lora.json", "size": 2, "sha256": str(Digest.of(b"{}"))},
            {"path": "lora.safetensors", "size": 3000, "sha256": str(Digest.of(LORA))},
        ],
    }
    assert wansync("lock", "--check").status == 0
    web.forget()
    assert wansync("sync", "my-lora").status == 0
    assert web.heard == []


def test_add_reads_nothing_unless_it_is_told_to(project: ProjectBuilder, web: Web) -> None:
    before = project.manifest_path.read_bytes()

    ran = wansync(*ADD, "--include", "lora.safetensors", "--json")

    error = document("error", ran)["error"]
    assert (ran.status, error["code"]) == (2, "DIGEST_UNKNOWN")
    assert error["hint"].startswith("Add `--hash-payloads`")
    assert project.manifest_path.read_bytes() == before
    assert web.bodies == 0


@pytest.mark.parametrize(
    "options",
    [(), ("--exclude", "*.json"), ("--include", "*.safetensors"), ("--include", "a.json", "--exclude", "b.json")],
)
def test_files_must_be_named(web: Web, project: ProjectBuilder, options: tuple[str, ...]) -> None:
    ran = wansync(*ADD, *options)

    assert ran.status == 2
    assert "--include" in ran.stderr
    assert web.heard == []


@pytest.mark.parametrize("options", [("--retrust", "my-lora"), ("--upgrade-component", "my-lora@main")])
def test_web_server_has_no_revisions_to_go_to(project: ProjectBuilder, web: Web, options: tuple[str, ...]) -> None:
    assert wansync(*ADD, "--include", "lora.json", "--hash-payloads").status == 0

    ran = wansync("lock", *options)

    assert ran.status == 2
    assert "which has no revisions" in ran.stderr
    assert wansync("lock", "--upgrade-component", "my-lora").status == 0

"""`wansync init`: a project from nothing, and never over something."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest
from inline_snapshot import snapshot

from tests.conftest import REPOSITORY
from tests.functional.output import document
from tests.support.program import unread
from tests.support.project import wansync
from wansync.manifest import parse_manifest

if TYPE_CHECKING:
    from tests.support.project import Ran

SCRIPT = str(Path(sys.executable).with_name("wansync"))
LINE = "models.lock text eol=lf linguist-generated\n"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory, which is the working directory."""
    folder = tmp_path / "my films"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("MODELS_ROOT", str(tmp_path / "models-root"))
    return folder


def shown(ran: Ran, folder: Path) -> str:
    text = f"{ran.stdout}--- stderr\n{ran.stderr}--- status {ran.status}\n"
    return text.replace(str(folder), "[HERE]")


def test_init_without_a_terminal_asks_nothing_and_begins_an_empty_project(empty: Path) -> None:
    assert snapshot("""\
[HERE]/models.toml
--- stderr
Added a line about `models.lock` to [HERE]/.gitattributes
Next: `wansync add hf:OWNER/NAME` adds a model and locks it, then `wansync sync` brings it
--- status 0
""") == shown(wansync("init"), empty)
    assert (empty / "models.toml").read_text() == snapshot("""\
schema_version = 1

[project]
name = "my-films"
""")
    assert (empty / ".gitattributes").read_text() == LINE
    assert wansync("lock").status == 0


def test_init_wan22_has_the_published_models_and_their_profile(empty: Path) -> None:
    assert snapshot("""\
[HERE]/models.toml
--- stderr
Added a line about `models.lock` to [HERE]/.gitattributes
Next: `wansync lock` pins every file, `wansync plan` says how much is to come, `wansync sync` brings it; commit `models.toml` and `models.lock`
--- status 0
""") == shown(wansync("init", "--template", "wan22", "--name", "films"), empty)  # noqa: E501 (as it is printed)
    manifest = parse_manifest((empty / "models.toml").read_bytes())

    assert (manifest.project, manifest.default_profile) == ("films", "prod")
    assert sorted(manifest.models) == ["i2v-A14B", "t2v-A14B", "ti2v-5B"]


def test_template_wan22_is_what_this_repository_says_of_the_published_models() -> None:
    ours = parse_manifest((REPOSITORY / "models.toml").read_bytes())
    template = parse_manifest((REPOSITORY / "wansync" / "templates" / "wan22.toml").read_bytes())

    assert template.components == {id_: c for id_, c in ours.components.items() if not id_.startswith("tiny-")}
    assert template.profiles == {"prod": ours.profiles["prod"]}
    assert template.models.keys() == ours.models.keys()
    for id_, model in template.models.items():
        mine = ours.models[id_]
        assert model.variants == tuple(variant for variant in mine.variants if variant.name != "tiny")
        for key in ("version", "type", "default_variant", "aliases", "roles", "defaults", "vram"):
            assert getattr(model, key) == getattr(mine, key)


def test_template_wan22_locks_from_the_recorded_listings(empty: Path) -> None:
    wansync("init", "--template", "wan22")

    ran = wansync("lock", "--listings", str(REPOSITORY / "examples" / "wan22" / "listings"))

    assert ran.status == 0
    plan = document("plan", wansync("plan", "--json"))
    assert plan["selection"] == ["i2v-A14B@native", "t2v-A14B@native", "ti2v-5B@diffusers"]


@pytest.mark.parametrize("name", ["models.toml", "models.lock"])
def test_init_over_something_refuses_and_changes_nothing(empty: Path, name: str) -> None:
    (empty / name).write_text("mine")

    ran = wansync("init", "--template", "wan22", "--yes")

    assert ran.stderr.replace(str(empty), "[HERE]") == (
        f"error: There is a `{name}` in `[HERE]` already\n"
        "hint: Add to it with `wansync add SOURCE`, or begin elsewhere with `--project DIR`\n"
    )
    assert (ran.status, [path.name for path in empty.iterdir()]) == (2, [name])
    assert (empty / name).read_text() == "mine"


def test_init_below_another_project_begins_one_of_its_own(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wansync("init")
    inner = empty / "inner"
    inner.mkdir()
    monkeypatch.chdir(inner)

    assert document("init", wansync("init", "--json"))["path"] == str(inner / "models.toml")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("*.png binary", f"*.png binary\n{LINE}"),
        ("*.png binary\n", f"*.png binary\n{LINE}"),
        ("models.lock -diff\n", "models.lock -diff\n"),
    ],
)
def test_init_keeps_what_gitattributes_has(empty: Path, before: str, after: str) -> None:
    (empty / ".gitattributes").write_text(before)

    report = document("init", wansync("init", "--json"))

    assert (empty / ".gitattributes").read_text() == after
    assert (report["attributes"] is None) == (before == after)


@pytest.mark.parametrize("name", ["", "a b", "../up", "x" * 65, 'q"'])
def test_init_with_a_name_that_is_none_says_so(empty: Path, name: str) -> None:
    ran = wansync("init", "--name", name)

    assert (ran.status, list(empty.iterdir())) == (2, [])
    assert "cannot be the name of a project\nhint: Use letters" in ran.stderr


def test_init_at_a_terminal_asks_until_the_answer_makes_sense(empty: Path) -> None:
    child = pexpect.spawn(SCRIPT, ["init"], env={**os.environ, "TERM": "xterm"}, encoding="utf-8", timeout=30)
    child.expect_exact("Template (empty, wan22) [empty]: ")
    child.sendline("wan21")
    child.expect_exact("Write one of: empty, wan22")
    child.sendline("wan22")
    child.expect_exact("Name of the project [my-films]: ")
    child.sendline("")
    child.expect_exact("Next: `wansync lock`")
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 0
    manifest = parse_manifest((empty / "models.toml").read_bytes())
    assert (manifest.project, manifest.default_profile) == ("my-films", "prod")


@pytest.mark.parametrize("arguments", [["--yes"], ["--json"], ["--template", "empty", "--name", "x"]], ids=" ".join)
def test_init_at_a_terminal_asks_nothing_when_told_all(empty: Path, arguments: list[str]) -> None:
    with unread():  # of a terminal, where stdout and stderr are one
        said, status = pexpect.run(
            f"{SCRIPT} init {' '.join(arguments)}", withexitstatus=True, env=dict(os.environ), timeout=30
        )

    assert (status, b"Template (" in said, (empty / "models.toml").is_file()) == (0, False, True)


def test_init_at_a_terminal_ended_by_ctrl_c_writes_nothing(empty: Path) -> None:
    child = pexpect.spawn(SCRIPT, ["init"], env={**os.environ, "TERM": "xterm"}, encoding="utf-8", timeout=30)
    child.expect_exact("Template (empty, wan22) [empty]: ")
    child.send("\x03")
    child.expect(pexpect.EOF)
    child.close()

    assert (child.exitstatus, list(empty.iterdir())) == (130, [])

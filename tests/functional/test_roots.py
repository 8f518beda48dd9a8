"""`wansync roots`: which projects keep what, and forgetting one that is gone."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, filtered
from tests.support.project import ProjectBuilder, content, wansync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import Ran

BETA = "beta/transformer/model.safetensors"


@pytest.fixture
def two(synced: ProjectBuilder, tmp_path: Path) -> ProjectBuilder:
    """The project, and another one that shares all but the weights of beta; returned is the other."""
    other = ProjectBuilder(tmp_path / "other", synced.models_root)
    other.manifest["project"]["name"] = "other"
    other.files[BETA] = content("trained on", 7000)
    other.write()
    assert wansync("sync", "--project", str(other.directory)).status == 0
    return other


def shown(ran: Ran, project: ProjectBuilder, other: ProjectBuilder) -> str:
    text = f"{ran.stdout}--- stderr\n{ran.stderr}--- status {ran.status}\n".replace(str(other.directory), "[OTHER]")
    text = filtered(text, project).replace(str(project.directory.with_name("app")), "[APP]")
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "[MINUTE]", text)


def test_roots_shows_what_each_project_holds_and_holds_alone(two: ProjectBuilder) -> None:
    assert snapshot("""\
PROJECT  ID                LOCK              SEEN                  SIZE    ALONE  PATH
app      [TREE]  [TREE]  [MINUTE]  18.6 KiB  6.8 KiB  [APP]
other    [TREE]  [TREE]  [MINUTE]  18.6 KiB  6.8 KiB  [OTHER]
--- stderr
--- status 0
""") == shown(wansync("roots"), two, two)


def test_roots_before_the_first_sync_are_none(locked: ProjectBuilder) -> None:
    ran = wansync("roots", "list")

    assert (ran.status, ran.stdout, locked.models_root.exists()) == (0, "", False)
    assert ran.stderr == f"No project has synced into {locked.models_root}\n"


def test_roots_forget_of_a_project_that_is_gone_lets_gc_remove_what_it_alone_held(two: ProjectBuilder) -> None:
    shutil.rmtree(two.directory)
    gone = {root["project"]: root["exists"] for root in document("roots", wansync("roots", "--json"))["roots"]}

    assert gone == {"app": True, "other": False}
    assert f"{two.directory} (gone)\n" in wansync("roots").stdout
    assert snapshot("""\
  - other  [OTHER]
--- stderr
Forgotten; `wansync gc` now removes 6.8 KiB that only it kept
--- status 0
""") == shown(wansync("roots", "forget", "other"), two, two)
    removed = document("gc", wansync("gc", "--json", "--yes"))
    assert ([blob["sha256"] for blob in removed["blobs"]], removed["bytes"]) == ([two.blob(BETA).name], 7000)
    assert wansync("verify").status == 0


def test_roots_forgotten_by_mistake_comes_back_with_the_next_sync(two: ProjectBuilder) -> None:
    report = document("roots", wansync("roots", "forget", str(two.directory), "--json"))

    assert ([root["project"] for root in report["roots"]], report["forgotten"]["project"]) == (["app"], "other")
    assert wansync("sync", "--project", str(two.directory)).status == 0
    assert len(document("roots", wansync("roots", "--json"))["roots"]) == 2


def test_roots_counts_what_a_pin_keeps_as_not_alone(two: ProjectBuilder) -> None:
    wansync("pin", two.blob(BETA).name)

    assert {r["project"]: r["bytes_alone"] for r in document("roots", wansync("roots", "--json"))["roots"]} == {
        "app": 7000,
        "other": 0,
    }


def test_roots_of_one_name_are_told_apart_by_id(synced: ProjectBuilder, tmp_path: Path) -> None:
    twin = ProjectBuilder(tmp_path / "twin", synced.models_root)
    twin.write()
    assert wansync("sync", "--project", str(twin.directory)).status == 0
    ids = [root["id"] for root in document("roots", wansync("roots", "--json"))["roots"]]

    ran = wansync("roots", "forget", "app")

    assert ran.stderr == f"error: 2 projects are called `app`\nhint: Name one by its id: {', '.join(ids)}\n"
    assert wansync("roots", "forget", ids[0]).status == 0


def test_roots_forget_while_a_process_of_it_works_is_refused(synced: ProjectBuilder) -> None:
    api = synced.api()
    workspace = api._workspace()
    from wansync.store import Claim  # noqa: PLC0415
    from wansync.store.processes import writer_name  # noqa: PLC0415

    lock, data = workspace.lock()
    workspace.store().roots.begin(Claim(project=workspace.identity(lock), lock=data, writer=writer_name()))

    ran = wansync("roots", "forget", "app")

    assert (ran.status, len(api.roots().roots)) == (2, 1)
    assert ran.stderr.startswith("error: A process of `app` is at work, and would register it again\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["forget", "aap"], "error: The store knows no project `aap`\nhint: Did you mean `app`?\n"),
        (["forget"], "error: `roots forget` takes one project, `roots list` none\nhint: Write "),
        (["list", "app"], "error: `roots forget` takes one project, `roots list` none\nhint: Write "),
        (["drop", "app"], "error: Invalid value for `ACTION`: `drop` is not one of `list`, `forget`\nhint: See "),
    ],
    ids=" ".join,
)
def test_roots_with_arguments_that_make_no_sense_says_so(
    synced: ProjectBuilder, arguments: list[str], said: str
) -> None:
    ran = wansync("roots", *arguments)

    assert (ran.status, ran.stderr.startswith(said)) == (2, True)


def test_roots_with_a_damaged_record_says_so_and_can_forget_it(two: ProjectBuilder) -> None:
    damaged = next(r["id"] for r in document("roots", wansync("roots", "--json"))["roots"] if r["project"] == "other")
    (two.layout.state / "roots" / f"{damaged}.json").write_bytes(b"torn")

    ran = wansync("roots")

    assert "cannot be read" in ran.stdout
    assert f"warning: The root `{damaged}` cannot be read, so `wansync gc` will not work\n" in ran.stderr
    assert wansync("roots", "forget", damaged).status == 0
    assert wansync("gc", "--yes").status == 0


def test_pods_of_a_fleet_are_one_project_by_its_name(locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each under a host name of its own, with the same directory."""
    monkeypatch.setenv("WANSYNC_ROOT_NAME", "fleet.wan")
    for pod in ("wan-7f4d-x1", "wan-7f4d-x2"):
        monkeypatch.setattr("socket.gethostname", lambda pod=pod: pod)
        assert wansync("sync").status == 0

    (root,) = document("roots", wansync("roots", "--json"))["roots"]
    assert (root["host"], root["exists"]) == ("fleet.wan", None), "nobody can tell of all pods"

    monkeypatch.delenv("WANSYNC_ROOT_NAME")
    assert wansync("sync").status == 0
    hosts = {root["host"] for root in document("roots", wansync("roots", "--json"))["roots"]}
    assert hosts == {"fleet.wan", "wan-7f4d-x2"}


def test_name_of_a_root_is_letters_and_no_more_than_fit(
    locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("two words", "n" * 65, "a/b"):
        monkeypatch.setenv("WANSYNC_ROOT_NAME", name)
        ran = wansync("sync")
        assert (ran.status, "is no name" in ran.stderr, "hint: Write letters" in ran.stderr) == (2, True, True)


def test_gc_by_age_knows_a_project_that_applies_its_first_lock(locked: ProjectBuilder) -> None:
    """It has a root, and no history yet."""
    from wansync.store import Claim  # noqa: PLC0415
    from wansync.store.processes import writer_name  # noqa: PLC0415

    workspace = locked.api()._workspace()
    lock, data = workspace.lock()
    workspace.store().prepare()
    workspace.store().roots.begin(Claim(project=workspace.identity(lock), lock=data, writer=writer_name()))

    assert wansync("gc", "--older-than", "1d", "--yes").status == 0

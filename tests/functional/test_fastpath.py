"""What was said before is said again without loading anything, and only while all that it rests on is as it was."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.documents import check_output
from tests.support.program import unread
from tests.support.project import ProjectBuilder, content, wansync
from wansync.cli.fastpath import question
from wansync.digest import Digest
from wansync.store.answers import Answers
from wansync.store.fingerprint import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.support.hub_project import HubProject
    from wansync.store import Store

SCRIPT = """
import sys
sys.argv = ["wansync", *{arguments}]
from wansync.cli import main
try:
    main()
except SystemExit as end:
    print("status", end.code)
heavy = {{"typer", "rich", "huggingface_hub", "httpx2", "jsonschema", "filelock", "dataclasses", "typing", "tomllib"}}
print("loaded", *sorted(heavy & sys.modules.keys()))
"""
MODEL = "alpha/transformer/model-00001-of-00002.safetensors"
TICK = 20_000_000
"""Nanoseconds: how long a change may look as old as the one before it."""


class Told:
    """What a process of its own said, its status, and whether it was the fast path that answered."""

    def __init__(self, arguments: Sequence[str], cwd: Path) -> None:
        # Isolated, since what installs this project in place loads `typing` before anything begins.
        script = f"import sys; sys.path[:0] = {sys.path!r}\n" + SCRIPT.format(arguments=list(arguments))
        with unread():  # checked below, without what the script adds
            ran = subprocess.run(
                [sys.executable, "-I", "-S", "-c", script],
                cwd=cwd,
                env=os.environ,
                text=True,
                capture_output=True,
                check=True,
            )
        *said, status, loaded = ran.stdout.splitlines()
        self.stdout, self.stderr = said, ran.stderr
        self.status, self.instant = int(status.removeprefix("status ")), loaded == "loaded"
        check_output(arguments, self.status, "\n".join(said))


def tell(project: ProjectBuilder, *arguments: str) -> Told:
    """Run the program in the project."""
    return Told(arguments, project.directory)


def settle(project: ProjectBuilder, *arguments: str) -> Told:
    """Run the program until the fast path answers, and return what it said; what is too new must age first."""
    for _ in range(20):
        time.sleep(0.03)
        ordinary, again = tell(project, *arguments), tell(project, *arguments)
        if again.instant:
            assert (again.status, again.stdout, again.stderr) == (0, ordinary.stdout, ordinary.stderr)
            return again
    raise AssertionError("the fast path never answers")


@pytest.mark.parametrize(
    "arguments",
    [["sync"], ["sync", "--frozen", "-q"], ["sync", "--json"], ["sync", "alpha"], ["ensure", "beta"], ["lock"]],
    ids=" ".join,
)
def test_nothing_to_do_is_said_again_and_loads_nothing(synced: ProjectBuilder, arguments: list[str]) -> None:
    settle(synced, *arguments)


def test_nothing_to_lock_at_the_hub_asks_nobody(hub_locked: HubProject) -> None:
    settle(hub_locked, "lock")

    assert hub_locked.hub.requests == []


def edit_lock(project: ProjectBuilder) -> None:
    project.lock_path.write_bytes(project.lock_path.read_bytes() + b"# edited\n")


def edit_manifest(project: ProjectBuilder) -> None:
    project.manifest_path.write_text(project.manifest_path.read_text() + "# edited\n")


def conflict(project: ProjectBuilder) -> None:
    project.lock_path.write_bytes(b"<<<<<<< a\n=======\n>>>>>>> b\n" + project.lock_path.read_bytes())


def lose_link(project: ProjectBuilder) -> None:
    next(project.models_root.glob("views/alpha@small/*/transformer/config.json")).unlink()


def lose_blob(project: ProjectBuilder) -> None:
    project.blob(MODEL).unlink()


def write_same_size_and_time(project: ProjectBuilder) -> None:
    blob = project.blob(MODEL)
    before = blob.stat()
    blob.chmod(0o644)
    blob.write_bytes(bytes(before.st_size))
    os.utime(blob, ns=(before.st_atime_ns, before.st_mtime_ns))


def move_away(*parts: str) -> Callable[[ProjectBuilder], None]:
    """Return what moves a directory of the store elsewhere; of the files in it, `stat` tells nothing new then."""

    def move(project: ProjectBuilder) -> None:
        project.models_root.joinpath(*parts).rename(project.directory / "elsewhere")

    move.__name__ = f"move {parts[-1]}"
    return move


def move_prefix(project: ProjectBuilder) -> None:
    project.blob(MODEL).parent.rename(project.directory / "elsewhere")


def replace_object(project: ProjectBuilder) -> None:
    blob = project.blob(MODEL)
    other = blob.with_name("other")
    other.write_bytes(blob.read_bytes())
    other.replace(blob)


def replace_directory(project: ProjectBuilder) -> None:
    folder = next(project.models_root.glob("views/alpha@small/*/transformer"))
    moved = project.directory / "elsewhere"
    folder.rename(moved)
    folder.symlink_to(moved)


def lose(*parts: str) -> Callable[[ProjectBuilder], None]:
    def lose_record(project: ProjectBuilder) -> None:
        for path in project.models_root.glob("/".join(parts)):
            path.unlink()

    lose_record.__name__ = f"lose {parts[-1]}"
    return lose_record


def mislead(project: ProjectBuilder) -> None:
    link = project.layout.model_link("alpha@small")
    link.unlink()
    link.symlink_to(project.directory)


def leave_partial(project: ProjectBuilder) -> None:
    (project.layout.tmp / "left.partial").write_bytes(b"")


def fill_trash(project: ProjectBuilder) -> None:
    (project.layout.trash / "left").write_bytes(b"")


def grow_store(project: ProjectBuilder) -> None:
    project.layout.version.write_text("99\n")


DAMAGES = [
    *(edit_lock, edit_manifest, conflict, lose_link, lose_blob, write_same_size_and_time, replace_object),
    *(move_away("blobs"), move_away("blobs", "sha256"), move_prefix),
    *(replace_directory, mislead, leave_partial, fill_trash, grow_store),
    *(lose("VERSION"), lose("README.txt"), lose(".state", "roots", "*"), lose(".state", "generations", "*")),
    *(lose("views", "*", "*.verified.json"), lose(".state", "answers", "*")),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("mode", ["hardlink", "symlink", "copy"])
def test_whatever_happens_is_looked_at(
    locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch, mode: str, damage: Callable[[ProjectBuilder], None]
) -> None:
    monkeypatch.setenv("WANSYNC_LINK_MODE", mode)
    assert wansync("sync").status == 0
    settle(locked, "sync")

    damage(locked)

    told = tell(locked, "sync")
    assert not told.instant
    assert told.status == {"conflict": 2, "grow_store": 19}.get(damage.__name__, 0)


def test_manifest_that_is_edited_back_is_known(synced: ProjectBuilder) -> None:
    before = synced.manifest_path.read_bytes()
    said = settle(synced, "sync")
    edit_manifest(synced)
    assert not tell(synced, "sync").instant

    synced.manifest_path.write_bytes(before)

    assert tell(synced, "sync").stdout == said.stdout


@pytest.mark.parametrize(
    ("variable", "value", "status"),
    [
        ("WANSYNC_LINK_MODE", "copy", 0),
        ("WANSYNC_PROFILE", "none", 2),
        ("WANSYNC_LOCK_TIMEOUT", "soon", 2),
        ("WANSYNC_FROZEN", "1", 0),
        ("CI", "1", 0),
    ],
)
def test_other_settings_are_another_question(
    synced: ProjectBuilder, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, status: int
) -> None:
    settle(synced, "sync")

    monkeypatch.setenv(variable, value)

    told = tell(synced, "sync")
    assert (told.instant, told.status) == (False, status)


def test_settings_of_the_same_size_and_time_are_read(
    synced: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('link_mode = "hardlink"\n')
    monkeypatch.setenv("WANSYNC_CONFIG_FILE", str(config))
    settle(synced, "sync")
    before = config.stat()

    config.write_text('link_mode = "nonsense"\n')
    os.utime(config, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert tell(synced, "sync").status == 2


def test_settings_that_change_during_a_run_are_not_taken_for_those_of_the_run(
    synced: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('profile = "all"\n')
    monkeypatch.setenv("WANSYNC_CONFIG_FILE", str(config))
    now = Answers.now

    def change_first(answers: Answers) -> int | None:
        config.write_text('profile = "none"\n')
        time.sleep(0.05)  # so long that the clock alone would not tell
        return now(answers)

    time.sleep(0.05)
    monkeypatch.setattr(Answers, "now", change_first)
    assert wansync("sync").status == 0

    assert tell(synced, "sync").status == 2


def test_other_arguments_are_another_question(synced: ProjectBuilder) -> None:
    settle(synced, "sync")

    assert not tell(synced, "sync", "--link-mode", "copy").instant


def test_project_that_appears_below_is_found(synced: ProjectBuilder) -> None:
    folder = synced.directory / "deep"
    folder.mkdir()
    for _ in range(20):
        time.sleep(0.03)
        told = Told(["sync"], folder)
    assert (told.instant, told.status) == (True, 0)

    (folder / "models.toml").write_text("schema_version = 99\n")

    assert Told(["sync"], folder).status == 2


def test_project_that_a_link_below_leads_to_is_found(synced: ProjectBuilder) -> None:
    folder = synced.directory / "deep"
    folder.mkdir()
    (folder / "models.toml").symlink_to("later.toml")
    for _ in range(5):
        time.sleep(0.03)
        assert Told(["sync"], folder).status == 0

    (folder / "later.toml").write_text("schema_version = 99\n")

    assert Told(["sync"], folder).status == 2


def test_store_is_found_by_its_option(synced: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MODELS_ROOT")

    settle(synced, "sync", "--models-root", str(synced.models_root))
    settle(synced, "sync", f"--models-root={synced.models_root}")


def test_damage_that_stat_does_not_show_is_looked_at(synced: ProjectBuilder) -> None:
    """As `verify` finds it: the disk has lost bits of a file that nobody wrote to."""
    settle(synced, "sync")
    blob = synced.blob(MODEL)
    store = store_of(synced)

    store.attests.stamp(Digest.of(synced.files[MODEL]), Fingerprint.of(blob.stat()), intact=False)

    told = tell(synced, "sync")
    assert (told.instant, told.status) == (False, 0)
    assert "fetched 4.9 KiB" in told.stderr


def store_of(project: ProjectBuilder) -> Store:
    """Return the store, as a program of another process opens it."""
    return project.api()._workspace().store()


@pytest.mark.parametrize("later", [0, 19_000_000, 21_000_000])
def test_what_changed_in_the_last_tick_before_a_run_is_not_kept(
    synced: ProjectBuilder, monkeypatch: pytest.MonkeyPatch, later: int
) -> None:
    """A run that begins `later` nanoseconds after the last change: in the same tick, a change could still be hidden."""
    manifest = synced.directory / "models.toml"
    manifest.touch()
    changed = manifest.stat().st_ctime_ns
    # A whole second would be that of a coarse clock.
    monkeypatch.setattr(Answers, "now", lambda _answers: changed + later | 1)

    assert wansync("sync").status == 0

    assert (synced.layout.state / "answers" / f"{question(['sync'])}.json").exists() == (later > TICK)


def edit_source(project: ProjectBuilder) -> None:
    (project.directory / "weights" / MODEL).write_bytes(content("other"))


def add_to_source(project: ProjectBuilder) -> None:
    (project.directory / "weights/alpha/transformer/more.json").write_bytes(b"{}")


def remove_from_source(project: ProjectBuilder) -> None:
    (project.directory / "weights/alpha/transformer/config.json").unlink()


@pytest.mark.parametrize("change", [edit_source, add_to_source, remove_from_source])
def test_local_sources_are_compared_by_stat(synced: ProjectBuilder, change: Callable[[ProjectBuilder], None]) -> None:
    settle(synced, "lock")

    change(synced)

    told = tell(synced, "lock")
    assert (told.instant, told.status) == (False, 0)
    assert told.stdout == ["  ~ alpha-transformer"]


def test_file_behind_a_link_of_a_local_source_is_compared(synced: ProjectBuilder) -> None:
    source, target = synced.directory / "weights/alpha/transformer/config.json", synced.directory / "config.json"
    source.rename(target)
    source.symlink_to(target)
    settle(synced, "lock")

    target.write_bytes(b'{"in_channels": 17}')

    assert tell(synced, "lock").stdout == ["  ~ alpha-transformer"]


def test_each_link_on_the_way_to_a_file_of_a_local_source_is_compared(synced: ProjectBuilder) -> None:
    source, here = synced.directory / "weights/alpha/transformer/config.json", synced.directory
    source.rename(here / "one")
    (here / "two").write_bytes(b'{"in_channels": 17}')
    (here / "middle").symlink_to("one")
    source.symlink_to(here / "middle")
    settle(synced, "lock")

    (here / "middle").unlink()
    (here / "middle").symlink_to("two")

    assert tell(synced, "lock").stdout == ["  ~ alpha-transformer"]


def test_directory_behind_a_link_of_a_local_source_is_compared(synced: ProjectBuilder) -> None:
    source, target = synced.directory / "weights/alpha/transformer", synced.directory / "transformer"
    source.rename(target)
    source.symlink_to(target)
    settle(synced, "lock")

    (target / "more.json").write_bytes(b"{}")

    assert tell(synced, "lock").stdout == ["  ~ alpha-transformer"]


@pytest.mark.parametrize(
    "arguments", [["lock", "--upgrade"], ["lock", "--check"], ["lock", "--dry-run"], ["plan"], ["status"]], ids=" ".join
)
def test_anything_else_goes_the_ordinary_way(hub_locked: HubProject, arguments: list[str]) -> None:
    tell(hub_locked, *arguments)
    time.sleep(0.05)
    tell(hub_locked, *arguments)

    assert not tell(hub_locked, *arguments).instant


def test_policy_of_the_run_is_another_question(hub_locked: HubProject, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(hub_locked, "lock")

    monkeypatch.setenv("WANSYNC_DENY_LICENSE", "mit")

    assert tell(hub_locked, "lock").status == 16


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"form": 1}', b'{"form": 1, "said": {}, "inputs": 1}', b"\xff"])
def test_torn_answer_is_none(synced: ProjectBuilder, data: bytes) -> None:
    said = settle(synced, "sync")
    for path in (synced.layout.state / "answers").iterdir():
        path.write_bytes(data)

    told = tell(synced, "sync")

    assert (told.instant, told.stdout) == (False, said.stdout)


def test_answer_that_cannot_be_said_goes_the_ordinary_way(synced: ProjectBuilder) -> None:
    settle(synced, "sync")

    program = [sys.executable, "-m", "wansync", "sync"]
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(program, check=False, cwd=synced.directory, stdout=full, stderr=subprocess.PIPE, text=True)

    assert (ran.returncode, "The result cannot be written" in ran.stderr) == (2, True)


@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full"])
def test_answer_is_said_once_where_nobody_reads_stderr(synced: ProjectBuilder, stderr: str) -> None:
    said = settle(synced, "sync")

    command = f"exec {sys.executable} -m wansync sync {stderr}"
    ran = subprocess.run(["/bin/sh", "-c", command], check=False, cwd=synced.directory, capture_output=True, text=True)

    assert (ran.returncode, ran.stdout.splitlines()) == (0, said.stdout)


def test_warning_beside_an_answer_is_not_lost(synced: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANSYNC_LINKMODE", "copy")

    for _ in range(5):
        time.sleep(0.03)
        assert "WANSYNC_LINKMODE is no variable" in tell(synced, "sync").stderr


def test_answers_are_not_kept_for_ever(synced: ProjectBuilder) -> None:
    folder = synced.layout.state / "answers"
    time.sleep(0.05)
    for number in range(70):
        assert wansync("sync", "--lock-timeout", str(number)).status == 0

    assert len(list(folder.iterdir())) == 64

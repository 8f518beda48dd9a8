"""A bug, whatever and wherever it is: status 70, one line and one hint, and a log without secrets."""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.functional.output import document
from tests.support import program
from tests.support.project import wansync
from wansync import __version__
from wansync.sources.file import FileSource

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder, Ran

TOKEN = "hf_" + "abcdefghij" * 3
MISSING = "import sys; sys.modules.update(dict.fromkeys({names})); from wansync.cli import main; main()"


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this user's logs belong."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def only_log(folder: Path) -> str:
    (log,) = folder.rglob("crash-*.log")
    return log.read_text(encoding="utf-8")


def broken(names: list[str], temporary: Path, *arguments: str) -> Ran:
    """Run the program where some packages cannot be imported."""
    code = MISSING.format(names=names)
    process = program.start(sys.executable, "-c", code, *arguments, env={**os.environ, "TMPDIR": str(temporary)})
    return program.finish(process, arguments)


def test_log_says_what_a_report_needs_and_no_secret(
    locked: ProjectBuilder, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("MY_API_KEY", "correct horse battery staple")

    def explode(*_: object) -> None:
        url = "https://user:pa55word@host/x?X-Amz-Signature=0123&y=1"
        raise RuntimeError(f"{os.environ['HF_TOKEN']} {os.environ['MY_API_KEY']} {url}")

    monkeypatch.setattr("wansync.cli.commands.status.op", explode)
    ran = wansync("status", "hf:a/b@ghp_ABCDEFGHIJKLMNOPQRSTUVWXYZ123456", "--json")

    text = only_log(logs)
    assert document("error", ran)["error"]["facts"] == {"log": str(next(logs.rglob("crash-*.log")))}
    assert text.startswith(f"wansync: {__version__}\npython: 3.")
    assert "\nplatform: " in text
    assert "\narguments: ['status', 'hf:a/b@***', '--json']\n" in text
    assert "Traceback (most recent call last)" in text
    assert "RuntimeError: *** *** https://***@host/x?***" in text
    for secret in (TOKEN, "correct horse", "pa55word", "X-Amz-Signature", "0123&y", "ghp_"):
        assert secret not in text + ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (RecursionError, "This is a bug in wansync: RecursionError"),
        (MemoryError, "There is not enough memory for this"),
        (UnicodeDecodeError, "This is a bug in wansync: UnicodeDecodeError"),
        (BrokenPipeError, "This is a bug in wansync: BrokenPipeError"),
        (KeyError, "This is a bug in wansync: KeyError"),
    ],
)
@pytest.mark.parametrize("options", [[], ["--json"]], ids=str)
def test_bug_of_any_kind_ends_in_status_70(
    locked: ProjectBuilder,
    logs: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[Exception],
    said: str,
    options: list[str],
) -> None:
    def explode(*_: object) -> None:
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "why") if kind is UnicodeDecodeError else kind("why")

    monkeypatch.setattr("wansync.cli.commands.sync.op", explode)

    ran = wansync("sync", *options)

    assert (ran.status, ran.stdout == "") == (70, not options)
    assert ran.stderr.startswith(f"error: {said}\nhint: ")
    assert kind.__name__ in only_log(logs)


def test_system_that_gives_no_more_threads_is_no_bug(
    locked: ProjectBuilder, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    def begin(*_: object) -> None:
        threading.Thread(target=print).start()

    monkeypatch.setattr("wansync.cli.commands.sync.op", begin)
    monkeypatch.setattr(threading.Thread, "start", start)

    ran = wansync("sync")

    assert (ran.status, "no more threads" in ran.stderr, "`--jobs 1`" in ran.stderr) == (70, True, True)
    assert only_log(logs)


def test_bug_in_the_middle_of_a_sync_leaves_what_the_next_one_heals(
    locked: ProjectBuilder, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(FileSource, "_open", lambda *_: 1 / 0)
        assert wansync("sync", "--json").status == 70

    assert "ZeroDivisionError" in only_log(logs)
    assert wansync("sync").status == 0


@pytest.mark.parametrize("names", [["typer"], ["filelock"], ["typer", "platformdirs"]], ids="-".join)
@pytest.mark.parametrize("options", [[], ["--json"]], ids=str)
def test_broken_installation_says_so_and_what_helps(
    locked: ProjectBuilder, logs: Path, tmp_path: Path, names: list[str], options: list[str]
) -> None:
    ran = broken(names, tmp_path, "sync", *options)

    assert ran.status == 70
    error, hint = ran.stderr.splitlines()
    assert error == f"error: wansync is not completely installed: `{names[0]}` cannot be loaded"
    assert hint.startswith("hint: Install wansync again")
    if options:
        assert json.loads(ran.stdout)["error"]["code"] == "INTERNAL"
    assert "Traceback" in only_log(tmp_path)


@pytest.mark.parametrize("variables", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "cp1252"}], ids=str)
@pytest.mark.parametrize("command", ["status", "ensure alpha", "verify", "plan", "status --json"])
def test_stream_that_cannot_take_a_name_is_no_bug(
    synced: ProjectBuilder, variables: dict[str, str], command: str
) -> None:
    """Not even where the path of the store is the result: what an encoding cannot say is escaped."""
    folder = synced.directory.parent / "модели"
    synced.models_root.rename(folder)
    environment = {**os.environ, **variables, "MODELS_ROOT": str(folder), "LC_ALL": "C", "LANG": "C"}

    ran = program.script("wansync", *command.split(), env=environment)

    assert (ran.status, "bug" in ran.stderr) == (0, False)
    if command == "ensure alpha":
        assert ("модели" if variables["PYTHONIOENCODING"] == "ascii" else "\\u043c") in ran.stdout

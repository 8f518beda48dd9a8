"""`wansync auth`: tokens are kept in a real keyring, and never shown."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

from tests.faults.children import REQUIRED
from tests.functional.output import document
from tests.support.keyring_session import KeyringSession, why_not
from tests.support.program import SCRIPTS, finish, script, start
from tests.support.project import wansync

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.hub import Hub
    from tests.support.hub_project import HubProject
    from tests.support.project import Ran

CANARY = "hf_canaryOfTheKeyring0123"


@pytest.fixture
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyringSession]:
    if reason := why_not():
        # Where it is required, a green run would prove nothing.
        (pytest.fail if "keyring" in REQUIRED else pytest.skip)(reason)
    session = KeyringSession(tmp_path_factory.mktemp("keyring"))
    yield session
    session.close()


def program(session: KeyringSession, *arguments: str, typed: str | None = None, **more: str) -> Ran:
    """Run the program beside the keyring; `typed` comes through a pipe."""
    process = start(
        str(SCRIPTS / "wansync"),
        *arguments,
        env={**os.environ, **session.variables, **more},
        stdin=subprocess.PIPE if typed is not None else subprocess.DEVNULL,
    )
    if typed is not None and process.stdin:
        process.stdin.write(typed)
        process.stdin.close()
        process.stdin = None
    ran = finish(process, arguments)
    assert CANARY not in ran.stdout + ran.stderr
    return ran


def test_token_is_kept_used_and_forgotten(session: KeyringSession, hub_project: HubProject) -> None:
    hub = hub_project.hub
    hub.token = CANARY
    hub_project.video.private = True

    assert program(session, "lock").status == 12
    login = document("auth", program(session, "auth", "login", "--json", typed=f"\ufeff{CANARY}\n"))
    assert (login["login"], login["origins"][0]["place"]["kind"]) == (hub.url, "keyring")
    assert program(session, "lock").status == 0
    status = document("auth", program(session, "auth", "status", "--check", "--json"))
    assert [(row["account"], row["accepted"], row["login"]) for row in status["origins"]] == [("tester", True, True)]

    kept = [path.read_bytes() for path in session.folder.rglob("*") if path.is_file()]
    assert not any(CANARY.encode() in data for data in kept), "the keyring's own file is encrypted"
    logout = document("auth", program(session, "auth", "logout", "--json"))
    assert (logout["logout"], logout["origins"][0]["place"]) == (hub.url, None)


def test_keyring_that_is_locked_holds_nobody(session: KeyringSession, hub_project: HubProject) -> None:
    assert program(session, "auth", "login", typed=CANARY).status == 0
    session.lock()

    ran = program(session, "lock")

    assert ran.status == 0, "the repositories are public"
    assert f"warning: The keyring is not asked for the token of {hub_project.hub.url}: it is locked" in ran.stderr
    refused = program(session, "auth", "login", typed=CANARY)
    assert (refused.status, refused.stdout) == (12, "")
    words = "error: The keyring cannot be used: it is locked\nhint: Instead set WANSYNC_TOKEN_127_0_0_1_"
    assert words in refused.stderr


def test_token_is_typed_without_an_echo(session: KeyringSession, tmp_path: Path) -> None:
    environment = {**os.environ, **session.variables}
    terminal = pexpect.spawn(
        str(SCRIPTS / "wansync"), ["auth", "login", "models.example.com"], env=environment, cwd=tmp_path, timeout=60
    )
    terminal.expect_exact("Token for https://models.example.com: ")
    command = Path(f"/proc/{terminal.pid}/cmdline").read_bytes()
    terminal.sendline(CANARY)
    terminal.expect(pexpect.EOF)
    terminal.close()

    said = terminal.before.decode()
    assert (terminal.exitstatus, "keyring SecretService" in said) == (0, True), said
    assert CANARY not in said
    assert b"canary" not in command


@pytest.mark.parametrize("backend", ["null", "fail"])
def test_without_a_keyring_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"keyring.backends.{backend}.Keyring")
    monkeypatch.setenv("HOME", str(tmp_path))

    ran = script("wansync", "auth", "login", "--json", cwd=tmp_path)

    error = document("error", ran)["error"]
    assert (ran.status, error["code"]) == (12, "NO_KEYRING")
    assert not (tmp_path / ".local").exists()
    assert error["hint"].startswith("Instead set ")

    error = document("error", script("wansync", "auth", "logout", "--json", cwd=tmp_path))["error"]
    assert error["code"] == "NO_KEYRING"
    assert error["hint"].startswith("Unlock the keyring, or remove `wansync http://127.0.0.1:9` with a program")


def test_status_says_where_tokens_come_from(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setenv("HF_TOKEN", CANARY)
    monkeypatch.setenv("WANSYNC_TOKEN_MODELS_EXAMPLE_COM", CANARY)
    monkeypatch.chdir(tmp_path)

    ran = wansync("auth")

    assert ran.stdout == (
        "ORIGIN                      TOKEN FROM                                 NOTE\n"
        f"{hub.url}      variable HF_TOKEN                          -\n"
        "https://models.example.com  variable WANSYNC_TOKEN_MODELS_EXAMPLE_COM  -\n"
    )
    assert CANARY not in ran.stdout + ran.stderr
    assert "no variable of wansync" not in ran.stderr


def test_check_says_no_where_the_hub_does(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", CANARY)
    monkeypatch.chdir(tmp_path)

    ran = wansync("auth", "status", "--check", "--json")

    assert ran.status == 1
    (row,) = document("auth", ran)["origins"]
    assert (row["accepted"], row["problem"]) == (False, f"`{hub.url}` refuses the token that was sent")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("login", CANARY), "A token is no argument"),
        (("login", "https://ada:password@models.example.com"), "That is no origin"),
        (("logout", "https://models.example.com/path"), "That is no origin"),
        (("logout", "--check"), "`--check` goes with `auth status`"),
    ],
)
def test_wrong_arguments_are_refused_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(tmp_path)

    ran = wansync("auth", *arguments)

    assert ran.status == 2
    assert words in ran.stderr
    assert not any(secret in ran.stderr for secret in (CANARY, "password"))

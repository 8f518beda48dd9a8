from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import keyrings.alt.file
import pytest
from keyring.backends.fail import Keyring as FailKeyring
from keyring.backends.null import Keyring as NullKeyring

from wansync.errors import NoKeyringError
from wansync.sources.credentials.chain import Chain
from wansync.sources.credentials.given import Given
from wansync.sources.credentials.logins import logins_document, read_logins
from wansync.sources.credentials.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HUB = ("https", "huggingface.co", 443)
MODELS = ("https", "models.example.com", 443)


class Memory:
    """A keyring that keeps what it is given, for this process."""

    name = "memory"

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.asked = 0

    def get_password(self, service: str, user: str) -> str | None:
        self.asked += 1
        return self.kept.get((service, user))

    def set_password(self, service: str, user: str, password: str) -> None:
        self.kept[service, user] = password

    def delete_password(self, service: str, user: str) -> None:
        del self.kept[service, user]


class Several:
    """What the library makes of several keyrings."""

    def __init__(self, *backends: Any) -> None:  # noqa: ANN401
        self.backends = backends


@pytest.fixture
def logins(tmp_path: Path) -> Path:
    path = tmp_path / "logins.json"
    path.write_bytes(logins_document([HUB]))
    return path


def chain(tmp_path: Path, logins: Path, backend: Any, **variables: str) -> tuple[Chain, list[str]]:  # noqa: ANN401
    said: list[str] = []
    (tmp_path / "token").write_text("of-the-token-file")
    given = Given({"HF_HOME": str(tmp_path), **variables}, None, HUB)
    return Chain(given, Vault(0.2, lambda: backend), logins, said.append), said


def header(found: Any) -> str | None:  # noqa: ANN401
    return found.header.removeprefix("Bearer ") if found else None


def test_order_is_variable_then_keyring_then_token_file(tmp_path: Path, logins: Path) -> None:
    memory = Memory()
    Vault(1, lambda: memory).put(HUB, "of-the-keyring")

    assert header(chain(tmp_path, logins, memory, HF_TOKEN="of-a-variable")[0].find(HUB)) == "of-a-variable"  # noqa: S106
    assert header(chain(tmp_path, logins, memory)[0].find(HUB)) == "of-the-keyring"
    Vault(1, lambda: memory).remove(HUB)
    assert header(chain(tmp_path, logins, memory)[0].find(HUB)) == "of-the-token-file"


def test_keyring_is_asked_only_for_origins_that_somebody_logged_in_to(tmp_path: Path, logins: Path) -> None:
    memory = Memory()
    found, _ = chain(tmp_path, logins, memory)

    assert found.find(MODELS) is None
    assert memory.asked == 0


def test_keyring_that_waits_for_somebody_does_not_hold_a_run(tmp_path: Path, logins: Path) -> None:
    released = threading.Event()

    class Waiting(Memory):
        def get_password(self, service: str, user: str) -> str | None:
            released.wait(30)
            return None

    found, said = chain(tmp_path, logins, Waiting())
    began = time.monotonic()

    assert header(found.find(HUB)) == header(found.renew(HUB)) == "of-the-token-file"

    assert time.monotonic() - began < 10
    assert len(said) == 1
    assert "did not answer within" in said[0]
    released.set()


def test_token_that_was_renewed_is_found(tmp_path: Path, logins: Path) -> None:
    found, _ = chain(tmp_path, logins, Memory())
    assert header(found.find(HUB)) == "of-the-token-file"
    (tmp_path / "token").write_text("another")

    assert header(found.find(HUB)) == "of-the-token-file"
    assert header(found.renew(HUB)) == header(found.find(HUB)) == "another"


@pytest.mark.parametrize(
    ("backend", "why"),
    [
        (FailKeyring, "there is none"),
        (NullKeyring, "switched off"),
        (keyrings.alt.file.PlaintextKeyring, "plain text"),
        (lambda: Several(keyrings.alt.file.PlaintextKeyring()), "plain text"),
    ],
)
def test_keyring_that_keeps_nothing_or_in_plain_text_is_refused(backend: Callable[[], Any], why: str) -> None:
    vault = Vault(5, backend)

    for use in (vault.name, lambda: vault.put(HUB, "canary-token"), lambda: vault.find(HUB), lambda: vault.remove(HUB)):
        with pytest.raises(NoKeyringError, match=why) as raised:
            use()
        assert raised.value.exit_status == 12
        assert all(way in raised.value.hint for way in ("WANSYNC_TOKEN_", "HF_TOKEN_PATH", "wansync[keyring]"))


def test_safe_keyring_beside_one_of_plain_text_is_taken() -> None:
    memory = Memory()
    vault = Vault(5, lambda: Several(keyrings.alt.file.PlaintextKeyring(), memory))

    vault.put(HUB, "canary-token")

    assert list(memory.kept.values()) == ["canary-token"]
    assert header(vault.find(HUB)) == "canary-token"
    assert (vault.remove(HUB), vault.remove(HUB)) == (True, False)


def test_keyring_that_forgets_is_no_keyring() -> None:
    class Forgetful(Memory):
        def set_password(self, service: str, user: str, password: str) -> None:
            pass

    with pytest.raises(NoKeyringError, match="does not keep"):
        Vault(5, Forgetful).put(HUB, "canary-token")


def test_words_of_a_keyring_that_fails_are_not_shown() -> None:
    class Broken(Memory):
        def get_password(self, service: str, user: str) -> str | None:
            raise RuntimeError("canary in the message")

    with pytest.raises(NoKeyringError, match=r"it failed \(RuntimeError\)") as raised:
        Vault(5, Broken).find(HUB)

    assert (raised.value.__cause__, raised.value.__context__) == (None, None)


@pytest.mark.parametrize("text", ["", "[]", '{"origins": 3}', "\x00", '{"origins": ["https://a/b"]}'])
def test_damaged_list_of_logins_is_an_empty_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "logins.json"
    path.write_text(text)

    assert read_logins(path) == read_logins(None) == ()


def test_list_of_logins_has_names_alone() -> None:
    assert json.loads(logins_document([MODELS, HUB, HUB])) == {
        "format_version": "1.0",
        "origins": ["https://huggingface.co", "https://models.example.com"],
    }


def test_keyring_that_was_silent_is_asked_nothing_more() -> None:
    """Else whoever asks about many origins waits for each, and leaves as many threads behind."""
    asked: list[str] = []
    done = threading.Event()

    class Silent(Memory):
        def get_password(self, service: str, user: str) -> str | None:
            asked.append(service)
            done.wait()
            return super().get_password(service, user)

    vault = Vault(0.05, Silent)
    try:
        for web in (HUB, MODELS):
            with pytest.raises(NoKeyringError, match="did not answer within"):
                vault.find(web)
    finally:
        done.set()

    assert asked == ["wansync https://huggingface.co"]

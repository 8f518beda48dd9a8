"""Guards and shared fixtures. A test that reaches the real home, a real cache or the network raises."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Read once, when the client is imported: the tests' process must not find its user's token.
os.environ["HF_HOME"] = str(Path(tempfile.gettempdir()) / "no-hf-home-for-tests")
import huggingface_hub.constants  # noqa: F401

from tests.support.hub import Hub
from tests.support.program import json_is_checked
from tests.support.project import ProjectBuilder
from tests.support.seaweed import Seaweed, make_certificates

if TYPE_CHECKING:
    from collections.abc import Iterator

REAL_HOME = Path("~").expanduser()
REPOSITORY = Path(__file__).resolve().parents[1]
_PRIVATE = (".local/share/wansync", ".cache/huggingface", ".cache/wansync", ".aws", ".netrc")
_GUARDED = [REAL_HOME / name for name in _PRIVATE]
_LOOPBACK = ("127.", "::1", "localhost")
_VARIABLES = ("CI", "MODELS_ROOT", "WAN_MODELS_MANIFEST", "NO_COLOR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class GuardError(BaseException):
    """A test touched what no test may touch. Not an `Exception`, so that no code under test can swallow it."""


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = str(arguments[1][0])
        if not host.startswith(_LOOPBACK):
            raise GuardError(f"network access to {host}")
    elif event in {"open", "os.mkdir"} and isinstance(arguments[0], str | bytes | os.PathLike):
        path = Path(os.fsdecode(arguments[0]))
        if any(path.is_relative_to(guarded) for guarded in _GUARDED):
            raise GuardError(f"access to {path}")
    elif event in {"subprocess.Popen", "os.exec", "os.posix_spawn"} and not json_is_checked():
        command = arguments[1] if isinstance(arguments[1], list | tuple) else [arguments[1]]
        words = [os.fsdecode(word) for word in command if isinstance(word, str | bytes | os.PathLike)]
        if any("wansync" in word for word in words) and any("--json" in word for word in words):
            raise GuardError("`wansync --json` outside of tests/support/program.py, which checks the document")


sys.addaudithook(_audit)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--olah", metavar="PROGRAM", help="also run the contract of sources against olah: `make interop`")


@pytest.fixture(autouse=True)
def guarded_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Make the home a place where nothing can be written, and forget the user's variables."""
    for name in list(os.environ):
        own = name.startswith(("WANSYNC_", "XDG_", "AWS_", "HF_", "SSL_CERT_"))
        if own or name in _VARIABLES or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    home = tmp_path / "home-is-a-file"
    home.write_text("whoever wants a directory here forgot to choose one\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "no-system-settings"))
    # What other tests called a secret is none here.
    monkeypatch.setattr("wansync.redaction._known", set())
    # The discard port: nothing answers there. `HF_HUB_OFFLINE` would stop the client from asking the test hub.
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    # The reserve of a nearly full test machine must not decide about a test.
    monkeypatch.setenv("WANSYNC_MIN_FREE", "0")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProjectBuilder:
    """A project with two models that share a text encoder, an own store, and the working directory in it."""
    builder = ProjectBuilder(tmp_path / "app", tmp_path / "models-root")
    builder.write()
    builder.enter(monkeypatch)
    return builder


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A hub of one's own, to which `HF_ENDPOINT` leads; `HF_HOME` is a directory that does not exist yet."""
    with Hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf-home"))
        yield hub


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    """A server of S3, with and without TLS, started by the first test that asks for it."""
    root = tmp_path_factory.mktemp("seaweed")
    with Seaweed(root, make_certificates(root)) as server:
        yield server


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the repository's models, with a store of its own."""
    copy = tmp_path / "repository"
    for name in ("examples/tiny-wan", "examples/wan22/listings"):
        shutil.copytree(REPOSITORY / name, copy / name)
    for name in ("models.toml", "models.lock"):
        shutil.copy(REPOSITORY / name, copy)
    monkeypatch.setenv("MODELS_ROOT", str(tmp_path / "models-root"))
    monkeypatch.chdir(copy)
    return copy

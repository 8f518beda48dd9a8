"""Who asks the test hub: the unmodified huggingface_hub in a child process, and plain HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUIET = {
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}
_PROLOGUE = """
import json
from huggingface_hub import *
api = HfApi()
def kind(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__
"""


def python_client(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh process in which `HfApi` is the variable `api`, and `kind(call)` names what a call raises."""
    return _run([sys.executable, "-c", _PROLOGUE + code], variables)


def value(expression: str, **variables: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return the value of an expression in such a process."""
    ran = python_client(f"print(json.dumps({expression}))", **variables)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def download(name: str, path: str, **variables: str) -> bytes:
    """Return the file that such a process downloads."""
    return Path(value(f"hf_hub_download('{name}', '{path}')", **variables)).read_bytes()


def command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the `hf` command."""
    return _run([sys.executable, "-m", "huggingface_hub.cli.hf", *arguments], variables)


def _run(arguments: list[str], variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **_QUIET, **variables}
    return subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)


@dataclass(frozen=True)
class Reply:
    """An answer to a request that was sent without any library that repairs or retries."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401
        """Return the body as the value that it holds."""
        return json.loads(self.body)


def ask(url: str, method: str = "GET", **headers: str) -> Reply:
    """Send one request over a connection of its own. Redirects are not followed; header names are in lower case.

    Raises:
        http.client.IncompleteRead: the body ended too early.
        ConnectionError: the connection was reset.
    """
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, headers=headers)
        response = connection.getresponse()
        named = {name.lower(): text for name, text in response.getheaders()}
        return Reply(response.status, named, response.read())
    finally:
        connection.close()

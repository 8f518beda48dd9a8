"""olah, a caching proxy of other people, in front of a test hub: a second implementation of the Hub's protocol.

What it makes of the hub's answers is its own: headers, errors, ranges, pages. Started by the option `--olah`.
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.contract.source_cases import HubCase
from tests.support.hub import Faults, Hub

if TYPE_CHECKING:
    from collections.abc import Iterator

CANNOT = {
    "test_list_of_a_source_that_is_gone_raises_not_found": (
        "olah refuses whoever asks for a repository that is gone (401), also with a token that the Hub answers 404"
    ),
}
"""The tests that olah 0.5.4 cannot pass, and why."""

_RUNNING = re.compile(r"running on (http://127\.0\.0\.1:\d+)")
_START_SECONDS, _STOP_SECONDS = 60, 30


@dataclass(frozen=True, slots=True)
class Olah:
    """A running olah. It caches for as long as it lives, so every case has a repository of its own."""

    url: str
    hub: Hub
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def case(self) -> HubCase:
        """Return a source behind olah; the hub does nothing wrong."""
        self.hub.faults = Faults()
        return HubCase(self.hub, name=f"test/place-{next(self._numbers)}", endpoint=self.url)


@contextmanager
def running_olah(program: str, folder: Path) -> Iterator[Olah]:
    """Run olah in front of a new hub; its cache and its logs are in the folder.

    Raises:
        AssertionError: it does not start.
    """
    with Hub() as hub:
        arguments = [
            *(str(Path(program).absolute()), "--host", "127.0.0.1", "--port", "0", "--metadata-cache-ttl", "0"),
            *("--hf-scheme", "http", "--hf-netloc", urlsplit(hub.url).netloc),
            *("--hf-lfs-netloc", urlsplit(hub.cdn_url).netloc),
            *("--repos-path", str(folder / "repos"), "--log-path", str(folder / "logs")),
        ]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        output = folder / "output.txt"
        with output.open("wb") as stream:
            process = subprocess.Popen(arguments, cwd=folder, env=environment, stdout=stream, stderr=stream)
        try:
            yield Olah(_address(process, output), hub)
        finally:
            _stop(process)


def _address(process: subprocess.Popen[bytes], output: Path) -> str:
    """Return where olah listens, as it says itself: asked for port 0, it takes one that is free."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if match := _RUNNING.search(output.read_text(errors="replace")):
            return match[1]
        time.sleep(0.05)
    raise AssertionError(f"olah does not start:\n{output.read_text(errors='replace')}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise

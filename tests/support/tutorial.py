"""docs/tutorial.md as a session: its files are written, its commands run, and what they print is put below them."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

from tests.conftest import REPOSITORY
from tests.support.program import SCRIPTS

TUTORIAL = REPOSITORY / "docs" / "tutorial.md"
_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<body>.*?)^```\n", re.MULTILINE | re.DOTALL)
_PROJECT = "/home/ada/video"
_STORE = "/srv/models"
_IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    # A fixed time: the ids of commits follow from it.
    for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"), ("DATE", "2026-01-05T09:30:00Z"))
}
_VARIES = (
    (re.compile(r"^(store: \S+) \(.*\)$", re.MULTILINE), r"\1 (ext4, 412.0 GiB free, reserve 27.9 GiB)"),
    # The plan names a way of linking that was chosen; the reader has chosen none.
    (re.compile(r" by hardlink\b"), ""),
    # Joined again where the words above made the line too long.
    (re.compile(r",\s+after: [\d.]+ \w+ free"), ", after: 412.0 GiB free"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b"), "2026-01-05 09:30"),
)
"""The room on a disk, the time of day and the way of linking; all else in an output is the same on every machine."""


def tutorial_page(page: str | None = None) -> str:
    """Return the page, else docs/tutorial.md, with what its commands print now in place of what it shows."""
    page = TUTORIAL.read_text(encoding="utf-8") if page is None else page
    with tempfile.TemporaryDirectory() as folder:
        session = _Session(Path(folder).resolve())
        return _BLOCK.sub(lambda found: session.block(found["language"], found["body"]), page)


class _Session:
    """A shell of somebody new: an empty home, an empty store, and nothing of whoever writes the page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "video"
        self.store = folder / "models"
        self.environment = {
            **_IDENTITY,
            "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(REPOSITORY),
            "HOME": str(folder),
            "MODELS_ROOT": str(self.store),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "HF_ENDPOINT": "http://127.0.0.1:9",
            "COLUMNS": "100",
            "LC_ALL": "C.UTF-8",
            # What a damaged file of a view means depends on this, and the default on the filesystem.
            "WANSYNC_LINK_MODE": "hardlink",
            "WANSYNC_MIN_FREE": "0",
        }

    def block(self, language: str, body: str) -> str:
        """Do what a block asks for, and return it with the outputs of now."""
        if language == "console":
            body = "".join(map(self._command, re.findall(r"^\$ (.*)$", body, re.MULTILINE)))
        else:
            name = body.splitlines()[0].removeprefix("# ")
            (self.project / name).write_text(body, encoding="utf-8")
        return f"```{language}\n{body}```\n"

    def _command(self, command: str) -> str:
        real = self._here(command)
        folder = self.project if self.project.exists() else self.folder
        ran = subprocess.run(
            ["bash", "-c", real],
            cwd=folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return f"$ {command}\n{self._neutral(ran.stdout)}"

    def _here(self, command: str) -> str:
        return command.replace(_PROJECT, str(self.project)).replace(_STORE, str(self.store))

    def _neutral(self, output: str) -> str:
        output = output.replace(str(self.project), _PROJECT).replace(str(self.store), _STORE)
        for pattern, value in _VARIES:
            output = pattern.sub(value, output)
        return output

"""Where a benchmark of transfers keeps everything: one folder, so that all read and write the same disk."""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


_MANY = 500


@dataclass(frozen=True, slots=True)
class Place:
    """The folder, and what is below it."""

    folder: Path

    @property
    def served(self) -> Path:
        """What the server serves."""
        return self.folder / "served"

    @property
    def out(self) -> Path:
        """Where peers put files; gone before each run."""
        return self.folder / "out"

    @property
    def store(self) -> Path:
        """Our store; gone before each run."""
        return self.folder / "store"

    def project(self, repository: str) -> Path:
        """Return the directory of the project that locks a repository."""
        return self.folder / "projects" / repository

    def clear(self) -> None:
        """Remove what a run has left, and let the disk come to rest, so that nobody pays for another's writes."""
        for folder in (self.out, self.store, self.folder / "home"):
            self._remove(folder)
        self.out.mkdir(parents=True)
        (self.folder / "home").mkdir()
        os.sync()

    def _remove(self, folder: Path) -> None:
        """Remove what a run has left; many files are only put aside, and go with the whole place.

        For minutes ext4 looks at each inode that was removed before it gives one out, so that whoever is next to make
        files would pay for those of the one before: a file took 0.7 ms instead of 0.1.
        """
        if sum(1 for _ in folder.rglob("*")) < _MANY:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            aside = self.folder / "aside"
            aside.mkdir(exist_ok=True)
            folder.rename(aside / secrets.token_hex(8))

    def environment(self, endpoint: str, authority: Path) -> dict[str, str]:
        """Return the variables of every program: this server, this folder, and nothing of the user's.

        Without PYTHONDONTWRITEBYTECODE and the like too: nobody runs a program that is compiled each time.

        Args:
            endpoint: the URL of the server.
            authority: the file of the certificate that the server's is signed with.
        """
        home = str(self.folder / "home")
        bundles = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE")
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": home,
            "LC_ALL": "C.UTF-8",
            "NO_PROXY": "127.0.0.1",
            "MODELS_ROOT": str(self.store),
            "WANSYNC_MIN_FREE": "0",
            "HF_ENDPOINT": endpoint,
            "HF_HOME": f"{home}/hf",
            "HF_HUB_CACHE": str(self.out / "hub"),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": "us-east-1",
            **dict.fromkeys(bundles, str(authority)),
        }

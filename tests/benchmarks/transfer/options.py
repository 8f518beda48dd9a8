"""What the commands of these benchmarks share: options, the folder they work in, and how they print."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.transfer.place import Place
from wansync.errors import WansyncError
from wansync.settings.parse import parse_size

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDERS = "/var/tmp"  # noqa: S108 - `mkdtemp` makes a folder of one's own in it
"""Not `/tmp`, which is memory on many machines."""


def read_size(text: str) -> int:
    """Return the bytes of a size as the program itself reads it, such as `64MiB`.

    Raises:
        ArgumentTypeError: it is none.
    """
    try:
        return parse_size(text)
    except WansyncError as error:
        raise argparse.ArgumentTypeError(error.reason) from error


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command has."""
    parser.add_argument("--folder", help=f"on the disk that is to be measured; else one below {_FOLDERS}")
    parser.add_argument("--keep", action="store_true", help="leave the folder, and with it the files that are served")
    parser.add_argument("--json", metavar="FILE", help="also write every run to a file")


@contextmanager
def opened(chosen: argparse.Namespace) -> Iterator[Place]:
    """Yield the place that the options choose; it is removed afterwards unless they say otherwise."""
    folder = Path(chosen.folder or tempfile.mkdtemp(prefix="wansync-transfer-", dir=_FOLDERS)).resolve()
    place = Place(folder)
    place.served.mkdir(parents=True, exist_ok=True)
    try:
        yield place
    finally:
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)


def machine() -> dict[str, object]:
    """Return what a reader must know of the machine."""
    return {
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
    }


def say(text: str) -> None:
    """Print to whoever reads the tables."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Print to whoever waits for them."""
    sys.stderr.write(text + "\n")

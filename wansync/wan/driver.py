"""What the program of NVIDIA's driver says, which takes no memory of a device to answer."""

from __future__ import annotations

import subprocess

from wansync.text import printable

_SECONDS = 20.0


def driver_version() -> str | None:
    """Return the version of the driver; `None` where there is none."""
    return printable(_ask("driver_version"), limit=40) or None


def free_bytes(uuid: str) -> int | None:
    """Return how many bytes of a device are free, by torch's UUID of it; `None` where the driver does not tell."""
    try:
        return int(_ask("memory.free", f"--id=GPU-{uuid}")) << 20
    except ValueError:
        return None


def _ask(query: str, *options: str) -> str:
    """Return what it answers of the first device, in MiB where it is a size; nothing where it does not answer."""
    command = ("nvidia-smi", *options, f"--query-gpu={query}", "--format=csv,noheader,nounits")
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=True)  # noqa: S603
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""
    return ran.stdout.partition("\n")[0].strip()

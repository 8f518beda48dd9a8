"""What this host lets a campaign do, and why not."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.faults.children import REQUIRED, STRACE
from tests.torture.disk import PowerCutDisk

if TYPE_CHECKING:
    from collections.abc import Callable


def lacks_strace() -> str | None:
    """Return why no system call can be made to fail here; `None` when it can."""
    return None if STRACE else "strace is not installed"


@functools.cache
def lacks_power_cuts() -> str | None:
    """Return why no power can be cut here; `None` when it can. It is tried, once."""
    if sys.platform != "linux":
        return "only Linux can drop what a mounted file system has not written"
    if missing := [name for name in ("mkfs.ext4", "mount", "umount") if not shutil.which(name)]:
        return f"not installed: {', '.join(missing)}"
    try:
        with PowerCutDisk() as disk:
            disk.cut_power()
            disk.switch_on()
    except (OSError, subprocess.CalledProcessError) as error:
        return f"an ext4 image cannot be mounted and cut here, which needs root and loop devices: {error}"
    return None


_LACKS: dict[str, Callable[[], str | None]] = {"strace": lacks_strace, "powercut": lacks_power_cuts}


def require(name: str) -> None:
    """Skip a test that this host cannot run; where `WANSYNC_TESTS_REQUIRE` names it, that is a failure.

    Args:
        name: `strace` or `powercut`.
    """
    if reason := _LACKS[name]():
        if name in REQUIRED:
            pytest.fail(f"{reason}, and it is required here")
        pytest.skip(reason)

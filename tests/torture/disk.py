"""A real ext4 in an image file, whose power can be cut.

ext4 has an ioctl for its own tests that drops at once what has not reached the disk; from then on every call fails
with EIO. Mounted again, it replays its journal and shows what survived. What reached the image counts as durable: a
disk that reorders, tears sectors or lies about a flush is not modelled here.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

_SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN, fs/ext4/ext4.h: _IOR('X', 125, __u32)
_NO_LOG_FLUSH = 2  # EXT4_GOING_FLAGS_NOLOGFLUSH: the journal in memory is lost too
_SIZE = 48 * 2**20
_PATIENCE = 30.0


class PowerCutDisk:
    """A mounted file system of 48 MiB; a context manager.

    Attributes:
        path: where it is mounted.

    Raises:
        OSError, subprocess.CalledProcessError: this host cannot.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="wansync-power-cut-"))
        self._image = self._folder / "image"
        self.path = self._folder / "disk"
        self._mounted = False

    def __enter__(self) -> Self:
        try:
            self.path.mkdir()
            with self._image.open("wb") as image:
                image.truncate(_SIZE)
            _run("mkfs.ext4", "-q", "-F", "-m", "0", str(self._image))
            self.switch_on()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._mounted:
            self.switch_off()
        shutil.rmtree(self._folder)

    def make_durable(self) -> None:
        """Write all that is on the disk now, as time would."""
        os.sync()

    def cut_power(self) -> None:
        """Drop what is not durable; every call on this disk fails from now on."""
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, _SHUTDOWN, struct.pack("I", _NO_LOG_FLUSH))
        finally:
            os.close(descriptor)

    def switch_off(self) -> None:
        """Unmount it, once no process has a file open there.

        Raises:
            OSError: one still has after half a minute.
        """
        deadline = time.monotonic() + _PATIENCE
        while subprocess.run(["umount", self.path], check=False, capture_output=True).returncode:
            if time.monotonic() > deadline:
                raise OSError(f"{self.path} is still in use")
            time.sleep(0.05)
        self._mounted = False

    def switch_on(self) -> None:
        """Mount it, after `cut_power` too: the journal is replayed."""
        if self._mounted:
            self.switch_off()
        # ext4 writes its journal every 5 s by itself; a cut must not depend on when it came.
        _run("mount", "-t", "ext4", "-o", "loop,commit=300", str(self._image), str(self.path))
        self._mounted = True


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)

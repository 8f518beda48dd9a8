"""hf_transfer at work on one file, in a process of its own that can be ended."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from wansync.events import FetchProgress
from wansync.value_types import value_type

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.plan import StageItem
    from wansync.sources.body import Located
    from wansync.transfer.means import Means

LIBRARY = "hf_transfer"
_CHUNK = 10 * 2**20
"""Bytes that each connection has in memory: what huggingface_hub used."""
_RETRIES = 5
_STALL_SECONDS = 60.0
"""After so long without a chunk the child is ended, and no other begun in this run: the line is too slow for chunks."""
_ALARM_SECONDS = 90
"""After so long without one it ends by itself: whoever should have ended it was killed."""
_LOOK_SECONDS = 0.1
# The address comes by stdin: arguments and variables of a process are for others to read. It ends with its parent.
_CHILD = f"""
import json, os, signal, sys
import {LIBRARY}
job, parent = json.load(sys.stdin), os.getppid()
# The system ends it, since the library lets no code of ours run while no chunk comes.
alarm = getattr(signal, "alarm", lambda seconds: None)
alarm(job["alarm"])
try:
    # The library takes as much as the server says that there is.
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (job["size"], job["size"]))
except ImportError:
    pass
def tell(count):
    if os.getppid() != parent:
        os._exit(1)
    alarm(job["alarm"])
    os.write(1, b"%d\\n" % count)
{LIBRARY}.download(job["url"], job["path"], job["files"], job["chunk"], job["failures"], job["retries"],
                   job["headers"], tell)
"""


@value_type
class Job:
    """Where the library puts a file, and over how many connections it comes."""

    path: Path
    files: int

    def to_json(self, located: Located, size: int) -> bytes:
        """Return what the child is told: with secrets, so for its eyes only."""
        told = {
            "url": located.address.reveal,
            "headers": located.headers,
            "path": os.fspath(self.path),
            "size": size,
            "files": self.files,
            "chunk": _CHUNK,
            # The library takes neither as many as connections, if there are several, nor retries without any.
            "failures": max(1, self.files - 1),
            "retries": _RETRIES,
            "alarm": _ALARM_SECONDS,
        }
        return json.dumps(told).encode()


class Child:
    """One process.

    Attributes:
        received: bytes that have come.
        stalled: whether it was ended since none came for too long.
    """

    def __init__(self, item: StageItem, means: Means) -> None:
        self._item = item
        self._means = means
        self.received = 0
        self.stalled = False

    def run(self, job: bytes) -> bool:
        """Return whether the library says that the file is there.

        Raises:
            StopRequested: the run stops.
        """
        # -P: nothing of the working directory may be taken for the library.
        command = [sys.executable, "-P", "-c", _CHILD]
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        try:
            started = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere)  # noqa: S603 (our own)
        except OSError:
            # The system gives no more processes; the built-in engine needs none.
            return False
        with started as child:
            try:
                assert child.stdin  # noqa: S101 (a pipe)
                child.stdin.write(job)
                child.stdin.close()
                return self._follow(child)
            except BrokenPipeError:
                return False
            finally:
                child.kill()

    def _follow(self, child: subprocess.Popen[bytes]) -> bool:
        """Tell of the chunks until the child ends; return whether it ended well."""
        counts: list[int] = []
        reader = threading.Thread(target=_read_counts, args=(child, counts), daemon=True)
        reader.start()
        since = time.monotonic()
        while child.poll() is None:
            self._means.stop.sleep(_LOOK_SECONDS)
            if self._tell(sum(counts)):
                since = time.monotonic()
            if self.received > self._item.size:
                return False
            if time.monotonic() - since > _STALL_SECONDS:
                self.stalled = True
                return False
        reader.join()
        # The library says one byte less of each chunk than there is.
        self._tell(self._item.size if child.returncode == 0 else sum(counts))
        return child.returncode == 0

    def _tell(self, received: int) -> bool:
        """Count what has come, and return whether that is more than before."""
        more = received - self.received
        self.received = received
        if more:
            self._means.gauge.add(more)
            digest, path = str(self._item.digest), str(self._item.path)
            done = min(received, self._item.size)
            self._means.events.emit(FetchProgress(digest=digest, path=path, done=done, size=self._item.size))
        return bool(more)


def _read_counts(child: subprocess.Popen[bytes], counts: list[int]) -> None:
    with contextlib.suppress(OSError, ValueError):
        for line in child.stdout or ():
            counts.append(int(line))  # noqa: PERF401 (others read it meanwhile)

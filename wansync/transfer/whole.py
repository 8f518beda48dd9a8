"""Whole files by hf_transfer, for whoever asks for it: a child process downloads, then the file is taken in.

hf_transfer holds the interpreter's lock while it works, cannot be stopped and removes its file on any error; in a
process of its own that harms nobody. What it wrote is a file like any other on disk: hashed, and published only when it
is right. Not responsible for what it cannot do: then the built-in engine goes on.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

from wansync.errors import WansyncError
from wansync.events import BlobPublished, FetchEnded, FetchProgress, FetchStarted, HashMeter, TransportSkipped
from wansync.manifest import Scheme
from wansync.store.processes import writer_name
from wansync.transfer.connections import PER_HOST

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wansync.manifest import SourceRef
    from wansync.plan import Origin, StageItem
    from wansync.sources import Source
    from wansync.store import Store
    from wansync.transfer.means import Means

LIBRARY = "hf_transfer"
_CHUNK = 10 * 2**20
"""Bytes that each connection has in memory: what huggingface_hub used."""
_RETRIES = 5
_STALL_SECONDS = 60.0
"""After so long without a chunk the child is ended."""
_LOOK_SECONDS = 0.1
# The address comes by stdin: arguments and variables of a process are for others to read. It ends with its parent.
_CHILD = f"""
import json, os, sys
import {LIBRARY}
job, parent = json.load(sys.stdin), os.getppid()
try:
    # The library takes as much as the server says that there is.
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (job["size"], job["size"]))
except ImportError:
    pass
def tell(count):
    if os.getppid() != parent:
        os._exit(1)
    os.write(1, b"%d\\n" % count)
{LIBRARY}.download(job["url"], job["path"], job["files"], job["chunk"], job["failures"], job["retries"],
                   job["headers"], tell)
"""


class Whole:
    """The files of a run that come whole.

    Args:
        store: where they go.
        open_source: returns the source behind a reference.
        means: what all requests of the run share.
    """

    def __init__(self, store: Store, open_source: Callable[[SourceRef], Source], means: Means) -> None:
        self._store = store
        self._open_source = open_source
        self._means = means
        self._told: set[str] = set()
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def fetch(self, item: StageItem) -> int | None:
        """Make a blob present; the caller holds its lock.

        Returns:
            The bytes that were fetched, or `None` where the built-in engine has to do it.

        Raises:
            StopRequested: the run stops.
            OSError: the store's file system fails.
        """
        # Where a mirror is asked before the Hub, the bytes are to come from there.
        origin = next(iter(self._means.places.of(item)), None)
        if origin is None or origin.source.scheme is not Scheme.HUB or self._declines():
            return None
        path = self._store.layout.whole(item.digest, writer_name())
        digest, name = str(item.digest), str(item.path)
        try:
            self._means.events.emit(FetchStarted(digest=digest, path=name, size=item.size, offset=0))
            # One at a time: each has all the connections that one host may see.
            with self._turn, self._means.gauge.measure():
                self._means.stop.check()
                if not self._download(item, origin, path):
                    self._say(f"{LIBRARY} could not fetch {item.path}; the built-in engine does")
                    return None
            meter = HashMeter(self._means.events, digest=digest, path=name, size=item.size)
            mode = self._store.adoption(item.digest, item.size, path).take(self._until_stopped(meter))
            meter.finish(intact=mode is not None)
            source, right = str(origin.source), mode is not None
            self._means.events.emit(
                FetchEnded(digest=digest, path=name, source=source, received=item.size, published=right)
            )
        finally:
            self._store.fs.remove(path)
        if mode is None:
            self._say(f"{LIBRARY} fetched wrong bytes of {item.path}; the built-in engine fetches it again")
            return None
        self._means.events.emit(BlobPublished(digest=digest, path=name, size=item.size))
        return item.size

    def _declines(self) -> bool:
        """Return whether no file of this run comes this way, after saying once why."""
        if self._means.limiter.limits:
            self._say(f"{LIBRARY} knows no limit of the rate: files come by the built-in engine")
            return True
        if find_spec(LIBRARY) is None:
            self._say(f"{LIBRARY} is not installed (`wansync[hf-transfer]`): files come by the built-in engine")
            return True
        return False

    def _download(self, item: StageItem, origin: Origin, path: Path) -> bool:
        """Return whether the child says that the file is there."""
        try:
            located = self._open_source(origin.source).located(origin.file)
        except WansyncError:
            # The built-in engine meets it too, and knows what follows from it.
            return False
        if located is None:
            return False
        files = min(self._means.jobs, PER_HOST)
        job = {
            "url": located.address.reveal,
            "headers": located.headers,
            "path": os.fspath(path),
            "size": item.size,
            "files": files,
            "chunk": _CHUNK,
            "failures": files - 1,
            "retries": _RETRIES,
        }
        # -P: nothing of the working directory may be taken for the library.
        command = [sys.executable, "-P", "-c", _CHILD]
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere) as child:  # noqa: S603 (our own)
            try:
                assert child.stdin  # noqa: S101 (a pipe)
                child.stdin.write(json.dumps(job).encode())
                child.stdin.close()
                return self._follow(item, child)
            except BrokenPipeError:
                return False
            finally:
                child.kill()

    def _follow(self, item: StageItem, child: subprocess.Popen[bytes]) -> bool:
        """Tell of the chunks until the child ends; return whether it ended well."""
        counts: list[int] = []
        reader = threading.Thread(target=_read_counts, args=(child, counts), daemon=True)
        reader.start()
        told, since = 0, time.monotonic()
        while child.poll() is None:
            self._means.stop.sleep(_LOOK_SECONDS)
            if len(counts) > told:
                told, since = len(counts), time.monotonic()
                if sum(counts) > item.size:
                    return False
                done = sum(counts)
                self._means.events.emit(
                    FetchProgress(digest=str(item.digest), path=str(item.path), done=done, size=item.size)
                )
            elif time.monotonic() - since > _STALL_SECONDS:
                return False
        reader.join()
        return child.returncode == 0

    def _until_stopped(self, meter: HashMeter) -> Callable[[int], None]:
        def advance(count: int) -> None:
            self._means.stop.check()
            meter.advance(count)

        return advance

    def _say(self, sentence: str) -> None:
        with self._lock:
            if sentence in self._told:
                return
            self._told.add(sentence)
        self._means.events.emit(TransportSkipped(message=sentence))


def _read_counts(child: subprocess.Popen[bytes], counts: list[int]) -> None:
    with contextlib.suppress(OSError, ValueError):
        for line in child.stdout or ():
            counts.append(int(line))  # noqa: PERF401 (others read it meanwhile)

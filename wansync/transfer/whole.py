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
from wansync.sources.origins import origin as web_origin
from wansync.store.processes import writer_name
from wansync.transfer.connections import PER_HOST
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wansync.manifest import SourceRef
    from wansync.plan import Origin, StageItem
    from wansync.sources import Source
    from wansync.sources.body import Located
    from wansync.store import Store
    from wansync.transfer.connections import Connections
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


class Whole:
    """The files of a run that come whole.

    Args:
        store: where they go.
        open_source: returns the source behind a reference.
        connections: whose number those of the library count in.
        means: what all requests of the run share.
    """

    def __init__(
        self, store: Store, open_source: Callable[[SourceRef], Source], connections: Connections, means: Means
    ) -> None:
        self._store = store
        self._open_source = open_source
        self._connections = connections
        self._means = means
        self._told: set[str] = set()
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._stalled = False

    def fetch(self, item: StageItem) -> tuple[bool, int]:
        """Make a blob present; the caller holds its lock.

        Returns:
            Whether it is there now, else the built-in engine has to bring it; and the bytes that were fetched.

        Raises:
            StopRequested: the run stops.
            OSError: the store's file system fails.
        """
        # Where a mirror is asked before the Hub, the bytes are to come from there.
        origin = next(iter(self._means.places.of(item)), None)
        if origin is None or origin.source.scheme is not Scheme.HUB or self._declines():
            return False, 0
        path = self._store.layout.whole(item.digest, writer_name())
        child = _Child(item, self._means)
        right = False
        self._means.events.emit(FetchStarted(digest=str(item.digest), path=str(item.path), size=item.size, offset=0))
        try:
            right = self._bring(item, origin, path, child) and self._take_in(item, path)
        finally:
            self._store.fs.remove(path)
            self._tell_ended(item, origin, child.received, published=right)
        return right, child.received

    def _declines(self) -> bool:
        """Return whether no file of this run comes this way, after saying once why."""
        if self._means.limiter.limits:
            self._say(f"{LIBRARY} knows no limit of the rate: files come by the built-in engine")
            return True
        if find_spec(LIBRARY) is None:
            self._say(f"{LIBRARY} is not installed (`wansync[hf-transfer]`): files come by the built-in engine")
            return True
        return self._stalled

    def _bring(self, item: StageItem, origin: Origin, path: Path, child: _Child) -> bool:
        """Return whether the library says that the file is there, after saying why not."""
        files = min(self._means.jobs, PER_HOST)
        # One file at a time: each has all the connections that one host may see.
        with self._turn:
            self._means.stop.check()
            if self._stalled:
                return False
            came = self._download(item, origin, _Job(path=path, files=files), child)
            self._stalled = child.stalled
        if child.stalled:
            self._say(f"{LIBRARY} brought nothing for {_STALL_SECONDS:.0f} seconds; the built-in engine does the rest")
        elif not came:
            self._say(f"{LIBRARY} could not fetch {item.path}; the built-in engine does")
        return came

    def _download(self, item: StageItem, origin: Origin, job: _Job, child: _Child) -> bool:
        source = self._open_source(origin.source)
        try:
            with self._connections.permit(source.host):
                located = source.located(origin.file)
        except WansyncError:
            # The built-in engine meets it too, and knows what follows from it.
            return False
        if located is None:
            return False
        _, host, port = web_origin(located.address.reveal)
        with contextlib.ExitStack() as held:
            for _ in range(job.files):
                held.enter_context(self._connections.permit(f"{host}:{port}"))
            with self._means.gauge.measure():
                return child.run(job.to_json(located, item.size))

    def _take_in(self, item: StageItem, path: Path) -> bool:
        """Make the file that came the blob if it is right, and say so."""
        digest, name = str(item.digest), str(item.path)
        meter = HashMeter(self._means.events, digest=digest, path=name, size=item.size)
        mode = self._store.adoption(item.digest, item.size, path).take(self._until_stopped(meter))
        meter.finish(intact=mode is not None)
        if mode is None:
            self._say(f"{LIBRARY} fetched wrong bytes of {item.path}; the built-in engine fetches it again")
        return mode is not None

    def _tell_ended(self, item: StageItem, origin: Origin, received: int, *, published: bool) -> None:
        digest, path, source = str(item.digest), str(item.path), str(origin.source)
        self._means.events.emit(
            FetchEnded(digest=digest, path=path, source=source, received=received, published=published)
        )
        if published:
            self._means.events.emit(BlobPublished(digest=digest, path=path, size=item.size))

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


@value_type
class _Job:
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


class _Child:
    """The library at work on one file, in a process of its own.

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

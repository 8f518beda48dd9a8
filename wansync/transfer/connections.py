"""The connections of a run: threads that bring the bytes of large files, shared by all of them.

As many as make it faster (`width.py`), never more than asked for, nor than one server should see at once. They take
requests from the downloads in turn; small files, which need one request each, are counted with them.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from wansync.errors import RateLimitedError
from wansync.events import SourceWaiting
from wansync.transfer.buffers import DEFAULT_COUNT, Buffers
from wansync.transfer.durable import Durable
from wansync.transfer.receiving import Receiving
from wansync.transfer.stake import Stake
from wansync.transfer.width import Width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.errors import WansyncError
    from wansync.transfer.download import Download, Job
    from wansync.transfer.means import Means

PER_HOST = 8
"""As the Hub's own client; browsers keep to six."""
_AT_FIRST = 3
"""As many as large files come at once: each brings one of them in its order, by long requests."""
_MEASURE_SECONDS = 1.0
_WAIT_SECONDS = 1.0


class Connections:
    """The threads, and whose turn it is.

    Args:
        means: what all requests of the run share.
    """

    def __init__(self, means: Means) -> None:
        self.turn = threading.Lock()
        self._means = means
        self._work = threading.Condition(self.turn)
        self._downloads: list[Download] = []
        self._hosts: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        self._large_was_last = False
        self._threads = 0
        self._width = Width(now=min(_AT_FIRST, means.jobs), most=means.jobs)
        self._measured = (time.monotonic(), 0)
        self.buffers = Buffers(self.turn, max(DEFAULT_COUNT, means.jobs * 2), self._reclaim)
        self.stake = Stake(self.turn, means.stop)
        self._durable = Durable(self._downloads, self.turn, means.stop, self.stake)
        self._receiving = Receiving(means, self.turn, self.buffers, self._durable, self._work.notify_all)

    @contextlib.contextmanager
    def serving(self, download: Download) -> Iterator[None]:
        """Bring the bytes of a file while the block runs; afterwards nothing of it is on the way."""
        with self.stake.leave_room(), self._serving(download):
            yield

    @contextlib.contextmanager
    def _serving(self, download: Download) -> Iterator[None]:
        with self.turn:
            self._downloads.append(download)
        try:
            with self.turn:
                self._measured = (time.monotonic(), self._means.gauge.count)
                self._begin_threads()
                self._work.notify_all()
            with self._means.gauge.measure() if download.is_remote else contextlib.nullcontext():
                yield
        except Exception:
            raise
        except BaseException:
            # The run ends, perhaps in this very thread: also requests that still wait for an answer.
            self._means.stop.request()
            download.abort()
            raise
        finally:
            with self.turn:
                self._downloads.remove(download)
                download.close()
                # First of all: its own requests may wait for one of these.
                while (block := download.spare()) is not None:
                    self.buffers.give(block)
                while download.jobs or download.syncs:
                    download.changed.wait(_WAIT_SECONDS)
                    download.break_off()
                if not self._downloads:
                    # Those who wait for work or bytes have none left, and end now.
                    self._work.notify_all()
                    self._durable.wake()

    @contextlib.contextmanager
    def permit(self, host: str) -> Iterator[None]:
        """Hold a connection for one request outside of the threads, as soon as there is one."""
        with self.turn:
            self._wait_for_permit(host)
            self._hosts[host] += 1
            self._large_was_last = False
            # Large files that have let this one go first.
            self._work.notify_all()
        try:
            yield
        finally:
            with self.turn:
                self._hosts[host] -= 1
                self._work.notify_all()

    def wake(self) -> None:
        """Let all who wait look whether they should stop."""
        with self.turn:
            self._work.notify_all()
            self._durable.wake()
            self.stake.wake()
            self.buffers.wake()
            for download in self._downloads:
                download.changed.notify_all()

    def _wait_for_permit(self, host: str) -> None:
        self._waiting[host] += 1
        try:
            while not self._is_free(host):
                self._means.stop.check()
                self._work.wait(_WAIT_SECONDS)
        finally:
            self._waiting[host] -= 1

    def _is_turn_of_small(self) -> bool:
        """Return whether a small file waits, could begin, and a large one had the last free connection."""
        return self._large_was_last and any(count and self._is_free(host) for host, count in self._waiting.items())

    def _is_free(self, host: str) -> bool:
        return self._hosts.total() < self._means.jobs and self._hosts[host] < PER_HOST

    def _begin_threads(self) -> None:
        self._durable.begin()
        while self._threads < self._width.now:
            # Daemons: Ctrl-C must not wait for a server.
            thread = threading.Thread(target=self._serve, daemon=True)
            try:
                thread.start()
            except RuntimeError:
                # The system gives no more: fewer are slower, none would be the end.
                if not self._threads:
                    raise
                return
            self._threads += 1

    def _serve(self) -> None:
        """Make requests as long as there are downloads, and threads are not too many."""
        while True:
            with self.turn:
                job = self._wait_for_job()
                if job is None:
                    self._threads -= 1
                    return
            error = self._error_of(job)
            with self.turn:
                self._end(job, error)

    def _wait_for_job(self) -> Job | None:
        while self._downloads and not self._means.stop.requested and self._threads <= self._width.now:
            if job := self._next_job(time.monotonic()):
                return job
            self._work.wait(self._seconds_to_wait())
        return None

    def _next_job(self, now: float) -> Job | None:
        """Return a request of the download whose turn it is; small files, which wait for a permit, have theirs too."""
        if self._is_turn_of_small():
            return None
        for download in list(self._downloads):
            host = download.supply.source.host if download.supply else ""
            if self._is_free(host) and (job := download.take(now, self._width.now, len(self._downloads))):
                self._hosts[host] += 1
                job.host = host
                self._large_was_last = True
                # The others first, next time.
                self._downloads.remove(download)
                self._downloads.append(download)
                return job
        return None

    def _seconds_to_wait(self) -> float:
        now = time.monotonic()
        until = [each.supply.retries.until - now for each in self._downloads if each.supply]
        return min([_WAIT_SECONDS, *(seconds for seconds in until if seconds > 0)])

    def _error_of(self, job: Job) -> BaseException | None:
        """Make a request, and return what ended it before its time."""
        try:
            self._receiving.receive(job)
        except BaseException as error:  # noqa: BLE001 (handed to the thread of the file)
            return error
        return None

    def _end(self, job: Job, error: BaseException | None) -> None:
        download = job.download
        self._hosts[job.host] -= 1
        source = download.supply.source.display if download.supply else ""
        seconds = download.end(job, error)
        # What was broken off since the run stops is no fault of the source.
        if seconds is not None and not self._means.stop.requested:
            self._tell_waiting(source, seconds, error)  # type: ignore[arg-type]
        if isinstance(error, RateLimitedError):
            self._width.shrink()
        self._measure()
        self._work.notify_all()

    def _tell_waiting(self, source: str, seconds: float, error: WansyncError) -> None:
        event = SourceWaiting(source=source, seconds=seconds, error=str(error.code), message=error.reason)
        self._means.events.emit(event)

    def _measure(self) -> None:
        """Let the number of connections follow what they bring."""
        now, count = time.monotonic(), self._means.gauge.count
        since, before = self._measured
        if now - since >= _MEASURE_SECONDS:
            self._measured = (now, count)
            self._width.observe((count - before) / (now - since))
            self._begin_threads()

    def _reclaim(self) -> bool:
        """Give back a block that can be read again from disk, of the download that is furthest ahead of its hash.

        Only where nothing frees one by itself: who receives waits for who hashes, but not for bytes that are still to
        come, nor for an old partial that is read again.
        """
        if any(download.frees for download in self._downloads):
            return False
        kept = max(self._downloads, key=lambda each: each.kept, default=None)
        block = kept.spare() if kept else None
        if block is not None:
            self.buffers.give(block)
        return block is not None

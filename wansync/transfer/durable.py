"""What a power cut may cost: a thread that makes bytes durable while others go on, and holds them up when it must."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wansync.transfer.download import Download
    from wansync.transfer.stake import Stake
    from wansync.transfer.stop import Stop

_EACH, _MOST = 8 * 2**20, 16 * 2**20
"""Bytes of one file that are worth a sync, and bytes of all files, also small ones, that are never more without one:
with a block in memory for each of sixteen connections, the 32 MiB that a power cut may cost."""
_WAIT_SECONDS = 1.0


class Durable:
    """Syncs what is being written.

    Args:
        downloads: those that are on their way; the caller of every method holds `turn`.
        turn: guards them.
        stop: asked for when the run shall end.
        stake: what small files beside them have at stake.
    """

    def __init__(self, downloads: Sequence[Download], turn: threading.Lock, stop: Stop, stake: Stake) -> None:
        self._downloads = downloads
        self._turn = turn
        self._stop = stop
        self._stake = stake
        self._written = threading.Condition(turn)
        self._synced = threading.Condition(turn)
        self._running = False

    def begin(self) -> None:
        """Sync as long as there are downloads."""
        if not self._running:
            threading.Thread(target=self._run, daemon=True).start()
            self._running = True

    def pace(self) -> None:
        """Wait until little enough is at stake."""
        while self._at_stake > _MOST:
            self._stop.check()
            self._written.notify()
            self._synced.wait(_WAIT_SECONDS)

    def note(self, download: Download) -> None:
        """Note that bytes of a download were written."""
        if download.ingest.unsynced >= _EACH:
            self._written.notify()

    def wake(self) -> None:
        """Let all who wait look whether they should stop."""
        self._written.notify_all()
        self._synced.notify_all()

    def _run(self) -> None:
        with self._turn:
            while self._downloads and not self._stop.requested:
                # One, then look again: meanwhile another may have ended, and its file is closed.
                if download := self._due():
                    self._sync(download)
                else:
                    self._written.wait(_WAIT_SECONDS)
            self._running = False

    @property
    def _at_stake(self) -> int:
        return self._stake.held + sum(each.ingest.unsynced for each in self._downloads if not each.error)

    def _due(self) -> Download | None:
        """Return the download with most to lose where that is worth a sync, or where others wait for any."""
        most = max(
            (each for each in self._downloads if not each.error), key=lambda each: each.ingest.unsynced, default=None
        )
        worth = most is not None and most.ingest.unsynced >= _EACH
        return most if worth or self._at_stake > _MOST else None

    def _sync(self, download: Download) -> None:
        """Sync one, without keeping others from their turn meanwhile."""
        download.syncs += 1
        self._turn.release()
        error: OSError | None = None
        try:
            download.ingest.sync()
        except OSError as failure:
            error = failure
        finally:
            self._turn.acquire()
            download.syncs -= 1
        if error:
            download.error = download.error or error
        download.changed.notify_all()
        self._synced.notify_all()

"""Smoke tests for whoever may ask: one at a time, in a process of its own, and what the last one found is kept.

They take minutes and a device, so nobody waits for one: who asks is told what is known, with its age, and asks again.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from wansync.errors import ErrorCode
from wansync.events.run_id import RUN_VARIABLE
from wansync.surroundings import variables
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SECONDS = 1800
"""As `wansync smoke`: the 126 GB of an A14B model take minutes to come from a disk."""
_MORE_SECONDS = 30
"""For the process to say that its time is over."""
_END_SECONDS = 5
_MOST = 64
_LOOKS_ONLY = {"WANSYNC_OFFLINE": "1", "WANSYNC_FROZEN": "1"}
"""A server changes nothing and asks nobody: a model that would have to be made ready first fails."""


@value_type
class Found:
    """What one smoke test found.

    Args:
        request: the id of the request that began it.
        at: when it ended, on the clock of `Smokes`.
        error: the code of its failure; nothing if it passed.
        report: what it measured, as `schemas/smoke.schema.json` says, if it passed.
    """

    request: str
    at: float
    error: str | None = None
    report: Mapping[str, Any] | None = None

    def to_dict(self, now: float) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "passed": self.error is None,
            "age_seconds": round(now - self.at, 1),
            "request_id": self.request,
            "error": self.error,
            "report": dict(self.report) if self.report else None,
        }


class Smokes:
    """The smoke tests of a server.

    Args:
        run: makes one, in a thread: given a model and the id of a request, returns the error's code, or the report.
        clock: returns seconds that never go back.
    """

    def __init__(
        self,
        run: Callable[[str, str], tuple[str | None, Mapping[str, Any] | None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._run = run
        self._clock = clock
        self._lock = threading.Lock()
        self._found: dict[str, Found] = {}
        self._running: str | None = None

    def tell(self, model: str, request: str, max_age: float) -> tuple[bool | None, dict[str, object]]:
        """Return whether a model passed, and what is known; begin a test if that is too old and none is running.

        Args:
            model: which one, as the lock has it.
            request: the id of the request.
            max_age: seconds for which a test counts; an older one says neither yes nor no.
        """
        with self._lock:
            now, last = self._clock(), self._found.get(model)
            fresh = last is not None and now - last.at <= max_age
            if not fresh and self._running is None:
                self._running = model
                threading.Thread(target=self._make, args=(model, request), daemon=True).start()
            verdict = last.error is None if last and fresh else None
            return verdict, {"running": self._running, "last": last.to_dict(now) if last else None}

    def _make(self, model: str, request: str) -> None:
        error: str | None = str(ErrorCode.INTERNAL)
        report = None
        try:
            error, report = self._run(model, request)
        finally:
            with self._lock:
                self._running = None
                self._found.pop(model, None)
                self._found[model] = Found(request=request, at=self._clock(), error=error, report=report)
                if len(self._found) > _MOST:
                    del self._found[next(iter(self._found))]


class SmokeProcess:
    """Runs `wansync smoke`.

    Args:
        options: those of the server that say which project and store it is about.
        more: variables that it finds beside ours.
    """

    def __init__(self, options: Sequence[str], more: Mapping[str, str]) -> None:
        self._options = tuple(options)
        self._more = dict(more)
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, model: str, request: str) -> tuple[str | None, Mapping[str, Any] | None]:
        """Run one for a model; return the code of its error, or what it measured."""
        command = [sys.executable, "-m", "wansync", "smoke", "--json", "--quiet", "--timeout", str(SECONDS)]
        told = {**variables(), **_LOOKS_ONLY, **self._more, RUN_VARIABLE: request}
        self._process = subprocess.Popen(  # noqa: S603 (our own program, without a shell)
            [*command, *self._options, "--", model], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=told
        )
        try:
            said = self._process.communicate(timeout=SECONDS + _MORE_SECONDS)[0]
        except subprocess.TimeoutExpired:
            self.stop()
            return str(ErrorCode.SMOKE_TIMEOUT), None
        return _read(said, self._process.returncode)

    def stop(self) -> None:
        """End the one that is running, if there is one."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()


def _read(said: bytes, status: int) -> tuple[str | None, Mapping[str, Any] | None]:
    try:
        document = json.loads(said)
    except ValueError:
        return str(ErrorCode.INTERNAL), None
    if status == 0:
        return None, document
    error = document.get("error") if isinstance(document, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return (code if code in set(ErrorCode) else str(ErrorCode.INTERNAL)), None

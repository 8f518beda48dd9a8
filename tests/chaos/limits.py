"""How long servers may be silent in a run that is tested, and how much memory it takes."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import huggingface_hub.constants

from wansync.sources.retry import Patience

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def patience(seconds: int) -> Iterator[None]:
    """Let servers be silent for less long, and wait less between attempts."""
    limit = 2.0 * seconds
    names = ("HF_HUB_DOWNLOAD_TIMEOUT", "HF_HUB_ETAG_TIMEOUT")
    with (
        patch.dict(os.environ, dict.fromkeys(names, str(seconds))),
        # The Hub's client has read its variables when it was imported.
        patch.dict(vars(huggingface_hub.constants), dict.fromkeys(names, seconds)),
        patch(
            "wansync.project.Patience",
            partial(Patience, first=0.02, longest=0.1, head=limit, stalled=limit),
        ),
    ):
        yield


@contextmanager
def measured() -> Iterator[Any]:
    """Yield a function that returns how much memory the peak since now had more than there was before, in bytes."""
    clear = Path("/proc/self/clear_refs")
    with suppress(OSError):
        clear.write_text("5", encoding="ascii")  # the peak begins anew; where that cannot be, it is that of the process
    before = _memory("VmRSS")
    yield lambda: max(0, _memory("VmHWM") - before)


def _memory(name: str) -> int:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    return 0

"""How much memory is free on the device: asked of torch, in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

from wansync.value_types import value_type

SECONDS = 60.0
"""How long torch may take to answer: it is slow to import, and a device may be asleep."""
_ASK = """
import json, sys
try:
    import torch
    index = torch.cuda.current_device() if torch.cuda.is_available() else None
    found = None
    if index is not None:
        free, total = torch.cuda.mem_get_info(index)
        found = {"name": torch.cuda.get_device_name(index), "free": free, "total": total}
except Exception:
    found = None
print(json.dumps(found))
"""


@value_type
class DeviceMemory:
    """A device, and how many bytes of its memory are free and there in all."""

    name: str
    free: int
    total: int


def find_device(seconds: float = SECONDS) -> DeviceMemory | None:
    """Return the device that torch would use and its memory; `None` without torch, a device, or an answer in time.

    In another process: asking takes some of the memory that is asked about, and torch stays out of this one.
    """
    if importlib.util.find_spec("torch") is None:
        return None
    try:
        # -P: what happens to lie in the working directory, such as a stranger's checkout, is not taken for torch.
        ran = subprocess.run(  # noqa: S603 (our own interpreter and a constant)
            [sys.executable, "-P", "-c", _ASK], capture_output=True, text=True, timeout=seconds, check=False
        )
        found = json.loads(ran.stdout.splitlines()[-1]) if ran.stdout else None
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None
    return DeviceMemory(**found) if found else None

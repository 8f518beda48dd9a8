"""The same benchmark on a slow network: in a namespace whose loopback the kernel limits. Needs Linux and root."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tests.benchmarks.transfer.usage import UnusableError
from tests.conftest import REPOSITORY
from tests.support.program import unread

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MBIT = 3200
"""400 MB/s."""
_INSIDE = "WANSYNC_BENCHMARK_THROTTLED"
_SET_UP = f"""
ip link set lo up
tc qdisc add dev lo root tbf rate {MBIT}mbit burst 2mb latency 50ms
exec "$@"
"""


def is_throttled() -> bool:
    """Return whether this process is in such a namespace."""
    return os.environ.get(_INSIDE) == str(MBIT)


def run_throttled(arguments: Sequence[str], result: Path) -> dict[str, Any]:
    """Run this benchmark in a namespace of its own; return the JSON document that it writes to `result`.

    Raises:
        UnusableError: there can be none here.
    """
    missing = [name for name in ("unshare", "ip", "tc") if not shutil.which(name)]
    if missing or os.geteuid() != 0:
        raise UnusableError(f"no network can be slowed down here: {', '.join(missing) or 'this needs root'}")
    module = [sys.executable, "-m", "tests.benchmarks.transfer", *arguments, "--json", str(result)]
    command = ["unshare", "--net", "sh", "-ec", _SET_UP, "sh", *module]
    environment = {**os.environ, _INSIDE: str(MBIT)}
    with unread():  # whose `--json` is none of the program's
        ran = subprocess.run(command, cwd=REPOSITORY, env=environment, check=False, capture_output=True, text=True)
    if ran.returncode:
        raise UnusableError(f"the throttled network failed: {ran.stderr.strip()[-200:]}")
    document: dict[str, Any] = json.loads(result.read_text())
    return document

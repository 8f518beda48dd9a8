"""The same benchmark on a slow network: in a namespace where the kernel limits a server. Needs Linux and root."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tests.benchmarks.transfer.measured import Measured
from tests.benchmarks.transfer.usage import UnusableError
from tests.conftest import REPOSITORY
from tests.support.program import unread

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from tests.benchmarks.transfer.cases import Case

MBIT = 3200
"""400 MB/s."""
_INSIDE = "WANSYNC_BENCHMARK_THROTTLED"
_SET_UP = 'ip link set lo up; exec "$@"'
_LIMIT = (
    "qdisc add dev lo root handle 1: htb default 10",
    # What else goes over loopback, such as what the parts of a server tell each other, is not held back.
    "class add dev lo parent 1: classid 1:10 htb rate 100gbit quantum 200000",
    "class add dev lo parent 1: classid 1:20 htb rate {mbit}mbit burst 2mb cburst 2mb quantum 200000",
    "filter add dev lo parent 1: protocol ip u32 match ip sport {port} 0xffff flowid 1:20",
)


def is_throttled() -> bool:
    """Return whether this process is in such a namespace."""
    return os.environ.get(_INSIDE) == str(MBIT)


def hold_back(port: int) -> None:
    """Limit what a server sends from a port, if this process is in such a namespace.

    Raises:
        UnusableError: the kernel cannot.
    """
    if not is_throttled():
        return
    for line in _LIMIT:
        command = ["tc", *line.format(mbit=MBIT, port=port).split()]
        ran = subprocess.run(command, check=False, capture_output=True, text=True)
        if ran.returncode:
            raise UnusableError(f"the network cannot be slowed down: {ran.stderr.strip()[-200:]}")


def measure_throttled(module: str, case: Case, chosen: argparse.Namespace, folder: Path) -> Measured:
    """Measure a case in a process of its own, with the files that are in a folder; skipped where there can be none.

    Args:
        module: the benchmark, as `python -m` takes it.
        case: one of its cases.
        chosen: the rounds, size and peers that its user chose.
        folder: of the benchmark.
    """
    options = [f"--rounds={chosen.rounds}", f"--size={chosen.size}", f"--folder={folder}", "--keep"]
    options += ["--cases", case.name, *(["--peers", *chosen.peers] if chosen.peers else [])]
    try:
        document = _run([sys.executable, "-m", module, *options], folder / "throttled.json")
    except UnusableError as reason:
        skipped = dict.fromkeys(case.programs, str(reason))
        return Measured(case=case.name, size=chosen.size, files=1, runs={}, skipped=skipped)
    return Measured.from_dict(document["cases"][0])


def _run(benchmark: list[str], result: Path) -> dict[str, Any]:
    missing = [name for name in ("unshare", "ip", "tc") if not shutil.which(name)]
    if missing or os.geteuid() != 0:
        raise UnusableError(f"no network can be slowed down here: {', '.join(missing) or 'this needs root'}")
    command = ["unshare", "--net", "sh", "-ec", _SET_UP, "sh", *benchmark, "--json", str(result)]
    environment = {**os.environ, _INSIDE: str(MBIT)}
    with unread():  # whose `--json` is none of the program's
        ran = subprocess.run(command, cwd=REPOSITORY, env=environment, check=False, capture_output=True, text=True)
    if ran.returncode:
        raise UnusableError(f"the throttled network failed: {ran.stderr.strip().rpartition(chr(10))[2][-200:]}")
    document: dict[str, Any] = json.loads(result.read_text())
    return document

"""Runs programs and prints what they took, as one line of JSON. A process of its own, and as small as Python can be.

Linux counts the memory of whoever starts a program as the program's own peak, so this imports next to nothing; its own
11 MB are the least that it can report. Started by `usage.py`, by its path.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main() -> None:
    """Run the stages in turn; the commands of one stage run at once."""
    cpu, peak, failed = 0.0, 0, 0
    begun = time.perf_counter()
    for stage in json.loads(sys.argv[1]):
        ended = [os.wait4(process, 0) for process in [_start(command) for command in stage]]
        cpu += sum(usage.ru_utime + usage.ru_stime for _, _, usage in ended)
        peak = max(peak, sum(usage.ru_maxrss for _, _, usage in ended))
        failed = next((status for _, status, _ in ended if status), 0)
        if failed:
            break
    seconds = time.perf_counter() - begun
    sys.stdout.write(json.dumps({"seconds": seconds, "cpu": cpu, "peak": peak * 1024, "failed": failed}))


def _start(command: list[str]) -> int:
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    return os.posix_spawnp(command[0], command, os.environ, file_actions=quiet)


if __name__ == "__main__":
    main()

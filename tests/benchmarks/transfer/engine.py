"""The engine without the program's start: `engine.py PROJECT REPORT` fetches, and writes what that alone took.

Everything is imported and the plan has been made once before the clock starts. Started by `peers.py`.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import wansync.sources.huggingface
import wansync.sources.s3  # noqa: F401
from wansync import Project


def main(project: str, report: str) -> None:
    """Fetch what the project locks."""
    api = Project(Path(project), frozen=True)
    api.plan()
    begun, cpu = time.perf_counter(), time.process_time()
    done = api.fetch()
    taken = {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - cpu}
    assert done.complete
    Path(report).write_text(json.dumps(taken))


if __name__ == "__main__":
    main(*sys.argv[1:])

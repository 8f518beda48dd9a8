"""What it costs to check the parts of published models, up to 126 GB: time and memory of a process of its own.

The files are holes with real headers (`tests/support/wan_tree.py`), so every byte that the check reads is real.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.conftest import REPOSITORY
from tests.support.wan_tree import place_sparse
from wansync import Project

_MODELS = ("t2v-A14B@native", "i2v-A14B@native", "ti2v-5B@native", "ti2v-5B@diffusers")
_RUNS = 10
_CHECK = """
import json, resource, sys, time
started = time.perf_counter()
from wansync import Project
from wansync.wan import check_components
project = Project({project!r}, models_root={store!r})
times = []
for _ in range({runs}):
    begun = time.perf_counter()
    report = check_components({model!r}, project=project)
    times.append(time.perf_counter() - begun)
    if len(times) == 1:
        whole = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([whole, sorted(times)[{runs} // 2], peak, report.size, report.bytes_read]))
"""


def main() -> None:
    """Print one JSON document with seconds and MiB."""
    about = {"runs": _RUNS, "cores": os.cpu_count(), "python": platform.python_version()}
    with tempfile.TemporaryDirectory() as folder:
        project = Project(REPOSITORY, models_root=folder, link_mode="hardlink")
        found = [_measure(project, Path(folder), model) for model in _MODELS]
    sys.stdout.write(json.dumps({**about, "check_components": found}, indent=2) + "\n")


def _measure(project: Project, store: Path, model: str) -> dict[str, object]:
    place_sparse(project, model)
    code = _CHECK.format(project=str(REPOSITORY), store=str(store), model=model, runs=_RUNS)
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    whole, median, peak, size, read = json.loads(ran.stdout)
    return {
        "model": model,
        "GB": round(size / 1e9, 1),
        "KiB read": round(read / 1024),
        "seconds with imports": round(whole, 2),
        "seconds": round(median, 3),
        "MiB of the process at most": round(peak),
    }


if __name__ == "__main__":
    main()

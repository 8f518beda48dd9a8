"""Locking against listing in one process, so that neither starting nor importing counts. Called by `lock.py`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from huggingface_hub import HfApi

from tests.benchmarks.stopwatch import medians
from tests.benchmarks.thousand import Thousand
from wansync import Project

if TYPE_CHECKING:
    from collections.abc import Callable


def main(folder: str, runs: str, *repositories: str) -> None:
    """Print the median seconds of each."""
    thousand, api = Thousand(Path(folder)), HfApi()

    def list_trees(*, pinned: bool) -> None:
        for name in repositories:
            revision = api.model_info(name).sha if pinned else None
            sum(1 for _ in api.list_repo_tree(name, revision=revision, recursive=True))

    calls: dict[str, Callable[[], object]] = {
        "Project.lock": Project(thousand.directory).lock,
        "list_repo_tree": lambda: list_trees(pinned=False),
        "model_info and list_repo_tree": lambda: list_trees(pinned=True),
    }
    sys.stdout.write(json.dumps(medians(calls, int(runs), before=thousand.forget)))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What processes that a command starts find of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from wansync.events.run_id import RUN_VARIABLE
from wansync.surroundings import set_variable


@contextlib.contextmanager
def children_told(run: str) -> Iterator[None]:
    """Let every process that is started in the block find the id of this run."""
    before = set_variable(RUN_VARIABLE, run)
    try:
        yield
    finally:
        set_variable(RUN_VARIABLE, before)

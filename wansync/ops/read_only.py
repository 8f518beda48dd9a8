"""A store that cannot be written and has all that is asked for: hashing proves it, and only records are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.events import VerifyStarted
from wansync.inventory import BlobState
from wansync.ops.plan import root_of
from wansync.plan import FileVerb
from wansync.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.ops.gather import Gathered
    from wansync.plan import Plan


def prove_as_it_stands(gathered: Gathered, plan: Plan) -> tuple[str, ...] | None:
    """Return what cannot be recorded, as sentences, if a plan has nothing to do but to check and to record.

    Every file that is to be checked is hashed, as after a restored backup or a change of owner.

    Returns:
        `None` where the store must be written: bytes or links are missing, or bytes are wrong.

    Raises:
        OSError: a blob cannot be read.
    """
    if any(item.verb is not FileVerb.CHECK for item in plan.stage) or any(view.links for view in plan.views):
        return None
    events = gathered.workspace.events
    if plan.stage:
        events.emit(VerifyStarted(files=len(plan.stage), size=sum(item.size for item in plan.stage)))
    engine = gathered.workspace.engine(gathered.store)
    for item in plan.stage:
        with gathered.store.locks.blob(item.digest):
            if engine.check(item) is not BlobState.INTACT:
                return None
    return tuple(_unrecorded(printable(root_of(gathered.store)), plan))


def _unrecorded(root: str, plan: Plan) -> Iterator[str]:
    cure = "run `wansync sync` once where it can be written"
    if plan.stage:
        yield f"The store at `{root}` cannot be written, so every run hashes its files again; {cure}"
    if "root" in plan.stale_records:
        yield f"The store at `{root}` cannot be written, so no `wansync gc` knows what this project needs of it; {cure}"

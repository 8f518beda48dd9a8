"""`lease`: a path that stays while a program uses it, whatever is synced, rolled back or collected meanwhile."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from wansync.errors import UsageError
from wansync.inventory import Named
from wansync.ops.ensure import ensure
from wansync.ops.gather import gather
from wansync.plan import view_specs
from wansync.store import Lease
from wansync.store.processes import writer_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.project import Workspace
    from wansync.store import Store

HEARTBEAT_SECONDS = 60.0
"""How often a lease shows that it lives: often against the day after which it counts as dead on another host."""


@contextlib.contextmanager
def lease(workspace: Workspace, wanted: str) -> Iterator[Path]:
    """Make a model ready and keep it from garbage collection until the block ends; its path is given.

    The lease is taken before anything is looked for. It ends with the block, or with the process; where another host
    shares the store, a day after its last sign of life.

    Raises:
        UsageError: the name stands for several models.
        StoreFailError: the store cannot be written, so that nobody would know of the lease.
        WansyncError: as `ensure`.
    """
    store = workspace.store()
    held = _lease(workspace, wanted)
    with _taken(store, held), _heartbeat(store, held):
        paths = ensure(workspace, [wanted]).paths
        path = next(iter(paths.values()))
        if path in {store.layout.view(key) for key in held.named.views}:
            yield path
            return
    # models.lock was replaced in between: what was made ready is not what was leased.
    with lease(workspace, wanted) as again:
        yield again


def _lease(workspace: Workspace, wanted: str) -> Lease:
    gathered = gather(workspace, [wanted])
    specs = view_specs(gathered.selection)
    if len(specs) != 1:
        raise UsageError(f"`{wanted}` stands for {len(specs)} views", hint="Lease one model at a time")
    files = {file.digest: file.size for file in specs[0].files}
    return Lease(
        writer=writer_name(),
        name=specs[0].key.name,
        project=gathered.lock.project,
        command=Path(sys.argv[0]).name or "python",
        named=Named(digests=files, views=frozenset({specs[0].key})),
        since=time.time(),
    )


@contextlib.contextmanager
def _taken(store: Store, held: Lease) -> Iterator[None]:
    with store.guard():
        store.prepare()
        with store.locks.roots():
            store.leases.take(held)
    process = os.getpid()
    try:
        yield
    finally:
        # A forked child that leaves the block does not end what its parent still uses.
        if os.getpid() == process:
            with contextlib.suppress(OSError):
                store.leases.release(held.writer)


@contextlib.contextmanager
def _heartbeat(store: Store, held: Lease) -> Iterator[None]:
    """Show that the lease lives, from a thread that ends with the block."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(HEARTBEAT_SECONDS):
            # A full disk must not end the program that uses the model; the next beat tries again.
            with contextlib.suppress(OSError):
                store.leases.take(held)

    thread = threading.Thread(target=beat, name=f"wansync lease {held.name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        # Whoever lets go of a lease when something is collected as garbage may be in any thread.
        if thread is not threading.current_thread():
            thread.join()

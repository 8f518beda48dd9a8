"""Readers of the records in a store, which another user of a shared store may have written."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from tests.support.project import ProjectBuilder
from wansync.answers import FORM, recall
from wansync.digest import Digest
from wansync.events import EventStream
from wansync.lockfile import parse_lock, select
from wansync.plan import view_specs
from wansync.store import Store
from wansync.store.fresh import Settled
from wansync.store.holders import Holders
from wansync.store.journal import Journal, Recorded, Source, done, lost, parse_journal
from wansync.store.layout import MARKER_SUFFIX
from wansync.store.named import parse_named
from wansync.store.processes import writer_name
from wansync.store.spans import Spans
from wansync.views import Views

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Reader = tuple[str, tuple[bytes, ...], Callable[[bytes], object]]


def record_targets(folder: Path) -> Iterator[Reader]:
    """Yield the name, a good record, and the reader of each kind of record; most were written by a real store."""
    project = ProjectBuilder(folder / "app", folder / "store")
    project.write()
    api = project.api()
    api.lock()
    api.sync()
    api.pin("alpha")
    with api.lease("beta"):
        store = Store(project.models_root, clock=time.time, events=EventStream("run"), lock_timeout=0.1)
        yield from _whole_records(project, store)
        yield from _records_of_places(project, store)


def _whole_records(project: ProjectBuilder, store: Store) -> Iterator[Reader]:
    """Yield those that are read by place: the bytes are put there first."""
    state, digest = project.layout.state, Digest(next(project.layout.blobs.glob("*/*")).name)
    root = next(state.glob("roots/*.json"))
    lease = next(state.glob("leases/*.json"))
    pin = next(state.glob("pins/*.json"))
    generation = next(state.glob("generations/*.lock"))
    run = state / "runs" / "run.json"
    run_record = b'{"run": "run", "command": "sync", "writer": "%s", "phase": "stage", "models": ["m"]}'
    holder = b'{"pid": 7, "host": "h", "command": "c", "run": "run"}'
    yield "root", (root.read_bytes(),), _at(root, lambda: list(store.roots.each()))
    yield "lease", (lease.read_bytes(),), _at(lease, store.leases.known)
    yield "pin", (pin.read_bytes(),), _at(pin, lambda: list(store.pins.each()))
    yield (
        "attest",
        (project.layout.attest(digest).read_bytes(),),
        _at(project.layout.attest(digest), partial(store.attests.read, digest)),
    )
    yield (
        "copy of a lock",
        (generation.read_bytes(),),
        _at(generation, partial(store.roots.generations.find, Digest(generation.stem))),
    )
    yield "run", (run_record % writer_name().encode(),), _at(run, store.runs.alive)
    yield "links", ((state / "links.json").read_bytes(),), _at(state / "links.json", store.links.known_mode)
    yield "rate", (b'{"version": 1, "bytes_per_second": 9}',), _at(state / "rate.json", store.rate.last)
    holders = Holders(store.fs, store.layout, store.runs, {})
    yield "holder", (holder,), _at(project.layout.locks / "roots.holder.json", lambda: _ask(holders))
    yield (
        "answer",
        (b'{"form": %d, "said": {}, "inputs": {}, "paths": {}, "stats": ""}' % FORM,),
        _at(state / "answers" / "name.json", partial(recall, str(state), "name")),
    )


def _records_of_places(project: ProjectBuilder, store: Store) -> Iterator[Reader]:
    state = project.layout.state
    specs = view_specs(select(parse_lock(project.lock_path.read_bytes())))
    named = next(state.glob("generations/*.named"))
    marker = next(project.models_root.glob(f"views/*/*{MARKER_SUFFIX}"))
    listed = b'{"version": 1, "files": [{"path": "/x", "sha256": "%s", "fingerprint": {"dev": 1}}]}' % (b"0" * 64)
    views = Views(store, EventStream("run"))
    yield "journal of a partial", (_journal(store),), lambda data: [parse_journal(data, boot) for boot in ("boot", "")]
    yield "what a lock names", (named.read_bytes(),), parse_named
    yield "fresh pairs", (b'{"version": 1, "pairs": ["a:b:c"]}',), Settled.parse
    yield "listed digests", (listed,), _at(state / "listed.json", store.listed_digests)
    yield (
        "proven files",
        (b'{"version": 1, "files": [{"oid": "%s", "sha256": "%s"}]}' % (b"0" * 40, b"0" * 64),),
        _at(state / "proven.json", store.proven_files),
    )
    yield "record of a view", (marker.read_bytes(),), _at(marker, lambda: [views.scan(spec) for spec in specs])


def _journal(store: Store) -> bytes:
    """Return a journal with a record of each kind."""
    path = store.layout.tmp / "hostile.journal"
    journal = Journal(store.fs, path)
    spans, source = Spans([(0, 2**20), (2**23, 2**24)]), Source(name="hf:org/repo", validator='"etag"')
    journal.begin(Recorded(size=2**26, segment=2**23, spans=spans, prefixes={1: "0" * 64}, source=source), "boot")
    for record in (done(2**24, 2**25), lost(0, 2**20)):
        journal.append(record)
    journal.close()
    data = path.read_bytes()
    path.unlink()
    return data


def _ask(holders: Holders) -> None:
    holders.who("roots")
    holders.run("roots")


def _at(path: Path, read: Callable[[], object]) -> Callable[[bytes], object]:
    """Return a reader that first puts the bytes where the record belongs."""

    def put_and_read(data: bytes) -> object:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(data)
        return read()

    return put_and_read

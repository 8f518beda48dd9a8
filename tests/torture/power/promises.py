"""What must hold in every state that a power cut may leave, asked through the store's own readers.

The numbers are those of the reference: I1 content, I2 ready means whole, I9 the old version stays usable.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from tests.torture.power.image import Image, Remembered
from tests.torture.power.recording import ROOT
from tests.torture.power.stage import DURABLE, FOUND, STORE
from wansync.digest import Digest
from wansync.documents import DocumentError
from wansync.events import EventStream
from wansync.inventory import BlobState, ViewFolder
from wansync.lockfile import parse_lock, select
from wansync.plan import view_specs
from wansync.store.journal import parse_journal
from wansync.store.layout import parse_partial
from wansync.store.partials import JOURNAL, PART
from wansync.store.store import Store
from wansync.views import Views

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.torture.power.recording import Body, Op, Recording
    from wansync.plan import ViewSpec
    from wansync.store.journal import Recorded

WRITABLE = 0o222
_BLOB = re.compile(r"[0-9a-f]{64}")


class Promises:
    """The promises of one recorded run.

    Args:
        place: where it was recorded.
        root: its store.
    """

    def __init__(self, recording: Recording, place: Path, root: Path) -> None:
        self.image = Image(place, recording.device)
        self._recording = recording
        self._place = place
        self._sums: dict[Body, str] = {}
        events = EventStream("run", ())
        self._store = Store(root, clock=lambda: 0.0, events=events, lock_timeout=0.0, fs=self.image)
        self._views = Views(self._store, events)
        self._specs = {spec.key: spec for lock in recording.locks for spec in _specs(lock)}
        self._sizes = {file.digest: file.size for spec in self._specs.values() for file in spec.files}
        self._by_lock = {Digest.of(lock): {s.key.name: s for s in _specs(lock)} for lock in recording.locks}
        bodies = [*recording.bodies.values(), *(op.body for op in recording.ops if op.body)]
        wanted = {digest.hex for digest in self._sizes}
        self._right = {self._sum(body): body.data for body in bodies if self._sum(body) in wanted}
        self._always = [Remembered(self.image, check) for check in self._checks()]
        self._facts: dict[tuple[str, str | None], Remembered] = {}

    def broken(self, facts: Mapping[str, str | None]) -> Iterator[str]:
        """Yield what the state in `image` breaks.

        Args:
            facts: what has been acknowledged.
        """
        for check in self._always:
            if wrong := check():
                yield wrong
        for fact in facts.items():
            if fact not in self._facts:
                self._facts[fact] = Remembered(self.image, lambda fact=fact: self._fact(*fact))  # type: ignore[misc]
            if wrong := self._facts[fact]():
                yield wrong

    def replaced(self, op: Op) -> str:
        """Return what is wrong with an operation that gives a blob's name to another file while a right one has it."""
        for _, name, inode in op.entries:
            if inode is not None and _BLOB.fullmatch(name) and op.path.startswith(f"{STORE}/blobs/"):
                there = self.image.observe(("at", op.path, False))
                if there and there[0] not in (inode, *self._recording.damaged):
                    return "replaced: a right blob has lost its name to another file"
        return ""

    def _checks(self) -> Iterator[Callable[[], str]]:
        for digest in self._sizes:
            yield lambda digest=digest: self._blob(digest)  # type: ignore[misc]
        for spec in self._specs.values():
            yield lambda spec=spec: self._view(spec)  # type: ignore[misc]
            yield lambda spec=spec: self._trusted_view(spec)  # type: ignore[misc]
            if spec.key.folder is ViewFolder.MODELS:
                yield lambda name=spec.key.name: self._link_for_people(name)  # type: ignore[misc]
        for name, inode in self._recording.tree.get(self._recording.tree[ROOT].get(FOUND, -1), {}).items():
            sum_ = self._sum(self._recording.bodies[inode])
            yield lambda name=name, sum_=sum_: self._only_one(name, sum_)  # type: ignore[misc]
        yield self._marks
        yield self._roots
        yield self._pins
        for path, versions in self._recording.versions.items():
            yield lambda path=path, versions=versions: self._project_file(path, versions)  # type: ignore[misc]

    def _sum(self, body: Body) -> str:
        if body not in self._sums:
            self._sums[body] = hashlib.sha256(body.data).hexdigest() if body.kind == "file" else body.kind
        return self._sums[body]

    def _blob(self, digest: Digest) -> str:
        found = self.image.followed(self._store.layout.blob(digest))
        if found is None:
            return ""
        inode, body = found
        right = self._sum(body) == digest.hex
        if not right and inode not in self._recording.damaged:
            return f"I1: the blob {digest.short} has other bytes"
        if self._store.blobs.state(digest, self._sizes[digest]) is BlobState.INTACT:
            if not right:
                return f"I1: the blob {digest.short} has other bytes, and the quick check trusts it"
            if body.mode & WRITABLE:
                return f"mode: the blob {digest.short} is writable, and the quick check trusts it"
        return ""

    def _wrong_file(self, spec: ViewSpec) -> str:
        """Return the first file of a view that is not there or has other bytes."""
        path = self._store.layout.view(spec.key)
        for file in spec.files:
            found = self.image.followed(file.path.under(path))
            if found is None or self._sum(found[1]) != file.digest.hex:
                return str(file.path)
        return ""

    def _view(self, spec: ViewSpec) -> str:
        """A view is built aside and moved to its place whole; its record comes after it and goes before it."""
        there = self.image.is_directory(self._store.layout.view(spec.key))
        if spec.key.name in self._recording.exempt:
            return ""
        if there and (wrong := self._wrong_file(spec)):
            return f"I2: the view {spec.key.name} is in its place without {wrong}"
        if not there and self._views._read_marker(spec) is not None:
            return f"I2: the record of {spec.key.name} is there, the view is not"
        return ""

    def _trusted_view(self, spec: ViewSpec) -> str:
        """A view with which a quick look finds nothing wrong has the right bytes, or blobs that it does not trust."""
        record = self._views.scan(spec)
        if record is None or record.damaged:
            return ""
        path = self._store.layout.view(spec.key)
        for file in spec.files:
            found = self.image.followed(file.path.under(path))
            if found is None:
                return f"I2: {file.path} of {spec.key.name} is gone, and a quick look finds nothing"
            inode, body = found
            blob = self.image.followed(self._store.layout.blob(file.digest))
            if blob and blob[0] == inode:
                continue  # judged as a blob
            if self._sum(body) != file.digest.hex:
                return f"I2: {file.path} of {spec.key.name} has other bytes, and a quick look finds nothing"
            if body.mode & WRITABLE:
                return f"mode: {file.path} of {spec.key.name} is writable, and a quick look finds nothing"
        return ""

    def _link_for_people(self, name: str) -> str:
        if name in self._recording.exempt:
            return ""
        led = self.image.read_link(self._store.layout.model_link(name))
        if led is None or self.image.is_directory(led):
            return ""
        return f"link: models/{name} leads nowhere"

    def _only_one(self, name: str, sum_: str) -> str:
        """A file that is to be had nowhere else is where it was, or in the store, or both."""
        places = (self._place / FOUND / name, self._store.layout.blob(Digest(sum_)))
        found = (self.image.followed(place) for place in places)
        return "" if any(one and self._sum(one[1]) == sum_ for one in found) else f"lost: {name} is nowhere any more"

    def _marks(self) -> str:
        """What the journal of a partial says to be durable is there."""
        for digest, (inode, part), recorded in self._partials():
            # What was torn before the run began is for the run to find out; what is beyond the end is known to be gone.
            right = self._right.get(digest.hex) if inode not in self._recording.bodies else None
            spans = [(start, min(end, len(part.data))) for start, end in recorded.spans]
            if right and any(part.data[start:end] != right[start:end] for start, end in spans):
                return f"mark: bytes of {digest.short} are marked durable, and are others"
        return ""

    def _partials(self) -> Iterator[tuple[Digest, tuple[int, Body], Recorded]]:
        """Yield what is left of partials with journals, as it is after a restart of the machine."""
        tmp = self._store.layout.tmp
        for name in self.image.list_directory(tmp):
            parsed, part = parse_partial(name), self.image.followed(tmp / name / PART)
            recorded = parse_journal(self.image.read_bytes(tmp / name / JOURNAL, 2**30) or b"", "")
            if parsed and part and recorded:
                yield parsed[0], part, recorded

    def _roots(self) -> str:
        """Every root can be read, as can every lock that it names, and what it says is ready is whole."""
        known = dict(self._store.roots.each())
        if lost := self._recording.roots - known.keys():
            return f"I9: the root {min(lost)} is gone"
        for name, root in known.items():
            if root is None:
                return f"I9: the root {name} cannot be read"
            for digest in root.locks:
                if not self._store.roots.generations.has(digest):
                    return f"I9: the root {name} names a lock that is not there"
            for view, digest in root.views.items():
                spec = self._by_lock.get(digest, {}).get(view)
                if spec is None or view in self._recording.exempt:
                    continue
                if not self.image.is_directory(self._store.layout.view(spec.key)) or self._wrong_file(spec):
                    return f"I9: the root {name} says that {view} is ready, and it is not"
        return ""

    def _pins(self) -> str:
        """Every pin can be read, and what it keeps is there."""
        try:
            digests = self._store.pins.digests()
        except DocumentError as error:
            return f"I8: {error.message}"
        lost = [digest for digest in digests if self.image.followed(self._store.layout.blob(digest)) is None]
        return f"I8: the blob {lost[0].short} is gone although it is pinned" if lost else ""

    def _project_file(self, path: str, versions: frozenset[bytes | None]) -> str:
        data = self.image.read_bytes(self._place / path, 2**30)
        return "" if data in versions else f"torn: {path} is neither the old one nor the new one"

    def _fact(self, path: str, wanted: str | None) -> str:
        if path.startswith(DURABLE):
            kept = (r.spans.total for digest, _, r in self._partials() if digest.hex == path.removeprefix(DURABLE))
            return "" if max(kept, default=0) >= int(wanted or 0) else f"acknowledged: bytes are gone, {path}"
        found = self.image.followed(self._place / path)
        here = self._sum(found[1]) if found else None
        return "" if here == wanted else f"acknowledged: {path} is {'gone' if here is None else 'another one'}"


def _specs(lock: bytes) -> list[ViewSpec]:
    """Return every view that a lock can make: of its models, and of each component by itself."""
    parsed = parse_lock(lock)
    names = [f"{m.id}@{v.name}" for m in parsed.models for v in m.variants]
    found = [view_specs(select(parsed, [name])) for name in (*names, *(c.id for c in parsed.components))]
    return list({spec.key: spec for specs in found for spec in specs}.values())

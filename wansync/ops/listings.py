"""Ask the sources, all at once, or read what they said before. What becomes of the answers is for `ops/lock`."""

from __future__ import annotations

import contextlib
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING

from wansync.errors import InvalidListingError, WansyncError
from wansync.events import AskStarted, ListFinished, ListStarted, SourceAnswered, SourceFailed
from wansync.listing import parse_listing
from wansync.ops.payloads import payload_reader
from wansync.questions import ListingKey, Moves, listing_key, wanted_listings
from wansync.sources import is_local, may_lack_digests
from wansync.sources.parallel import in_parallel
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from pathlib import Path

    from wansync.graph import ModelGraph
    from wansync.listing import Listing
    from wansync.lockfile import Lockfile
    from wansync.manifest import Component, SourceRef
    from wansync.paths import PathFilter
    from wansync.project import Workspace
    from wansync.sources import Source
    from wansync.store.listed import ListedDigests
    from wansync.store.proven import ProvenFiles
    from wansync.transfer.payloads import PayloadReader

_WIDTH = 8
"""So many sources are asked at once; each may fetch its small files over as many connections again."""

Questions = dict[ListingKey, tuple["Component", ...]]
Answers = dict[ListingKey, "Listing | WansyncError"]


@value_type
class Listed:
    """The answers of the sources, by question; and by component id, which of them it is resolved from."""

    answers: Mapping[ListingKey, Listing]
    of_components: Mapping[str, Listing]
    failures: Mapping[str, WansyncError]
    """By component id, why its source has not answered."""


@value_type
class _Memory:
    """What earlier runs know of files, so that no byte is hashed or fetched twice."""

    known: ListedDigests
    proven: ProvenFiles
    payloads: PayloadReader | None

    @classmethod
    def of(cls, workspace: Workspace, asked: Iterable[SourceRef], terms: Terms) -> _Memory:
        """Return what the store of a workspace remembers of the sources that are asked."""
        store = workspace.store()
        lacking = any(may_lack_digests(ref) for ref in asked)
        payloads = payload_reader(workspace, store, terms.moves, reads=terms.hash_payloads) if lacking else None
        return cls(known=store.listed_digests(), proven=store.proven_files(), payloads=payloads)

    def open(self, workspace: Workspace, ref: SourceRef) -> Source:
        """Return a source that is told of it."""
        return workspace.open_source(ref, self.known, self.proven, self.payloads)

    def save(self, workspace: Workspace) -> None:
        """Remember what was learned, and end what is still under way."""
        if self.payloads:
            self.payloads.stop()
        self.proven.save()
        # A convenience: a store that cannot be used must not keep anybody from locking.
        with contextlib.suppress(OSError, WansyncError):
            if workspace.store().check_version():
                self.known.save()


@value_type
class Terms:
    """What is known or wished before any source is asked.

    Args:
        recorded: listings that are used instead of asking.
        seen: component id -> a listing that has just been asked for.
        moves: whose pins may move.
        relist: components that are asked for although nothing moves them.
        hash_payloads: whether files whose digest nobody states may be fetched to find it out.
    """

    recorded: Mapping[ListingKey, Listing] = field(default_factory=dict)
    seen: Mapping[str, Listing] = field(default_factory=dict)
    moves: Moves = field(default_factory=Moves)
    relist: Container[str] = ()
    hash_payloads: bool = False

    def known(self, key: ListingKey, components: Sequence[Component]) -> Listing | None:
        """Return the answer to a question that need not be asked."""
        seen = [self.seen[component.id] for component in components if component.id in self.seen]
        return self.recorded.get(key) or (seen[0] if len(seen) == len(components) else None)


def list_sources(workspace: Workspace, graph: ModelGraph, previous: Lockfile | None, terms: Terms) -> Listed:
    """Return what the sources have for the components whose pins are not settled.

    A source that fails does not stop the others.
    """
    recorded = terms.recorded
    of_components = {c.id: recorded[key] for c in graph.components if (key := listing_key(c)) in recorded}
    wanted = wanted_listings(graph, previous, terms.moves, relist=terms.relist)
    given = {key: known for key, components in wanted.items() if (known := terms.known(key, components))}
    found: Answers = {**given, **_ask(workspace, {key: wanted[key] for key in wanted if key not in given}, terms)}
    answers = dict(recorded)
    failures: dict[str, WansyncError] = {}
    for key, answer in found.items():
        ids = [component.id for component in wanted[key]]
        if isinstance(answer, WansyncError):
            failures |= dict.fromkeys(ids, needed_by(answer, ids))
            # Their old entries stand, not what was recorded of another revision.
            of_components = {id_: listing for id_, listing in of_components.items() if id_ not in ids}
        else:
            answers[key] = answer
            of_components |= dict.fromkeys(ids, answer)
    return Listed(answers=answers, of_components=of_components, failures=failures)


def list_source(
    workspace: Workspace, key: ListingKey, filters: Sequence[PathFilter], *, hash_payloads: bool = False
) -> Listing:
    """Return what one source lists, and let the run's reporters know; see `Terms` for `hash_payloads`.

    Raises:
        WansyncError: it cannot be asked.
    """
    memory = _Memory.of(workspace, [key.source], Terms(hash_payloads=hash_payloads))
    try:
        return _list(workspace, memory.open(workspace, key.source), key, filters)
    finally:
        memory.save(workspace)


def read_recorded(folder: Path | None) -> dict[ListingKey, Listing]:
    """Return the recorded listings of a directory; none without one.

    Raises:
        InvalidListingError: there are none, or one cannot be read.
    """
    if folder is None:
        return {}
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise InvalidListingError(
            f"There are no recorded listings in `{folder}`",
            hint="Record them with `wansync lock --save-listings DIR`",
            directory=str(folder),
        )
    listings = [_read_listing(path) for path in paths]
    return {ListingKey(listing.source, listing.ref): listing for listing in listings}


def needed_by(error: WansyncError, ids: Sequence[str]) -> WansyncError:
    """Return the same error, with the ids of the components that it is about."""
    needed = type(error).__new__(type(error))
    WansyncError.__init__(needed, f"{error.reason} (needed by {', '.join(ids)})", hint=error.hint, **error.facts)
    needed.facts["components"] = list(ids)
    return needed


def _ask(workspace: Workspace, questions: Questions, terms: Terms) -> Answers:
    """Return an answer or a failure for every question; a server is asked all of its own by one thread."""
    memory = _Memory.of(workspace, (key.source for key in questions), terms)
    lanes: dict[SourceRef | None, Questions] = {}
    for key, components in questions.items():
        # Directories one after another: a disk reads no faster in parallel, and one file has one progress.
        lanes.setdefault(None if is_local(key.source) else key.source, {})[key] = components
    calls = {lane: partial(_ask_each, workspace, own, memory) for lane, own in lanes.items()}
    answers: Answers = {}
    if questions:
        workspace.events.emit(AskStarted(questions=len(questions)))
    try:
        for _, found in in_parallel(calls, _WIDTH):
            if isinstance(found, Exception):
                raise found
            answers |= found
            memory.proven.save()
    finally:
        # Also when the run is stopped: hashing a directory can take an hour.
        memory.save(workspace)
    return {key: answers[key] for key in questions}


def _ask_each(workspace: Workspace, questions: Questions, memory: _Memory) -> Answers:
    sources: dict[SourceRef, Source] = {}
    answers: Answers = {}
    for key, components in questions.items():
        try:
            if key.source not in sources:
                sources[key.source] = memory.open(workspace, key.source)
            filters = [component.filter for component in components]
            answers[key] = _list(workspace, sources[key.source], key, filters)
        except WansyncError as error:
            workspace.events.emit(SourceFailed(source=str(key.source), error=str(error.code), message=error.reason))
            answers[key] = error
        workspace.events.emit(SourceAnswered(source=str(key.source)))
    return answers


def _list(workspace: Workspace, source: Source, key: ListingKey, filters: Sequence[PathFilter]) -> Listing:
    name = str(key.source)
    workspace.events.emit(ListStarted(source=name))
    listing = source.list(key.ref, filters)
    size = sum(file.size for file in listing.files)
    workspace.events.emit(ListFinished(source=name, files=len(listing.files), size=size))
    return listing


def _read_listing(path: Path) -> Listing:
    try:
        return parse_listing(path.read_bytes(), name=path.name)
    except OSError as error:
        raise InvalidListingError(
            f"The listing `{path.name}` cannot be read: {error.strerror}",
            hint="Check the permissions of the directory that `--listings` names",
            file=str(path),
        ) from error

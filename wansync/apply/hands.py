"""Obey a plan: stage everything, then link, then say so. Also removal, which is a plan too.

The order is the promise: data before names, names before views, views before the record that all is applied. What
another process did meanwhile is found under the digest's lock and not done again.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from wansync.apply.result import Applied, Failure
from wansync.errors import ErrorCode, WansyncError
from wansync.events import (
    FileFailed,
    FileReady,
    FileStarted,
    LinkStarted,
    RemovalFinished,
    RemovalStarted,
    StageStarted,
)
from wansync.inventory import ViewFolder
from wansync.plan import ComponentVerb, in_turn
from wansync.sources import is_local
from wansync.store import Phase, RunRecord
from wansync.store.heads import Heads
from wansync.transfer import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from wansync.collect import RemovalPlan
    from wansync.digest import Digest
    from wansync.events import EventStream
    from wansync.plan import Plan, StageItem, ViewAction
    from wansync.settings import LinkMode
    from wansync.store import Claim, Store
    from wansync.transfer import Engine
    from wansync.views import DetachedView, Views

_FATAL = {ErrorCode.NO_SPACE, ErrorCode.STORE_FAIL, ErrorCode.LOCK_TIMEOUT}
"""Trying the next file would only fail again."""


class Apply:
    """One run's hands.

    Args:
        asked_mode: the link mode that the user named, if any.
    """

    def __init__(
        self, store: Store, views: Views, engine: Engine, events: EventStream, asked_mode: LinkMode | None
    ) -> None:
        self._store = store
        self._views = views
        self._engine = engine
        self._events = events
        self._asked_mode = asked_mode

    def begin(self, claim: Claim) -> Digest | None:
        """Register the lock as a root, before anybody looks at what the store holds: gc then keeps all it names.

        Returns:
            The lock that was applied last, which `sync` wants to know.

        Raises:
            StoreFailError: the store has a newer layout.
            OSError: the store's file system fails.
        """
        self._store.prepare()
        # Before any blob is looked at: a dead run's second name of a blob is part of the blob's fingerprint.
        self._store.sweep()
        with self._store.locks.roots():
            return self._store.roots.begin(claim)

    def sync(self, plan: Plan, claim: Claim, seen: Digest | None) -> Applied:
        """Carry out a plan that was made after `begin`, which returned `seen`.

        A file that fails does not stop the others; a view that lacks a file, or has one that makes no sense, is not
        built.

        Raises:
            WansyncError: something that would fail for every file: no space, a broken store, a lock held too long.
            OSError: the store's file system fails.
        """
        try:
            self._note(plan, claim, Phase.STAGE, "sync")
            outcome, failures = self._stage(plan)
            failed = {failure.digest for failure in failures}
            self._note(plan, claim, Phase.LINK, "sync")
            ready, refused = self._ready(plan, failed)
            links, mode, views = self._link(plan, ready)
            with self._store.locks.roots():
                self._store.roots.finish(claim, seen, views, self._trees(plan, claim, failed))
            self._store.sweep()
        finally:
            self._store.runs.end(self._events.run)
        return Applied(
            outcome=outcome,
            links=links,
            link_mode=mode,
            views=views,
            failures=(*failures, *refused),
            quarantined=self._quarantined,
        )

    def fetch(self, plan: Plan, claim: Claim, seen: Digest | None) -> Applied:
        """Carry out the stage of a plan that was made after `begin`, which returned `seen`, and keep what it brought.

        No view is built, and no component counts as applied: a later sync links them.

        Raises:
            WansyncError: something that would fail for every file: no space, a broken store, a lock held too long.
            OSError: the store's file system fails.
        """
        try:
            self._note(plan, claim, Phase.STAGE, "fetch")
            outcome, failures = self._stage(plan)
            self.keep(claim, seen)
        finally:
            self._store.runs.end(self._events.run)
        return Applied(
            outcome=outcome,
            links=0,
            link_mode=None,
            views={},
            failures=tuple(failures),
            quarantined=self._quarantined,
        )

    def keep(self, claim: Claim, seen: Digest | None) -> None:
        """Register a lock for good after its blobs were brought in; no component counts as applied by that.

        Raises:
            OSError: the store's file system fails.
        """
        with self._store.locks.roots():
            root = self._store.roots.read(claim.project.id)
            self._store.roots.finish(claim, seen, (), dict(root.trees) if root else {})
        self._store.sweep()

    def detach(self, plan: RemovalPlan) -> list[DetachedView]:
        """Take everything of a removal plan out of use and return the views; the caller holds the roots lock.

        Raises:
            OSError: the store's file system fails.
        """
        self._events.emit(RemovalStarted(blobs=len(plan.blobs), views=len(plan.views), size=plan.size))
        views = [self._views.detach(key) for key in plan.views]
        for digest in plan.blobs:
            with self._store.locks.blob(digest):
                self._store.blobs.quarantine(digest)
        for digest in plan.partials:
            with self._store.locks.blob(digest):
                self._store.drop_partials(digest)
        for id_ in plan.forgotten:
            self._store.roots.forget(f"{id_}.json")
        self._store.roots.drop_unnamed_generations()
        return views

    def discard(self, views: Iterable[DetachedView]) -> None:
        """Remove the bytes of what was detached.

        Raises:
            OSError: the store's file system fails.
        """
        for view in views:
            self._views.discard(view)
        self._store.remove_empty_folders()
        self._store.forget_gone_blobs()
        self._store.sweep()
        self._events.emit(RemovalFinished())

    def _note_rate(self) -> None:
        """Record how fast bytes came, unless they were held up here: that says nothing of the next run."""
        engine = self._engine
        if not engine.limited:
            self._store.rate.note(engine.gauge.remote, engine.gauge.seconds)

    @property
    def _quarantined(self) -> tuple[str, ...]:
        return tuple(str(source) for source in self._engine.quarantined)

    def _stage(self, plan: Plan) -> tuple[Outcome, list[Failure]]:
        if plan.stage:
            self._events.emit(_stage_started(plan))
        outcomes: list[Outcome] = []
        failures: list[Failure] = []
        try:
            # Closed in any case: whoever leaves early stops the others.
            with contextlib.closing(self._engine.make_all_present(in_turn(plan), self._make_present)) as made:
                for item, result in made:
                    if isinstance(result, Outcome):
                        outcomes.append(result)
                    elif isinstance(result, WansyncError) and result.code not in _FATAL:
                        failures.append(Failure(path=str(item.path), digest=item.digest, error=result))
                    else:
                        raise result
        finally:
            self._note_rate()
        place = {item.digest: number for number, item in enumerate(plan.stage)}
        return sum(outcomes, Outcome()), sorted(failures, key=lambda failure: place[failure.digest])

    def _make_present(self, item: StageItem) -> Outcome:
        digest, path = str(item.digest), str(item.path)
        self._events.emit(FileStarted(digest=digest, path=path, size=item.size, have=item.have))
        try:
            outcome = self._engine.make_present(item)
        except WansyncError as error:
            self._events.emit(FileFailed(digest=digest, path=path, error=str(error.code), message=error.reason))
            raise
        self._events.emit(FileReady(digest=digest, path=path, size=item.size))
        return outcome

    def _ready(self, plan: Plan, failed: set[Digest]) -> tuple[list[ViewAction], list[Failure]]:
        """Return the views that can be built, and why others cannot although all of their files are present."""
        heads = Heads(self._store, _local_digests(plan))
        ready: list[ViewAction] = []
        refused: list[Failure] = []
        for view in plan.views:
            if any(file.digest in failed for file in view.spec.files):
                continue
            spec = view.spec
            # What stands there already was looked at when it was built.
            if view.links and (found := heads.find_broken(spec.key.name, spec.files, spec.pickles)):
                file, error = found
                refused.append(Failure(path=str(file.path), digest=file.digest, error=error, view=spec.key.name))
            else:
                ready.append(view)
        return ready, refused

    def _link(self, plan: Plan, ready: Sequence[ViewAction]) -> tuple[int, LinkMode | None, dict[str, Path]]:
        # A blob that was fetched again has a new inode, also behind a view that looked right.
        busy = any(view.links for view in ready) or bool(plan.stage)
        if files := sum(len(view.links) for view in ready):
            self._events.emit(LinkStarted(views=sum(1 for view in ready if view.links), files=files))
        mode = self._store.links.choose(self._asked_mode) if busy else plan.link_mode
        links = sum(self._link_view(view, mode) for view in ready)
        return links, mode, {view.spec.key.name: self._store.layout.view(view.spec.key) for view in ready}

    def _link_view(self, view: ViewAction, mode: LinkMode | None) -> int:
        if mode is None:
            self._views.make_current(view.spec.key)
            return 0
        return self._views.link(view, mode)

    def _trees(self, plan: Plan, claim: Claim, failed: set[Digest]) -> dict[str, str]:
        """Return the tree of every component that was ever applied and is still locked."""
        root = self._store.roots.read(claim.project.id)
        trees = dict(root.trees) if root else {}
        for component in plan.components:
            if component.verb is ComponentVerb.REMOVE:
                trees.pop(component.id, None)
            elif component.after and not any(file.digest in failed for file in component.files):
                trees[component.id] = component.after
        return trees

    def _note(self, plan: Plan, claim: Claim, phase: Phase, command: str) -> None:
        models = tuple(view.spec.key.name for view in plan.views if view.spec.key.folder is ViewFolder.MODELS)
        record = RunRecord(run=self._events.run, command=command, writer=claim.writer, phase=phase, models=models)
        self._store.runs.note(record)


def _local_digests(plan: Plan) -> dict[Digest, str]:
    """Return the digests that come from directories of this machine, and from which."""
    local = [component for component in plan.components if component.source and is_local(component.source)]
    return {file.digest: str(component.source) for component in local for file in component.files}


def _stage_started(plan: Plan) -> StageStarted:
    return StageStarted(
        files=len(plan.stage),
        size=sum(item.size for item in plan.stage),
        resumed=sum(item.have for item in plan.stage),
        to_fetch=plan.to_fetch,
    )

"""`wansync outdated`: what has become of the locked sources upstream. Reads the lock, asks, and writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import WansyncError
from wansync.events import AskStarted, SourceAnswered, SourceFailed
from wansync.lockfile import select
from wansync.ops.listings import needed_by
from wansync.ops.payloads import payload_reader
from wansync.ops.upstream import Inquiry
from wansync.outdated import Answer, Question, Standing, assess
from wansync.questions import Moves
from wansync.sources import is_local
from wansync.sources.parallel import in_parallel
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from wansync.lockfile import LockedComponent, Lockfile
    from wansync.manifest import SourceRef
    from wansync.project import Workspace
    from wansync.sources import KnownDigests, Payloads, ProvenFiles

FORMAT_VERSION = "1.0"
_WIDTH = 8
"""So many sources are asked at once; each may fetch its small files over as many connections again."""

Answers = dict[str, "Answer | WansyncError"]
_Memory = tuple["KnownDigests", "ProvenFiles", "Payloads"]


@value_type
class OutdatedReport:
    """How the components stand that could be asked about, and why others, or some of their files, could not.

    `not_asked` are ids of components from directories of this machine that the project's own manifest does not name.
    """

    components: tuple[Standing, ...]
    failures: tuple[WansyncError, ...] = ()
    not_asked: tuple[str, ...] = ()

    @property
    def outdated(self) -> tuple[Standing, ...]:
        """The components that something has become of."""
        return tuple(standing for standing in self.components if standing.findings)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/outdated.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "outdated": bool(self.outdated),
            "components": [standing.to_dict() for standing in self.components],
            "failures": [error.to_dict() for error in self.failures],
            "not_asked": list(self.not_asked),
        }


def outdated(workspace: Workspace, wanted: Sequence[str] = ()) -> OutdatedReport:
    """Return what has become of locked components; nothing wanted means all of them, or those of a chosen profile.

    A source that fails does not stop the others. What was locked is what is asked about; the manifest says only which
    directories of this machine may be: a lock that somebody else wrote must not tell what is in others.

    Raises:
        LockMissingError, InvalidLockError, LockConflictError: the lock cannot be used.
        UnknownModelError, UsageError: something is wanted that the lock has not.
        WansyncError: not one source could be asked; the first failure.
    """
    lock, _ = workspace.lock()
    held = lock.digests
    questions = [Question.of(component) for component in _wanted(workspace, lock, wanted)]
    may_ask = _open_sources(workspace, questions)
    asked = {q.component.id: q for q in questions if q.component.source in may_ask}
    answers = _ask(workspace, asked.values())
    standings: list[Standing] = []
    for id_, answer in answers.items():
        try:
            if isinstance(answer, Answer):
                standings.append(assess(asked[id_], answer, held))
        except WansyncError as error:  # what is upstream now cannot be used
            answers[id_] = error
    failures = _failures(answers)
    if failures and not standings:
        raise failures[0]
    return OutdatedReport(
        components=tuple(standings),
        failures=failures,
        not_asked=tuple(sorted(q.component.id for q in questions if q.component.id not in asked)),
    )


def _wanted(workspace: Workspace, lock: Lockfile, wanted: Sequence[str]) -> tuple[LockedComponent, ...]:
    profile = workspace.settings.profile
    return select(lock, wanted, profile=profile).components if wanted or profile else lock.components


def _open_sources(workspace: Workspace, questions: Iterable[Question]) -> frozenset[SourceRef]:
    """Return the sources that may be asked: all remote ones, and the directories that the manifest names."""
    locked = frozenset(question.component.source for question in questions)
    local = frozenset(source for source in locked if is_local(source))
    if not local:
        return locked
    try:
        named = frozenset(component.source for component in workspace.manifest().components.values())
    except WansyncError:  # It is not needed, and one that cannot be used names nothing.
        named = frozenset()
    return (locked - local) | (local & named)


def _ask(workspace: Workspace, questions: Iterable[Question]) -> Answers:
    """Return an answer or a failure for every component, in order; one thread asks a source all of its own."""
    by_source: dict[SourceRef, list[Question]] = {}
    for question in questions:
        by_source.setdefault(question.component.source, []).append(question)
    store = workspace.store()
    # Recalled from only: what is learned is not saved, since this command writes nothing.
    memory: _Memory = (
        store.listed_digests(),
        store.proven_files(),
        payload_reader(workspace, store, Moves(everything=True), reads=False),
    )
    calls = {source: _call(workspace, source, own, memory) for source, own in by_source.items()}
    if by_source:
        workspace.events.emit(AskStarted(questions=sum(len(own) for own in by_source.values())))
    answers: Answers = {}
    for source, found in in_parallel(calls, _WIDTH):
        if isinstance(found, WansyncError):
            answers |= dict.fromkeys((q.component.id for q in by_source[source]), found)
        elif isinstance(found, Exception):
            raise found
        else:
            answers |= found
    return dict(sorted(answers.items()))


def _call(
    workspace: Workspace, ref: SourceRef, questions: Sequence[Question], memory: _Memory
) -> Callable[[], Answers]:
    def ask() -> Answers:
        inquiry = Inquiry(workspace.open_source(ref, *memory), questions, workspace.events, workspace.patience)
        return {question.component.id: _answer(workspace, inquiry, question) for question in questions}

    return ask


def _answer(workspace: Workspace, inquiry: Inquiry, question: Question) -> Answer | WansyncError:
    source = str(question.component.source)
    try:
        return inquiry.ask(question)
    except WansyncError as error:
        workspace.events.emit(SourceFailed(source=source, error=str(error.code), message=error.reason))
        return error
    finally:
        workspace.events.emit(SourceAnswered(source=source))


def _failures(answers: Mapping[str, Answer | WansyncError]) -> tuple[WansyncError, ...]:
    """Return each failure once, with the components that it is about."""
    about: dict[int, tuple[WansyncError, list[str]]] = {}
    for id_, answer in answers.items():
        error = answer.unlisted if isinstance(answer, Answer) else answer
        if error:
            about.setdefault(id(error), (error, []))[1].append(id_)
    return tuple(needed_by(error, ids) for error, ids in about.values())

"""Ask one source what has become of the components that come from it. What the answers mean is for `outdated`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from wansync.errors import AuthFailError, GatedRepoError, NotFoundError, WansyncError
from wansync.listing import SourceFile
from wansync.outdated import Answer
from wansync.sources.retry import patiently

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from wansync.digest import Revision
    from wansync.events import EventStream
    from wansync.listing import Listing, Upstream
    from wansync.outdated import Question
    from wansync.paths import RelativePath
    from wansync.sources import Source
    from wansync.sources.retry import Patience

_T = TypeVar("_T")


class Inquiry:
    """The questions to one source. Nothing is asked twice, and nothing that an earlier answer settles.

    Args:
        source: which is asked.
        questions: about all components that come from it.
        events: told about waiting.
        patience: when to give up on a byte; the source itself knows about its other answers.
    """

    def __init__(self, source: Source, questions: Sequence[Question], events: EventStream, patience: Patience) -> None:
        self._source = source
        self._questions = questions
        self._events = events
        self._patience = patience
        self._outcomes: dict[Hashable, tuple[Any, WansyncError | None]] = {}

    def ask(self, question: Question) -> Answer:
        """Return what the source says about a component; that it has no such thing is an answer too.

        Raises:
            WansyncError: the source does not say.
        """
        found = self._find(question.asked)
        if found and found.revision is None:
            return self._ask_for_files(question, found)
        locked = question.component.revision
        moved = found is not None and found.revision != locked
        in_history = self._contains(locked, question.ref) if moved else None
        # What a history holds exists.
        has_revision = (found is not None and not moved) or bool(in_history or self._find(str(locked)))
        upstream = found or self._find(str(locked)) or self._find(None)
        if upstream is None:
            return Answer(upstream=None, gone=self._outcomes["upstream", question.asked][1])
        refused = self._refusal(question, locked if has_revision else upstream.revision) if upstream.gated else None
        listing, unlisted = self._list(question.ref) if moved else (None, None)
        return Answer(
            upstream=upstream,
            has_ref=found is not None,
            has_revision=has_revision,
            in_history=in_history,
            listing=listing,
            unlisted=None if refused else unlisted,
            refused=refused,
        )

    def _ask_for_files(self, question: Question, found: Upstream) -> Answer:
        """Ask a source without revisions of its own: its files are all that can change."""
        try:
            # By itself: that the directory of another component is gone must not matter to this one.
            return Answer(upstream=found, listing=self._source.list(question.ref, [question.filter]))
        except NotFoundError as error:
            return Answer(upstream=None, gone=error)

    def _find(self, ref: str | None) -> Upstream | None:
        """Return what a ref leads to, or `None` when there is no such thing."""
        try:
            return self._once(("upstream", ref), lambda: self._source.upstream(ref))
        except NotFoundError:
            return None

    def _contains(self, revision: Revision, ref: str | None) -> bool | None:
        try:
            return self._once(("contains", revision, ref), lambda: self._source.contains(revision, ref))
        except NotFoundError:
            return None  # A mirror that knows no histories.

    def _list(self, ref: str | None) -> tuple[Listing | None, WansyncError | None]:
        """Return the files that the components of a ref take now, or why they cannot be listed.

        One listing for all of them, as `wansync lock --upgrade` makes it; but not for those that have not moved.
        """
        found = self._find(ref)
        moved = [q for q in self._questions if q.ref == ref and found and q.component.revision != found.revision]
        try:
            return self._once(("list", ref), lambda: self._source.list(ref, [q.filter for q in moved])), None
        except WansyncError as error:
            return None, error

    def _refusal(self, question: Question, revision: Revision | None) -> WansyncError | None:
        """Return why the files of a gated source cannot be read; found out with one byte of the smallest file."""
        files = [file for file in question.component.files if file.size]
        if revision is None or not files:
            return None
        path = question.component.source_path(min(files, key=lambda file: file.size))
        try:
            self._once(("read", revision), lambda: self._read_byte(path, revision))
        except (GatedRepoError, AuthFailError) as error:
            return error
        except NotFoundError:
            # The file is not at that revision, and nobody was refused; that of another component may be there.
            del self._outcomes["read", revision]
        return None

    def _read_byte(self, path: RelativePath, revision: Revision) -> bytes:
        def attempt() -> bytes:
            return b"".join(self._source.open(SourceFile(path, revision), 0, 1))

        return patiently(attempt, self._source.display, self._events, self._patience)

    def _once(self, key: Hashable, call: Callable[[], _T]) -> _T:
        """Return or raise what the first call under this key did."""
        if key not in self._outcomes:
            try:
                self._outcomes[key] = call(), None
            except WansyncError as error:
                self._outcomes[key] = None, error
        value: _T
        value, failure = self._outcomes[key]
        if failure:
            raise failure
        return value

"""(question, answer) -> findings: what has become of a locked component upstream. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.digest import Revision, tree_digest
from wansync.listing import taken_files
from wansync.outdated.model import Changes, Finding, FindingKind, Standing
from wansync.text import count_noun, printable

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from wansync.digest import Digest
    from wansync.listing import ListedFile
    from wansync.outdated.model import Answer, Question
    from wansync.paths import RelativePath

_SHOWN_PATHS = 3


def assess(question: Question, answer: Answer, held: Container[Digest]) -> Standing:
    """Return how a component stands.

    Args:
        question: what was asked.
        answer: what its source said.
        held: the digests that need not be fetched, those of the lock.

    Raises:
        PathUnsafeError: an index upstream names a shard by a name that is no portable one.
    """
    now = None
    if answer.listing:
        now = taken_files(answer.listing, question.filter, only_used_shards=question.only_used_shards)
    changes = None if now is None else _compare(question, now, held)
    latest = _latest(answer, now or {})
    findings = [*_of_revisions(question, answer, latest), *_of_files(changes), *_of_terms(question, answer)]
    order = list(FindingKind)
    return Standing(
        question=question,
        latest=latest,
        findings=tuple(sorted(findings, key=lambda finding: order.index(finding.kind))),
        changes=changes,
    )


def _compare(question: Question, now: Mapping[RelativePath, ListedFile], held: Container[Digest]) -> Changes:
    before = {file.origin or file.path: file.digest for file in question.component.files}
    return Changes(
        added=tuple(sorted(now.keys() - before.keys())),
        changed=tuple(sorted(path for path in now.keys() & before.keys() if now[path].digest != before[path])),
        vanished=tuple(sorted(before.keys() - now.keys())),
        size=sum({file.digest: file.size for file in now.values() if file.digest not in held}.values()),
    )


def _latest(answer: Answer, now: Mapping[RelativePath, ListedFile]) -> Revision | None:
    if answer.upstream is None or not answer.has_ref:
        return None
    if answer.upstream.revision is not None:
        return answer.upstream.revision
    return Revision.of_tree(tree_digest((str(inner), file.size, file.digest) for inner, file in now.items()))


def _of_revisions(question: Question, answer: Answer, latest: Revision | None) -> Iterator[Finding]:
    if answer.gone:
        yield Finding(kind=FindingKind.GONE, message=answer.gone.reason)
        return
    locked = question.component.revision
    ref = f"`{printable(question.ref)}`" if question.ref else "the default branch"
    if not answer.has_ref and not question.pinned:
        yield Finding(kind=FindingKind.REF_GONE, message=f"{ref[0].upper()}{ref[1:]} does not exist any more")
    has_commits = answer.upstream is not None and answer.upstream.revision is not None
    if has_commits and latest not in {None, locked}:
        message = f"The commit of {ref} is not the locked one"
        yield Finding(kind=FindingKind.NEW_COMMIT, message=message, before=str(locked), after=str(latest))
    if answer.in_history is False:
        yield Finding(kind=FindingKind.FORCE_PUSHED, message=f"The locked commit is not in the history of {ref}")
    if not answer.has_revision:
        message = "The locked commit does not exist any more; nothing can be fetched from it"
        yield Finding(kind=FindingKind.REVISION_GONE, message=message)


def _of_files(changes: Changes | None) -> Iterator[Finding]:
    if changes is None:
        return
    if changes.vanished:
        yield Finding(kind=FindingKind.FILE_VANISHED, message=f"Not there any more: {_paths(changes.vanished)}")
    counts = [(len(changes.changed), "changed"), (len(changes.added), "added")]
    words = [f"{count_noun(count, 'file')} {word}" for count, word in counts if count]
    if words:
        yield Finding(kind=FindingKind.FILES_CHANGED, message=", ".join(words))


def _of_terms(question: Question, answer: Answer) -> Iterator[Finding]:
    component, upstream = question.component, answer.upstream
    if answer.refused:
        page = answer.refused.facts.get("page")
        yield Finding(kind=FindingKind.GATED, message=answer.refused.reason, page=str(page) if page else None)
    if upstream is None:
        return
    before, after = component.license, printable(upstream.license) if upstream.license else None
    if not question.states_license and (before or "").casefold() != (after or "").casefold():
        message = f"The licence was {_license(before)} and is {_license(after)} now"
        yield Finding(kind=FindingKind.LICENSE_CHANGED, message=message, before=before, after=after)
    name = component.source.location
    if upstream.name and upstream.name.casefold() != name.casefold():
        new = printable(upstream.name)
        yield Finding(kind=FindingKind.RENAMED, message=f"It is called `{new}` now", before=name, after=new)


def _license(name: str | None) -> str:
    return f"`{printable(name)}`" if name else "not stated"


def _paths(paths: tuple[RelativePath, ...]) -> str:
    shown = ", ".join(f"`{path}`" for path in paths[:_SHOWN_PATHS])
    more = len(paths) - _SHOWN_PATHS
    return f"{shown} and {count_noun(more, 'more file')}" if more > 0 else shown

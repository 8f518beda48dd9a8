"""Laws of the difference between two locks."""

from __future__ import annotations

from hypothesis import given, settings

from tests.property.strategies import locks
from tests.support.documents import check_document
from wansync.cli.render.diff import MAX_BODY, diff_markdown
from wansync.lockfile import Change, Lockfile, diff_locks, format_lock

LIMITED = settings(max_examples=60, deadline=None)


@given(locks())
@LIMITED
def test_diff_of_a_lock_with_itself_is_empty(lock: Lockfile) -> None:
    diff = diff_locks(lock, lock)

    assert (diff.empty, diff.new, diff.unchanged) == (True, 0, len(lock.components))


@given(locks(), locks())
@LIMITED
def test_diff_is_empty_only_when_the_bytes_are_equal(before: Lockfile, after: Lockfile) -> None:
    assert diff_locks(before, after).empty is (format_lock(before) == format_lock(after))


@given(locks(), locks())
@LIMITED
def test_diff_counts_every_new_digest_once(before: Lockfile, after: Lockfile) -> None:
    diff = diff_locks(before, after)

    assert diff.new == sum(size for digest, size in after.digests.items() if digest not in before.digests)
    assert diff.size_after <= diff.size_before + diff.new
    assert max([c.new for c in diff.components], default=0) <= diff.new <= sum(c.new for c in diff.components)


@given(locks(), locks())
@LIMITED
def test_diff_backwards_swaps_the_sides(before: Lockfile, after: Lockfile) -> None:
    swapped = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED, Change.CHANGED: Change.CHANGED}
    there, back = diff_locks(before, after), diff_locks(after, before)

    assert [(c.id, c.change) for c in there.components] == [(c.id, swapped[c.change]) for c in back.components]
    assert [(m.id, m.change) for m in there.models] == [(m.id, swapped[m.change]) for m in back.models]
    assert (there.size_before, there.size_after) == (back.size_after, back.size_before)


@given(locks(), locks())
@LIMITED
def test_diff_of_any_locks_can_be_shown(before: Lockfile, after: Lockfile) -> None:
    for diff in (diff_locks(None, after), diff_locks(before, after)):
        check_document("lock-diff", diff.to_dict())
        body = diff_markdown(diff)
        assert len(body) <= MAX_BODY + 100
        assert body.count("<details>") == body.count("</details>")

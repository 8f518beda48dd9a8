"""Laws of merging locks."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.strategies import components, locks, models
from wansync.lockfile import Lockfile, Merge, check_lock, format_lock, format_merge, merge_locks, parse_lock
from wansync.lockfile.conflict import split_conflict
from wansync.lockfile.salvage import salvage_lock

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

    from wansync.lockfile import LockedComponent
    from wansync.manifest import Model

IDS = ["a", "B", "b", "c", "d"]
LIMITED = settings(max_examples=60, deadline=None)


@st.composite
def changed(draw: DrawFn, base: Lockfile) -> Lockfile:
    """Return a lock that grew from `base`: entries kept, changed, removed and added; it makes sense in itself."""
    here = sorted(draw(st.sets(st.sampled_from([*IDS, *(c.id for c in base.components)]), min_size=1)))
    ids = list({id_.casefold(): id_ for id_ in here}.values())
    old: dict[str, Any] = {component.id: component for component in base.components}
    old |= {model.id: model for model in base.models}
    names = sorted(draw(st.sets(st.sampled_from(["m", "n", *(model.id for model in base.models)]))))
    names = list({name.casefold(): name for name in names}.values())

    def one_component(id_: str) -> LockedComponent:
        kept = old.get(id_) if draw(st.booleans()) else None
        new: LockedComponent = kept if kept in base.components else draw(components(id_, ids))
        return dataclasses.replace(new, requires=tuple(r for r in new.requires if r in ids))

    def one_model(name: str) -> Model:
        kept = old.get(name) if draw(st.booleans()) else None
        needed = {i for v in getattr(kept, "variants", ()) for slot in v.slots.values() for i in slot}
        new: Model = kept if kept in base.models and needed <= {*ids} else draw(models(name, ids))
        return new

    profiles = {**base.profiles} if draw(st.booleans()) else {"all": ("m",)}
    lock = Lockfile(
        project=draw(st.sampled_from([base.project, "other"])),
        components=tuple(one_component(id_) for id_ in sorted(ids)),
        models=tuple(one_model(name) for name in sorted(names)),
        profiles=profiles,
        default_profile=draw(st.sampled_from([None, *profiles])),
    )
    check_lock(lock)
    return lock


@st.composite
def histories(draw: DrawFn) -> tuple[Lockfile | None, Lockfile, Lockfile]:
    """Return a base and two locks that grew from it; or two locks whose base nobody knows."""
    base = draw(locks())
    ours, theirs = draw(changed(base)), draw(changed(base))
    return draw(st.sampled_from([base, None])), ours, theirs


@given(histories())
@LIMITED
def test_merge_makes_sense_and_is_written_canonically(history: tuple[Lockfile | None, Lockfile, Lockfile]) -> None:
    merge = merge_locks(*history)

    check_lock(merge.lock)
    assert merge.lock == parse_lock(format_lock(merge.lock))


@given(histories())
@LIMITED
def test_merge_without_conflicts_does_not_depend_on_the_side(
    history: tuple[Lockfile | None, Lockfile, Lockfile],
) -> None:
    base, ours, theirs = history
    there, back = merge_locks(base, ours, theirs), merge_locks(base, theirs, ours)

    assert bool(there.conflicts) == bool(back.conflicts)
    if not there.conflicts:
        assert format_lock(there.lock) == format_lock(back.lock)


@given(histories())
@LIMITED
def test_merge_with_an_unchanged_side_is_the_other(history: tuple[Lockfile | None, Lockfile, Lockfile]) -> None:
    base, ours, theirs = history

    assert merge_locks(ours, ours, theirs) == Merge(lock=theirs)
    assert merge_locks(ours, theirs, ours) == Merge(lock=theirs)
    assert merge_locks(base, ours, ours) == Merge(lock=ours)


@given(histories())
@LIMITED
def test_merge_that_is_written_with_conflicts_splits_into_what_each_side_has(
    history: tuple[Lockfile | None, Lockfile, Lockfile],
) -> None:
    merge = merge_locks(*history)
    data = format_merge(merge)
    sides = split_conflict(data)

    assert sides is not None
    assert parse_lock(sides.ours) == merge.lock
    assert (data == format_lock(merge.lock)) is not bool(merge.conflicts)
    found = salvage_lock(sides.theirs)
    assert found.broken == frozenset()
    texts = [conflict.theirs for conflict in merge.conflicts if conflict.theirs]
    assert [text for text in texts if text not in sides.theirs.decode()] == []

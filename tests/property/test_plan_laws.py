"""Laws of plans and of garbage collection."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.property.strategies import DIGESTS, disks, locks
from wansync.cli.render.columns import lay_out
from wansync.cli.render.plan_rows import plan_rows
from wansync.collect import Keeping, RemovalPlan, collect
from wansync.digest import Digest
from wansync.inventory import BlobState, Contents, Inventory, ViewFolder, ViewKey, ViewRecord
from wansync.lockfile import Lockfile, Selection, select
from wansync.ops.plan import PlanReport, Site
from wansync.plan import (
    FileVerb,
    Plan,
    PlanContent,
    Policy,
    plan_entries,
    plan_sync,
    read_saved,
    synced_to,
    view_specs,
)
from wansync.settings import LinkMode, Reserve
from wansync.store.named import lock_views, named_by

if TYPE_CHECKING:
    from collections.abc import Collection
    from random import Random

    from hypothesis.strategies import DrawFn

DIGEST = Digest.of(b"a lock")
Case = tuple[Lockfile, list[str], Inventory, Policy]


@st.composite
def cases(draw: DrawFn) -> Case:
    lock = draw(locks())
    names = [c.id for c in lock.components] + [f"{m.id}@{v.name}" for m in lock.models for v in m.variants]
    wanted = draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
    disk = draw(disks(lock, view_specs(select(lock, wanted))))
    mode = draw(st.none() | st.sampled_from(LinkMode))
    return lock, wanted, disk, Policy(reserve=Reserve(percent=3), link_mode=mode)


def planned(case: Case) -> tuple[Plan, Selection]:
    lock, wanted, disk, policy = case
    selection = select(lock, wanted)
    return plan_sync(lock, selection, disk, policy), selection


@given(cases(), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_plan_does_not_depend_on_any_order(case: Case, random: Random) -> None:
    lock, wanted, disk, policy = case

    def mixed(mapping: Any) -> dict[Any, Any]:  # noqa: ANN401
        return dict(random.sample([*mapping.items()], len(mapping)))

    other_lock = dataclasses.replace(
        lock,
        components=tuple(random.sample(lock.components, len(lock.components))),
        models=tuple(random.sample(lock.models, len(lock.models))),
        profiles=mixed(lock.profiles),
    )
    maps: dict[str, Any] = {name: mixed(getattr(disk, name)) for name in ("blobs", "partials", "views", "applied")}
    other = (other_lock, random.sample(wanted, len(wanted)), dataclasses.replace(disk, **maps), policy)

    assert planned(case)[0] == planned(other)[0]


@given(cases())
@settings(max_examples=80, deadline=None)
def test_plan_stages_each_digest_that_is_not_intact_once(case: Case) -> None:
    plan, selection = planned(case)
    blobs = case[2].blobs
    wanted = {file.digest for c in selection.components for file in c.files}

    staged = [item.digest for item in plan.stage]
    assert len(set(staged)) == len(staged)
    assert {digest for digest in wanted if blobs[digest] is not BlobState.INTACT} == set(staged)
    assert all(item.origins for item in plan.stage)


@given(cases())
@settings(max_examples=80, deadline=None)
def test_plan_counts_every_byte_once(case: Case) -> None:
    plan, selection = planned(case)
    lock, _, disk, _ = case
    wanted = {file.digest for c in selection.components for file in c.files}

    absent = {d for d in wanted if disk.blobs[d] in {BlobState.MISSING, BlobState.CORRUPT}}
    to_fetch = sum(lock.digests[d] - min(disk.partials.get(d, 0), lock.digests[d]) for d in absent)
    assert to_fetch == plan.to_fetch == sum(action.to_fetch for action in plan.components)
    totals = plan.totals()
    kinds = ("fetch", "resume", "adopt", "check", "shared", "present")
    assert sum(c.size for c in selection.components) == sum(totals[kind] for kind in kinds)
    assert totals["link"] == sum(len(view.links) for view in plan.views) == sum(a.links for a in plan.components)


@given(cases())
@settings(max_examples=60, deadline=None)
def test_plan_after_the_plan_is_a_noop(case: Case) -> None:
    lock, wanted, disk, policy = case
    plan, selection = planned(case)
    mode = policy.link_mode or LinkMode.HARDLINK
    after = dataclasses.replace(
        disk,
        blobs={**disk.blobs, **{item.digest: BlobState.INTACT for item in plan.stage}},
        views={view.spec.key: ViewRecord(mode=mode) for view in plan.views},
        applied={c.id: c.tree.short for c in selection.components},
        stale_records=(),
    )

    again, _ = planned((lock, wanted, after, policy))

    assert again.noop
    assert (again.to_fetch, again.disk.peak, again.disk.fits) == (0, 0, True)
    assert {FileVerb.KEEP} >= {file.verb for action in again.components for file in action.files}


@given(cases())
@settings(max_examples=60, deadline=None)
def test_plan_links_every_path_of_a_view_that_does_not_lead_to_its_blob(case: Case) -> None:
    plan, _ = planned(case)
    disk = case[2]

    for view in plan.views:
        record = disk.views.get(view.spec.key)
        replaced = {f.path for f in view.spec.files if disk.blobs[f.digest] in {BlobState.MISSING, BlobState.CORRUPT}}
        must = {f.path for f in view.spec.files} if record is None else {*record.damaged, *replaced}
        assert must <= set(view.links)
        assert bool(view.links) is (view.reason is not None) or not view.spec.files


def saved(plan: Plan, lock: Digest = DIGEST) -> PlanContent:
    """Return what a plan promises, read back from the document that `wansync plan --out` writes."""
    report = PlanReport(plan=plan, lock=lock, site=Site(root="/store"))
    return read_saved(json.dumps(report.to_dict()).encode(), name="plan.json")


@given(cases())
@settings(max_examples=60, deadline=None)
def test_saved_plan_comes_back_as_it_was_and_is_fresh(case: Case) -> None:
    plan, _ = planned(case)
    content = saved(plan)

    assert content == PlanContent.of(plan, lock=DIGEST, store="/store")
    assert content.moved_target(case[0], DIGEST, "/store", case[3].link_mode) == []
    assert content.moved_steps(plan) == []


@given(cases(), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_saved_plan_stays_good_while_it_is_carried_out(case: Case, random: Random) -> None:
    """Whatever part of it somebody has done, what is left is promised."""
    lock, wanted, disk, policy = case
    plan, _ = planned(case)
    done = {item.digest: BlobState.INTACT for item in plan.stage if random.random() < 0.5}
    mode = plan.link_mode or LinkMode.HARDLINK
    built = {view.spec.key: ViewRecord(mode=mode) for view in plan.views if random.random() < 0.5}
    later = dataclasses.replace(disk, blobs={**disk.blobs, **done}, views={**disk.views, **built})

    assert saved(plan).moved_steps(planned((lock, wanted, later, policy))[0]) == []


@given(cases(), st.data())
@settings(max_examples=80, deadline=None)
def test_saved_plan_is_stale_when_what_was_here_is_gone(case: Case, data: st.DataObject) -> None:
    lock, wanted, disk, policy = case
    plan, selection = planned(case)
    here = sorted({f.digest for c in selection.components for f in c.files} - {item.digest for item in plan.stage})
    assume(here)
    gone = data.draw(st.sampled_from(here))
    later = dataclasses.replace(disk, blobs={**disk.blobs, gone: BlobState.MISSING})

    assert saved(plan).moved_steps(planned((lock, wanted, later, policy))[0]) != []


@given(cases())
@settings(max_examples=60, deadline=None)
def test_entries_of_a_plan_tell_of_every_byte_once(case: Case) -> None:
    plan, _ = planned(case)
    entries = plan_entries(plan)

    assert plan.to_fetch == sum(entry.to_fetch for entry in entries)
    own = [action.id for entry in entries for action in entry.own]
    assert sorted(own) == sorted(action.id for action in plan.components)
    assert {view.spec.key.name for view in plan.views} <= {entry.name for entry in entries}


@given(cases(), st.sampled_from([20, 40, 80, 200]))
@settings(max_examples=60, deadline=None)
def test_rows_of_a_plan_are_never_wider_than_the_terminal_unless_a_word_is(case: Case, width: int) -> None:
    plan, _ = planned(case)
    rows = plan_rows(plan, plan_entries(plan))

    for row, lines in zip(rows, lay_out(rows, width), strict=True):
        shown = [row.mark + lines[0], *lines[1:]]
        wide = [line for line in shown if len(line) > max(width, 12 + 20)]
        assert [line for line in wide if len(line.split()) > 2] == []
        said = " ".join(" ".join(shown).split())
        for phrase in (row.name, row.count, row.size, *row.rest):
            assert " ".join(phrase.split()) in said


@given(cases(), locks())
@settings(max_examples=60, deadline=None)
def test_plan_between_two_locks_fetches_what_the_older_one_lacks(case: Case, older: Lockfile) -> None:
    lock, wanted, _, policy = case
    selection, before = select(lock, wanted), select(older, [c.id for c in older.components])

    plan = plan_sync(lock, selection, synced_to(before, lock, policy.link_mode), policy)

    known = {file.digest for component in before.components for file in component.files}
    new = {f.digest: f.size for c in selection.components for f in c.files if f.digest not in known}
    assert sum(new.values()) == plan.to_fetch
    same = plan_sync(lock, selection, synced_to(selection, lock, policy.link_mode), policy)
    assert (same.noop, same.freed) == (True, 0)


KEYS = st.builds(
    ViewKey,
    folder=st.sampled_from(ViewFolder),
    name=st.text("ab@", min_size=1, max_size=3),
    tree=st.text("01", min_size=16, max_size=16),
)


def _collect(roots: list[Lockfile], contents: Contents, pinned: Collection[Digest] = ()) -> RemovalPlan:
    return collect(Keeping(roots=[named_by(lock) for lock in roots], pinned=pinned), contents)


@given(st.lists(locks(), max_size=3), st.dictionaries(DIGESTS, st.integers(0, 9)), st.lists(KEYS, unique=True))
@settings(max_examples=60, deadline=None)
def test_collect_removes_exactly_what_no_root_names(
    roots: list[Lockfile], garbage: dict[Any, int], strangers: list[ViewKey]
) -> None:
    named = {d: size for lock in roots for d, size in lock.digests.items()}
    views = {key for lock in roots for key in lock_views(lock)}
    contents = Contents(blobs={**garbage, **named}, partials={**named, **garbage}, views=tuple({*views, *strangers}))

    plan = _collect(roots, contents)

    assert set(garbage) - set(named) == set(plan.blobs) == set(plan.partials)
    assert set(strangers) - views == set(plan.views)
    kept = Contents(
        blobs={d: s for d, s in contents.blobs.items() if d not in plan.blobs},
        views=tuple(set(contents.views) - set(plan.views)),
    )
    assert _collect(roots, kept).noop


@given(locks(), st.lists(locks(), max_size=2))
@settings(max_examples=30, deadline=None)
def test_collect_with_one_more_root_removes_no_more(lock: Lockfile, roots: list[Lockfile]) -> None:
    contents = Contents(
        blobs={d: s for one in [lock, *roots] for d, s in one.digests.items()},
        views=tuple({key for one in [lock, *roots] for key in lock_views(one)}),
    )

    more, less = _collect(roots, contents), _collect([*roots, lock], contents)

    assert set(less.blobs) <= set(more.blobs)
    assert set(less.views) <= set(more.views)
    assert less.noop


@given(
    st.lists(locks(), max_size=2),
    st.dictionaries(DIGESTS, st.integers(0, 99), max_size=6),
    st.sets(DIGESTS, max_size=6),
)
@settings(max_examples=60, deadline=None)
def test_collect_never_removes_what_is_pinned_and_nothing_else_stays_for_it(
    roots: list[Lockfile], garbage: dict[Any, int], pinned: set[Any]
) -> None:
    contents = Contents(blobs=garbage, partials=garbage)

    free, kept = _collect(roots, contents), _collect(roots, contents, pinned)

    assert not pinned & {*kept.blobs, *kept.partials}
    assert set(free.blobs) - pinned == set(kept.blobs)
    assert set(free.partials) - pinned == set(kept.partials)

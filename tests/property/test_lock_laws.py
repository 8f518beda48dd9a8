"""Laws of the lock's bytes."""

from __future__ import annotations

import dataclasses
import tomllib
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.strategies import locks, shuffled
from wansync.lockfile import Lockfile, check_lock, format_lock, locked_tree, parse_lock, select

if TYPE_CHECKING:
    from random import Random


@given(locks())
@settings(max_examples=100, deadline=None)
def test_generated_locks_make_sense(lock: Lockfile) -> None:
    check_lock(lock)


@given(locks())
@settings(max_examples=150, deadline=None)
def test_parse_undoes_format(lock: Lockfile) -> None:
    assert lock == parse_lock(format_lock(lock))


@given(locks())
@settings(max_examples=60, deadline=None)
def test_format_is_canonical(lock: Lockfile) -> None:
    data = format_lock(lock)

    assert data == format_lock(parse_lock(data))
    assert data == format_lock(parse_lock(data.replace(b"\n", b"\r\n")))
    assert data.endswith(b"]\n") or data.count(b"[[") == 0
    assert b"\r" not in data


@given(locks(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_format_order_of_files_requests_and_profiles_does_not_matter(lock: Lockfile, random: Random) -> None:
    components = tuple(
        dataclasses.replace(
            c, files=tuple(random.sample(c.files, len(c.files))), request=shuffled(dict(c.request), random)
        )
        for c in lock.components
    )
    profiles = shuffled(dict(lock.profiles), random)

    assert format_lock(lock) == format_lock(dataclasses.replace(lock, components=components, profiles=profiles))


@given(locks())
@settings(max_examples=60, deadline=None)
def test_format_has_one_line_per_file(lock: Lockfile) -> None:
    lines = format_lock(lock).decode().split("\n")

    files = [line for line in lines if line.startswith("    { path = ")]
    assert len(files) == sum(len(c.files) for c in lock.components)
    assert all(line.endswith(" },") for line in files)


@given(locks())
@settings(max_examples=60, deadline=None)
def test_format_is_toml_with_the_documented_tables(lock: Lockfile) -> None:
    values = tomllib.loads(format_lock(lock).decode())

    assert (1, 0, lock.project) == (values["version"], values["minor"], values["project"]["name"])
    assert [c.id for c in lock.components] == [entry["id"] for entry in values.get("component", [])]


@given(locks())
@settings(max_examples=60, deadline=None)
def test_tree_differs_when_any_file_differs(lock: Lockfile) -> None:
    component = lock.components[0]
    first, *rest = component.files

    assert component.tree != locked_tree(rest)
    assert component.tree != locked_tree([dataclasses.replace(first, size=first.size + 1), *rest])


@given(locks())
@settings(max_examples=60, deadline=None)
def test_select_everything_is_closed_under_requires(lock: Lockfile) -> None:
    selection = select(lock, [c.id for c in lock.components])
    ids = {c.id for c in selection.components}

    assert all(set(c.requires) <= ids for c in selection.components)
    assert [c.id for c in selection.components] == sorted(ids)
    assert set(selection.explicit) <= ids
    assert all(m.components <= ids for m in selection.models)

"""What changes from one lock to another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.documents import check_document
from tests.unit.samples import COMMIT, OTHER_COMMIT, component, lock_of, locked, model, shared_lock, variant
from wansync.lockfile import Change, LockDiff, Lockfile, ValueChange, diff_locks
from wansync.manifest import ComponentKind, SourceRef
from wansync.paths import RelativePath

LOCK = shared_lock()


def edit(id_: str, **values: Any) -> Lockfile:  # noqa: ANN401
    """Return the lock with other values for a component."""
    return replace(LOCK, components=tuple(replace(c, **values) if c.id == id_ else c for c in LOCK.components))


def values_of(diff: LockDiff) -> list[tuple[str, str | None, str | None]]:
    """Return the values that changed in the one component of a diff."""
    (change,) = diff.components
    return [(value.key, value.before, value.after) for value in change.values]


def test_diff_of_equal_locks_is_empty() -> None:
    diff = diff_locks(LOCK, LOCK)

    assert diff == LockDiff(project=(), components=(), models=(), unchanged=4, size_before=757, size_after=757, new=0)
    assert diff.empty


def test_diff_of_no_lock_is_all_new() -> None:
    diff = diff_locks(None, LOCK)

    assert [(c.id, c.change, c.new) for c in diff.components] == [
        ("alpha-transformer", Change.ADDED, 300),
        ("beta-transformer", Change.ADDED, 400),
        ("tokenizer", Change.ADDED, 7),
        ("umt5", Change.ADDED, 50),
    ]
    assert [(m.id, m.change) for m in diff.models] == [("alpha", Change.ADDED), ("beta", Change.ADDED)]
    assert [value.key for value in diff.project] == ["name", "default_profile", "profiles.both"]
    assert (diff.size_before, diff.size_after, diff.new, diff.unchanged) == (0, 757, 757, 0)


def test_diff_of_a_new_revision_has_the_files_that_changed_and_only_their_bytes_as_new() -> None:
    after = edit("alpha-transformer", revision=OTHER_COMMIT, files=(locked("a2", 200), locked("a3", 30)))

    (change,) = diff_locks(LOCK, after).components

    assert [(str(file.path), file.change) for file in change.files] == [("a1", Change.REMOVED), ("a3", Change.ADDED)]
    assert (change.size_before, change.size_after, change.new) == (300, 230, 30)
    assert change.values[0] == ValueChange(key="revision", before=str(COMMIT), after=str(OTHER_COMMIT))
    assert [value.key for value in change.values] == ["revision", "tree"]


def test_diff_of_a_file_with_other_bytes_has_both_sizes_and_digests() -> None:
    before, after = locked("umt5", 50), locked("umt5", 60, content="trained on")

    (change,) = diff_locks(LOCK, edit("umt5", files=(after,))).components

    assert [(file.before, file.after) for file in change.files] == [(before, after)]
    assert change.new == 60


def test_diff_of_bytes_that_another_component_had_has_nothing_new() -> None:
    after = edit("umt5", files=(locked("moved", 400, content="b1"),))

    diff = diff_locks(LOCK, after)

    assert (diff.components[0].new, diff.new, diff.size_after) == (0, 0, 707)


def test_diff_counts_new_bytes_that_two_components_share_once_in_all() -> None:
    both = (locked("x", 9, content="same"), locked("y", 9, content="same"))
    diff = diff_locks(None, lock_of(component("a", *both), component("b", *both)))

    assert ([c.new for c in diff.components], diff.new, diff.size_after) == ([9, 9], 9, 9)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"license": "mit"}, ("license", None, "mit")),
        ({"format": "pickle"}, ("format", "safetensors", "pickle")),
        ({"source": SourceRef.parse("s3:bucket/x")}, ("source", "hf:test/umt5", "s3:bucket/x")),
        ({"kind": ComponentKind.VAE}, ("kind", "transformer", "vae")),
        ({"subfolder": RelativePath("a/b")}, ("subfolder", None, "a/b")),
        ({"requires": ()}, ("requires", '["tokenizer"]', None)),
        ({"request": {"include": ["*.json"]}}, ("request.include", None, '["*.json"]')),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_diff_of_a_component_names_the_key_that_changed(
    values: dict[str, Any], expected: tuple[str, str | None, str | None]
) -> None:
    diff = diff_locks(LOCK, edit("umt5", **values))

    assert values_of(diff) == [expected]
    assert (diff.components[0].files, diff.new) == ((), 0)


@pytest.mark.parametrize(("before", "after"), [(4, 4.0), (1, True), (4, "4"), ("a", ["a"])])
def test_diff_tells_values_apart_that_look_alike(before: object, after: object) -> None:
    locks = [lock_of(component("a", request={"x": value})) for value in (before, after)]

    assert len(values_of(diff_locks(*locks))) == 1


def test_diff_of_a_removed_component_has_its_size_and_no_new_bytes() -> None:
    after = replace(LOCK, components=tuple(c for c in LOCK.components if c.id != "tokenizer"))

    (change,) = diff_locks(LOCK, after).components

    assert (change.id, change.change, change.size_before, change.size_after, change.new) == (
        "tokenizer",
        Change.REMOVED,
        7,
        0,
        0,
    )


def test_diff_of_a_model_names_its_keys_and_those_of_its_variants() -> None:
    base = model("m", variant("small", {"vae": ("a",)}), defaults={"steps": 40})
    other = replace(
        base,
        version="2.0",
        aliases=("n",),
        defaults={"steps": 50, "fps": 16},
        variants=(replace(base.variants[0], precision="fp8", slots={"vae": ("a", "b"), "x": ("b",)}),),
    )
    parts = component("a"), component("b", locked("other"))

    diff = diff_locks(lock_of(*parts, base), lock_of(*parts, other))

    assert [(value.key, value.before, value.after) for value in diff.models[0].values] == [
        ("version", "1.0", "2.0"),
        ("aliases", None, '["n"]'),
        ("defaults.fps", None, "16"),
        ("defaults.steps", "40", "50"),
        ("variants.small.precision", "bf16", "fp8"),
        ("variants.small.slots.vae", '["a"]', '["a", "b"]'),
        ("variants.small.slots.x", None, '["b"]'),
    ]
    assert (diff.components, diff.empty) == ((), False)


def test_diff_of_the_project_names_profiles() -> None:
    after = replace(LOCK, project="other", default_profile=None, profiles={"both": ("alpha",), "few": ("beta",)})

    assert [(value.key, value.before, value.after) for value in diff_locks(LOCK, after).project] == [
        ("name", "app", "other"),
        ("profiles.both", '["alpha@small", "beta"]', '["alpha"]'),
        ("profiles.few", None, '["beta"]'),
        ("default_profile", "both", None),
    ]


def test_diff_as_json_is_what_its_schema_says() -> None:
    origin = (replace(locked("umt5", 50), origin=RelativePath("there.bin")),)
    after = replace(edit("umt5", files=origin, license="mit"), models=LOCK.models[:1], default_profile=None)

    values = diff_locks(LOCK, after).to_dict()

    check_document("lock-diff", values)
    check_document("lock-diff", diff_locks(None, LOCK).to_dict())
    assert values["components"] == [
        {
            "id": "umt5",
            "change": "changed",
            "values": [{"key": "license", "change": "added", "before": None, "after": "mit"}],
            "files": [
                {
                    "path": "umt5",
                    "change": "changed",
                    "before": {"size": 50, "sha256": str(origin[0].digest), "from": None},
                    "after": {"size": 50, "sha256": str(origin[0].digest), "from": "there.bin"},
                }
            ],
            "bytes": {"before": 50, "after": 50, "new": 0},
        }
    ]

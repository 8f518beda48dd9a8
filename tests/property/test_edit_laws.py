"""Laws of editing a manifest as text: whatever is not meant stays as it was written."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.manifest_texts import Written, manifest_texts
from wansync.manifest import (
    Component,
    ComponentKind,
    Layout,
    Model,
    ModelType,
    SourceRef,
    Variant,
    fold,
    parse_manifest,
)
from wansync.manifest.addition import Addition, addition_to
from wansync.manifest.edit import with_addition, without
from wansync.manifest.removal import removal_from
from wansync.paths import RelativePath

PART = Component(
    id="new-part",
    kind=ComponentKind.VAE,
    source=SourceRef.parse("hf:a/b"),
    ref="main",
    subfolder=RelativePath("vae"),
    exclude=("*.bin",),
)
SLOTS = {"vae": ("new-part",)}
VARIANT = Variant(name="small", layout=Layout.DIFFUSERS, precision="bf16", slots=SLOTS)
NEW = Model(id="new", version="1", type=ModelType.T2V, default_variant="small", variants=(VARIANT,))
PROFILES = st.sampled_from([None, "all", "fresh"])
INLINE = ("all = ", "profiles.all = ", *(f"{section} = " for section in ("profiles", "components", "models")))
"""How a line begins that holds what an addition has to change; every other line must stay."""
LIMITED = settings(max_examples=100, deadline=None)


def added(written: Written, profile: str | None) -> tuple[Addition, bytes]:
    data = written.text.encode()
    addition = addition_to(parse_manifest(data), [PART], NEW, profile)
    return addition, with_addition(data, addition)


@given(manifest_texts(), PROFILES)
@LIMITED
def test_what_is_added_is_there_and_every_other_line_stays(written: Written, profile: str | None) -> None:
    addition, after = added(written, profile)

    assert parse_manifest(after) == addition.applied_to(parse_manifest(written.text.encode()))
    before, lines = written.text.split("\n"), after.decode().split("\n")
    rewritten = (Counter(before) - Counter(lines)).keys()
    assert [line for line in rewritten if not line.startswith(INLINE)] == []
    following = iter(lines)
    assert [line for line in before if line not in rewritten and line not in following] == []


@given(manifest_texts(), PROFILES)
@LIMITED
def test_removing_what_was_added_gives_the_very_text_back(written: Written, profile: str | None) -> None:
    _, after = added(written, profile)

    assert written.text.encode() == without(after, removal_from(parse_manifest(after), ["new"]))


@given(manifest_texts(), PROFILES)
@LIMITED
def test_adding_again_changes_nothing(written: Written, profile: str | None) -> None:
    _, after = added(written, profile)

    again = addition_to(parse_manifest(after), [PART], NEW, profile)

    assert again == Addition()
    assert after == with_addition(after, again)


@given(manifest_texts(), st.data())
@LIMITED
def test_removal_keeps_the_comments_of_others(written: Written, data: st.DataObject) -> None:
    before = parse_manifest(written.text.encode())
    wanted = data.draw(st.sets(st.sampled_from(sorted(before.models)))) if before.models else set()
    removal = removal_from(before, sorted(wanted))

    after = without(written.text.encode(), removal)

    assert parse_manifest(after) == removal.applied_to(before)
    lines = after.decode().splitlines()
    assert [line for line in written.headings if line not in lines] == []
    gone = {("models", id_) for id_ in removal.models} | {("components", id_) for id_ in removal.components}
    gone |= {("profiles", name) for name in removal.profiles}
    assert [written.owned[key] for key in written.owned if key not in gone and written.owned[key] not in lines] == []
    assert [written.owned[key] for key in written.owned if key in gone and written.owned[key] in lines] == []


@given(manifest_texts(), st.data())
@LIMITED
def test_removal_leaves_nothing_that_is_needed_out(written: Written, data: st.DataObject) -> None:
    before = parse_manifest(written.text.encode())
    wanted = data.draw(st.sets(st.sampled_from(sorted(before.models)))) if before.models else set()

    removal = removal_from(before, sorted(wanted))

    after = removal.applied_to(before)
    assert {fold(id_) for id_ in wanted} == {fold(id_) for id_ in removal.models}
    for model in after.models.values():
        assert model.components <= after.components.keys()
    for component in after.components.values():
        assert set(component.requires) <= after.components.keys()

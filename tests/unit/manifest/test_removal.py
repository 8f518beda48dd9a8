"""What `remove` takes out of a manifest, decided on values."""

from __future__ import annotations

import pytest

from wansync.errors import UnknownModelError, UsageError
from wansync.manifest import Manifest, parse_manifest
from wansync.manifest.removal import Removal, removal_from

TEXT = """\
schema_version = 1
project = { name = "app", default_profile = "one" }

[profiles]
one = ["alpha"]
both = ["Wan-Alpha@1:small", "beta"]

[components]
alone = { kind = "vae", source = "file:x", requires = ["lonely"] }
lonely = { kind = "vae", source = "file:x" }
tokenizer = { kind = "tokenizer", source = "file:x" }
umt5 = { kind = "text_encoder", source = "file:x", requires = ["tokenizer"] }
a1 = { kind = "transformer", source = "file:x", requires = ["a2", "lonely"] }
a2 = { kind = "transformer", source = "file:x" }
b = { kind = "transformer", source = "file:x" }

[models]
alpha = { version = "1", type = "t2v", aliases = ["wan-alpha"], default_variant = "small", variants = { small = { \
layout = "native", precision = "x", slots = { "." = ["a1", "umt5"] } } } }
beta = { version = "1", type = "t2v", default_variant = "small", variants = { small = { \
layout = "native", precision = "x", slots = { "." = ["b", "umt5"] } } } }
"""


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return parse_manifest(TEXT.encode())


@pytest.mark.parametrize("name", ["alpha", "ALPHA", "wan-alpha"])
def test_model_goes_with_what_only_it_used(manifest: Manifest, name: str) -> None:
    removal = removal_from(manifest, [name, name])

    assert removal == Removal(
        models=("alpha",),
        components=("a1", "a2"),
        entries={"both": ("Wan-Alpha@1:small",)},
        profiles=("one",),
        default_profile=True,
    )
    after = removal.applied_to(manifest)
    assert after.profiles == {"both": ("beta",)}
    assert after.default_profile is None
    assert sorted(after.components) == ["alone", "b", "lonely", "tokenizer", "umt5"]


def test_models_go_with_what_only_they_used_together(manifest: Manifest) -> None:
    removal = removal_from(manifest, ["beta", "alpha"])

    assert removal.models == ("alpha", "beta")
    assert removal.components == ("a1", "a2", "b", "tokenizer", "umt5")
    assert removal.profiles == ("both", "one")


def test_component_that_nothing_needs_goes_alone(manifest: Manifest) -> None:
    removal = removal_from(manifest, ["Alone"])

    assert removal == Removal(models=(), components=("alone",), entries={}, profiles=(), default_profile=False)


@pytest.mark.parametrize(
    ("names", "needed_by"),
    [
        (["umt5"], ["alpha", "beta"]),
        (["tokenizer"], ["umt5"]),
        (["umt5", "alpha"], ["beta"]),
        (["lonely"], ["a1", "alone"]),
        (["lonely", "alpha"], ["alone"]),
    ],
)
def test_component_that_something_needs_stays(manifest: Manifest, names: list[str], needed_by: list[str]) -> None:
    with pytest.raises(UsageError) as raised:
        removal_from(manifest, names)

    shown = ", ".join(f"`{name}`" for name in needed_by)
    assert raised.value.reason == f"The component `{names[0]}` is needed by {shown}"
    assert raised.value.hint == f"Remove them together: `wansync remove {' '.join([*needed_by, names[0]])}`"


def test_component_goes_together_with_all_that_need_it(manifest: Manifest) -> None:
    assert removal_from(manifest, ["alpha", "alone", "lonely"]).components == ("a1", "a2", "alone", "lonely")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("alpa", "Did you mean `alpha`?"), ("wan-alfa", "Did you mean `wan-alpha`?"), ("xx", "Known: a1")],
)
def test_unknown_name_is_refused_with_what_may_be_meant(manifest: Manifest, name: str, hint: str) -> None:
    with pytest.raises(UnknownModelError) as raised:
        removal_from(manifest, ["beta", name])

    assert raised.value.reason == f"`models.toml` has no model or component `{name}`"
    assert raised.value.hint.startswith(hint)


def test_variant_is_refused(manifest: Manifest) -> None:
    with pytest.raises(UsageError) as raised:
        removal_from(manifest, ["wan-alpha@small"])

    assert raised.value.reason == "`wansync remove` takes whole models, and `wan-alpha@small` names one variant"
    assert raised.value.hint == "Name the model, `alpha`, or take the variant out of `models.toml` by hand"

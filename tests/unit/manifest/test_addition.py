"""What `add` puts into a manifest, decided on values."""

from __future__ import annotations

import pytest

from tests.unit.samples import MANIFEST, model, variant
from wansync.errors import UsageError
from wansync.manifest import Component, ComponentKind, SourceRef, parse_manifest
from wansync.manifest.addition import Addition, addition_to

THERE = parse_manifest(MANIFEST.encode())
VAE = Component(id="vae", kind=ComponentKind.VAE, source=SourceRef.parse("hf:test/vae"))
BETA = model("beta", variant("small", {"vae": ("vae",)}))


def test_all_of_it_is_lacking_at_first() -> None:
    addition = addition_to(THERE, [VAE], BETA, "all")

    assert addition == Addition(components=(VAE,), model=BETA, profile="all", entry="beta@small")
    after = addition.applied_to(THERE)
    assert after.profiles == {"all": ("alpha@small", "beta@small")}
    assert (after.components["vae"], after.models["beta"]) == (VAE, BETA)


def test_nothing_is_lacking_the_second_time() -> None:
    after = addition_to(THERE, [VAE], BETA, "all").applied_to(THERE)

    assert addition_to(after, [VAE], BETA, "all") == Addition()
    assert addition_to(after, [VAE], BETA, None) == Addition()
    assert addition_to(after, [VAE], BETA, "more") == Addition(profile="more", entry="beta@small")


def test_part_of_it_is_lacking_when_the_rest_is_there() -> None:
    there = Addition(components=(VAE,)).applied_to(THERE)

    assert addition_to(there, [VAE], BETA, None) == Addition(model=BETA)


def test_profile_that_names_the_model_in_another_way_is_left_alone() -> None:
    alpha = THERE.models["alpha"]
    components = [THERE.components[id_] for id_ in sorted(alpha.components)]

    assert addition_to(THERE, components, alpha, "all") == Addition()


def test_single_component_gets_no_entry_in_a_profile() -> None:
    assert addition_to(THERE, [VAE], None, "all") == Addition(components=(VAE,))


@pytest.mark.parametrize("id_", ["alpha", "ALPHA", "Wan-Alpha"])
def test_id_of_another_model_is_taken(id_: str) -> None:
    with pytest.raises(UsageError) as raised:
        addition_to(THERE, [VAE], model(id_, variant("small", {"vae": ("vae",)})), None)

    assert raised.value.reason.startswith(f"The id `{id_}` is taken")
    assert raised.value.hint == "Choose another id with `--id`"


@pytest.mark.parametrize(("with_model", "option"), [(True, "--id"), (False, "--component")])
def test_id_of_another_component_is_taken(with_model: bool, option: str) -> None:  # noqa: FBT001
    other = Component(id="UMT5", kind=ComponentKind.VAE, source=SourceRef.parse("hf:test/vae"))

    with pytest.raises(UsageError) as raised:
        addition_to(THERE, [other], BETA if with_model else None, None)

    assert raised.value.reason == "The id `UMT5` is taken: `models.toml` has `umt5`, which is something else"
    assert raised.value.hint == f"Choose another id with `{option}`"

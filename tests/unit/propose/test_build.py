"""What a source could be in a manifest, judged by the names of its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.samples import listing
from wansync.errors import InvalidListingError, PolicyDeniedError, UsageError
from wansync.manifest import Component, ComponentKind, Layout, Model, ModelType, SourceRef, Variant
from wansync.paths import RelativePath
from wansync.propose import make_wish, propose

if TYPE_CHECKING:
    from wansync.propose import AddOptions, Proposal

DIFFUSERS = (
    "model_index.json",
    "scheduler/scheduler_config.json",
    "text_encoder/model-00001-of-00002.safetensors",
    "text_encoder/model-00002-of-00002.safetensors",
    "text_encoder/model.safetensors.index.json",
    "tokenizer/tokenizer.json",
    "transformer/diffusion_pytorch_model.safetensors",
    "transformer_2/diffusion_pytorch_model.safetensors",
    "vae/diffusion_pytorch_model.safetensors",
)
NATIVE = (
    "Wan2.1_VAE.pth",
    "high_noise_model/diffusion_pytorch_model.safetensors",
    "models_t5_umt5-xxl-enc-bf16.pth",
)


def proposed(*names: str, source: str = "hf:Wan-AI/Wan2.2-T2V", **options: object) -> Proposal:
    wish = make_wish(source, options)  # type: ignore[arg-type]
    return propose(listing(str(wish.source), dict.fromkeys(names, 1), ref=wish.ref), wish)


def component(proposal: Proposal, folder: str) -> Component:
    (found,) = (one for one in proposal.components if str(one.subfolder) == folder)
    return found


def variant(proposal: Proposal) -> Variant:
    assert proposal.model is not None
    (only,) = proposal.model.variants
    return only


def test_diffusers_repository_is_a_component_for_each_folder_and_one_model() -> None:
    proposal = proposed(*DIFFUSERS, source="hf:Wan-AI/Wan2.2-T2V@main", id="wan")

    source = SourceRef.parse("hf:Wan-AI/Wan2.2-T2V")
    kinds = {
        "scheduler": ComponentKind.SCHEDULER,
        "text_encoder": ComponentKind.TEXT_ENCODER,
        "tokenizer": ComponentKind.TOKENIZER,
        "transformer": ComponentKind.TRANSFORMER,
        "transformer_2": ComponentKind.TRANSFORMER,
        "vae": ComponentKind.VAE,
    }
    ids = {folder: f"wan-{folder.replace('_', '-')}" for folder in kinds}
    assert proposal.components == (
        Component(
            id="wan-pipeline",
            kind=ComponentKind.PIPELINE,
            source=source,
            ref="main",
            include=("model_index.json",),
        ),
        *(
            Component(id=ids[folder], kind=kind, source=source, ref="main", subfolder=RelativePath(folder))
            for folder, kind in kinds.items()
        ),
    )
    assert proposal.model == Model(
        id="wan",
        version="2.2",
        type=ModelType.T2V,
        default_variant="diffusers",
        variants=(
            Variant(
                name="diffusers",
                layout=Layout.DIFFUSERS,
                precision="native",
                slots={".": ("wan-pipeline",), **{folder: (id_,) for folder, id_ in ids.items()}},
            ),
        ),
    )
    assert proposal.left_out == ()


def test_diffusers_repository_without_a_ref_names_none() -> None:
    assert {one.ref for one in proposed(*DIFFUSERS).components} == {None}


def test_diffusers_repository_leaves_out_what_no_component_is_of() -> None:
    proposal = proposed(*DIFFUSERS, "README.md", ".gitattributes", "assets/a/b.png", "model.safetensors", "config.json")

    assert proposal.left_out == (".gitattributes", "README.md", "assets/", "model.safetensors")
    assert proposal.components[0].include == ("config.json", "model_index.json")


@pytest.mark.parametrize("folder", ["image_encoder", "image_processor", "text_encoder_2", "vae_1_0", "unet"])
def test_diffusers_repository_knows_further_folders(folder: str) -> None:
    proposal = proposed(*DIFFUSERS, f"{folder}/config.json")

    assert component(proposal, folder).id in variant(proposal).slots[folder]


def test_diffusers_repository_below_a_subfolder_is_found_there() -> None:
    names = [f"export/{name}" for name in DIFFUSERS]

    proposal = proposed(*names, "export/README.md", "README.md", subfolder="export")

    assert component(proposal, "export/vae").kind is ComponentKind.VAE
    assert str(proposal.components[0].subfolder) == "export"
    assert proposal.left_out == ("README.md",)


def test_diffusers_repository_with_patterns_is_one_component_in_its_layout() -> None:
    proposal = proposed(*DIFFUSERS, include=["*.json"])

    assert [one.include for one in proposal.components] == [("*.json",)]
    assert variant(proposal).layout is Layout.DIFFUSERS
    assert variant(proposal).slots == {".": ("Wan2.2-T2V-files",)}


def test_safetensors_are_taken_where_pickles_stand_beside_them() -> None:
    more = ("pytorch_model-00001-of-00001.bin", "pytorch_model.bin.index.json", "training.pt")

    proposal = proposed(*DIFFUSERS, *(f"text_encoder/{name}" for name in more), "vae/diffusion_pytorch_model.bin")

    assert component(proposal, "text_encoder").exclude == ("*.bin", "*.bin.index.json", "*.pt")
    assert component(proposal, "vae").exclude == ("*.bin",)
    assert [one.id for one in proposal.components if one.pickle] == []


def test_weights_that_are_only_pickles_need_the_opt_in_of_their_component() -> None:
    names = (*DIFFUSERS, "image_encoder/pytorch_model.bin", "image_encoder/config.json")

    with pytest.raises(PolicyDeniedError) as raised:
        proposed(*names)

    assert raised.value.facts["files"] == ["image_encoder/pytorch_model.bin"]
    assert "`image_encoder/pytorch_model.bin` can run code when loaded" in raised.value.reason
    assert "--allow-pickle" in raised.value.hint
    proposal = proposed(*names, allow_pickle=True)
    assert [str(one.subfolder) for one in proposal.components if one.pickle] == ["image_encoder"]


FP16 = (
    "vae/diffusion_pytorch_model.fp16.safetensors",
    "text_encoder/model.fp16-00001-of-00001.safetensors",
    "text_encoder/model.safetensors.index.fp16.json",
)


def test_weights_in_several_precisions_are_taken_without_suffix() -> None:
    proposal = proposed(*DIFFUSERS, *FP16)

    assert component(proposal, "vae").exclude == ("*.fp16.*",)
    assert component(proposal, "transformer").exclude == ()
    assert variant(proposal).precision == "native"
    names = [name.removeprefix("text_encoder/") for name in (*DIFFUSERS, *FP16) if name.startswith("text_encoder/")]
    inner = component(proposal, "text_encoder")
    assert [name for name in names if inner.filter.takes(f"text_encoder/{name}")] == [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
    ]


def test_weights_in_several_precisions_are_taken_in_the_wanted_one() -> None:
    proposal = proposed(*DIFFUSERS, *FP16, precision="fp16")

    assert component(proposal, "vae").exclude == ("diffusion_pytorch_model.safetensors",)
    assert component(proposal, "transformer").exclude == ()
    assert variant(proposal).precision == "fp16"


def test_weights_in_several_precisions_that_all_have_a_suffix_must_be_chosen() -> None:
    names = ("model_index.json", "vae/model.fp16.safetensors", "vae/model.bf16.safetensors")

    with pytest.raises(UsageError) as raised:
        proposed(*names)

    assert raised.value.reason == "The weights in `vae` are there as bf16 and fp16"
    assert raised.value.hint == "Choose one, such as `--precision bf16`"
    proposal = proposed(*names, precision="fp16")
    assert component(proposal, "vae").exclude == ("*.bf16.*",)


def test_other_repository_is_one_component_at_the_root() -> None:
    proposal = proposed("config.json", "a/model.safetensors", "README.md")

    assert proposal.components == (
        Component(id="Wan2.2-T2V-files", kind=ComponentKind.PIPELINE, source=SourceRef.parse("hf:Wan-AI/Wan2.2-T2V")),
    )
    assert variant(proposal).name == "native"
    assert variant(proposal).slots == {".": ("Wan2.2-T2V-files",)}
    assert proposal.left_out == ()


def test_other_repository_with_weights_that_are_only_pickles_needs_the_opt_in() -> None:
    with pytest.raises(PolicyDeniedError) as raised:
        proposed(*NATIVE)

    assert "`Wan2.1_VAE.pth` and 1 more can run code when loaded" in raised.value.reason
    (only,) = proposed(*NATIVE, allow_pickle=True).components
    assert (only.pickle, only.exclude) == (True, ())


def test_other_repository_leaves_out_pickles_of_the_same_weights_only() -> None:
    names = ("a/model.safetensors", "a/pytorch_model.bin", "odd [1].bin", "odd [1].safetensors", "t5.bin")

    (only,) = proposed(*names, allow_pickle=True, exclude=["*.md"]).components

    # `*.bin` would match `t5.bin` too.
    assert only.exclude == ("*.md", "a/pytorch_model.bin", "odd [[]1].bin")
    assert [name for name in names if only.filter.takes(name)] == [
        "a/model.safetensors",
        "odd [1].safetensors",
        "t5.bin",
    ]


@pytest.mark.parametrize(
    ("names", "options", "precision"),
    [
        (["a_fp16.safetensors", "b-fp16.safetensors", "config-bf16.json"], {}, "fp16"),
        (["a_fp16.safetensors", "b.safetensors"], {}, "native"),
        (["a_fp16.safetensors", "b_bf16.safetensors"], {}, "native"),
        (["config.json"], {}, "native"),
        (["a_fp16.safetensors"], {"precision": "fp8"}, "fp8"),
    ],
)
def test_precision_is_what_all_weights_state(names: list[str], options: AddOptions, precision: str) -> None:
    assert variant(proposed(*names, **options)).precision == precision


@pytest.mark.parametrize(
    ("source", "version"),
    [("hf:Wan-AI/Wan2.2-T2V", "2.2"), ("file:t2v-v1.0.3", "1.0.3"), ("file:t2v-14B", "1"), ("file:2.1/t2v", "1")],
)
def test_version_is_what_the_name_states(source: str, version: str) -> None:
    model = proposed("a", source=source).model

    assert model is not None
    assert model.version == version


def test_single_component_comes_without_a_model() -> None:
    proposal = proposed(*DIFFUSERS, component="umt5", subfolder="text_encoder", exclude=["*.md"])

    assert proposal.model is None
    assert proposal.components == (
        Component(
            id="umt5",
            kind=ComponentKind.TEXT_ENCODER,
            source=SourceRef.parse("hf:Wan-AI/Wan2.2-T2V"),
            subfolder=RelativePath("text_encoder"),
            exclude=("*.md",),
        ),
    )


def test_source_without_such_a_file_is_refused() -> None:
    with pytest.raises(InvalidListingError, match="has no such file"):
        proposed(*DIFFUSERS, include=["*.gguf"])


def test_id_that_leaves_no_room_for_those_of_components_is_refused() -> None:
    with pytest.raises(UsageError, match="is too long for the id of a component"):
        proposed(*DIFFUSERS, id="t2v-" + "x" * 60)


@pytest.mark.parametrize("name", ["x", "t2v-and-i2v", "s2v"])
def test_type_that_no_name_says_is_asked_for_once_the_source_was_seen(name: str) -> None:
    with pytest.raises(UsageError, match=f"The type of `{name}` cannot be told from its name") as raised:
        proposed("model.safetensors", source=f"file:{name}")

    assert raised.value.hint.startswith("Add `--type` with one of t2v, i2v, ti2v")

"""`wansync tree`: what a lock is made of, and who uses a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import wansync

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder


@pytest.fixture
def varied(project: ProjectBuilder) -> ProjectBuilder:
    """The project with a second variant of beta, a tokenizer that the text encoder requires, and a part of its own."""
    project.files["shared/tokenizer/vocab.json"] = b"{}"
    project.files["shared/lora/lora.json"] = project.files["beta/transformer/config.json"]
    components = project.manifest["components"]
    components["tokens"] = project.component("tokenizer", "shared", "tokenizer")
    components["loose"] = project.component("lora", "shared", "lora")
    components["umt5"]["requires"] = ["tokens"]
    for model in project.manifest["models"].values():
        model["variants"]["small"]["slots"]["tokenizer"] = "tokens"
    bare = {"layout": "native", "precision": "bf16", "slots": {".": "beta-transformer"}}
    project.manifest["models"]["beta"]["variants"]["bare"] = bare
    project.write()
    assert wansync("lock").status == 0
    return project


def test_tree_shows_the_active_profile_and_what_is_shared(varied: ProjectBuilder) -> None:
    assert snapshot("""\
app  18.6 KiB
├── alpha (t2v, 1.0)  11.7 KiB
│   └── alpha@small (diffusers, bf16)  11.7 KiB
│       ├── text_encoder: umt5 (text_encoder)  3.9 KiB  requires tokens  shared with beta@small
│       ├── tokenizer: tokens (tokenizer)  2 B  shared with beta@small
│       └── transformer: alpha-transformer (transformer)  7.8 KiB
└── beta (i2v, 1.0)  10.8 KiB
    └── beta@small (diffusers, bf16)  10.8 KiB
        ├── text_encoder: umt5 (text_encoder)  3.9 KiB  requires tokens  shared with alpha@small
        ├── tokenizer: tokens (tokenizer)  2 B  shared with alpha@small
        └── transformer: beta-transformer (transformer)  6.9 KiB  shared with beta@bare
--- stderr
--- status 0
""") == shown(wansync("tree"), varied)


def test_tree_with_files_of_one_component_says_which_bytes_are_elsewhere_too(varied: ProjectBuilder) -> None:
    assert snapshot("""\
app  6.9 KiB
└── beta-transformer (transformer)  6.9 KiB  shared with beta@bare, beta@small
    ├── config.json  20 B  shared with loose
    └── model.safetensors  6.8 KiB
--- stderr
--- status 0
""") == shown(wansync("tree", "beta-transformer", "--files"), varied)


def test_tree_of_all_has_every_variant_and_what_no_model_mounts(varied: ProjectBuilder) -> None:
    assert snapshot("""\
app  18.6 KiB
├── alpha (t2v, 1.0)  11.7 KiB
│   └── alpha@small (diffusers, bf16)  11.7 KiB
├── beta (i2v, 1.0)  10.8 KiB
│   ├── beta@bare (native, bf16)  6.9 KiB
│   └── beta@small (diffusers, bf16)  10.8 KiB
└── loose (lora)  20 B
--- stderr
--- status 0
""") == shown(wansync("tree", "--all", "--depth", "2"), varied)


def test_tree_of_depth_nothing_is_the_project(varied: ProjectBuilder) -> None:
    assert wansync("tree", "--depth", "0").stdout == "app  18.6 KiB\n"


def test_tree_inverted_shows_who_requires_and_mounts_a_component(varied: ProjectBuilder) -> None:
    assert snapshot("""\
tokens (tokenizer)  2 B
├── umt5 (text_encoder)  3.9 KiB  requires tokens
│   ├── alpha@small at text_encoder
│   │   └── profile all
│   └── beta@small at text_encoder
│       └── profile all
├── alpha@small at tokenizer
│   └── profile all
└── beta@small at tokenizer
    └── profile all
--- stderr
--- status 0
""") == shown(wansync("tree", "--invert", "TOKENS"), varied)


def test_tree_inverted_of_a_model_shows_its_profiles(varied: ProjectBuilder) -> None:
    assert snapshot("""\
beta (i2v, 1.0)  10.8 KiB
├── beta@bare  6.9 KiB
└── beta@small  10.8 KiB
    └── profile all
--- stderr
--- status 0
""") == shown(wansync("tree", "--invert", "beta"), varied)


def test_tree_inverted_of_an_unknown_id_suggests_one(varied: ProjectBuilder) -> None:
    assert snapshot("""\
--- stderr
error: `models.lock` has no component or model `unt5`
hint: Did you mean `umt5`?
--- status 2
""") == shown(wansync("tree", "--invert", "unt5"), varied)


def test_tree_inverted_wants_one_id_alone(varied: ProjectBuilder) -> None:
    assert wansync("tree", "alpha", "--invert", "umt5").status == 2


@pytest.mark.parametrize("arguments", [[], ["--all"], ["umt5"], ["--invert", "umt5"], ["--invert", "beta"]], ids=str)
def test_tree_as_json_is_what_its_schema_says(varied: ProjectBuilder, arguments: list[str]) -> None:
    tree = document("tree", wansync("tree", "--json", *arguments))

    assert tree["inverted"] == ("--invert" in arguments)
    assert tree["root"]["children"]


def test_tree_of_a_lock_whose_components_require_each_other_ends(varied: ProjectBuilder) -> None:
    """A lock is somebody's text."""
    text = varied.lock_path.read_text()
    varied.lock_path.write_text(text.replace('requires = ["tokens"]', 'requires = ["tokens", "umt5"]'))

    assert [wansync("tree", *more).status for more in ([], ["--invert", "umt5"], ["--invert", "tokens"])] == [0, 0, 0]


def test_tree_in_the_api_counts_each_digest_once(varied: ProjectBuilder) -> None:
    api = varied.api()

    assert api.tree(whole=True).root.size == sum({d: len(d) for d in set(varied.files.values())}.values())
    assert api.inverted_tree("umt5").root.size == 4000

"""What somebody asks `add` for, as text and as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wansync.errors import UsageError
from wansync.manifest import ComponentKind, ModelType
from wansync.paths import PathFilter, RelativePath
from wansync.propose import make_wish

if TYPE_CHECKING:
    from wansync.propose import AddOptions


@pytest.mark.parametrize(
    ("text", "revision", "source", "ref"),
    [
        ("hf:Wan-AI/Wan2.2-T2V", None, "hf:Wan-AI/Wan2.2-T2V", None),
        ("hf:Wan-AI/Wan2.2-T2V@main", None, "hf:Wan-AI/Wan2.2-T2V", "main"),
        ("hf:Wan-AI/Wan2.2-T2V@refs/pr/1", None, "hf:Wan-AI/Wan2.2-T2V", "refs/pr/1"),
        ("hf:Wan-AI/Wan2.2-T2V", "v1", "hf:Wan-AI/Wan2.2-T2V", "v1"),
        ("hf:Wan-AI/Wan2.2-T2V@v1", "v1", "hf:Wan-AI/Wan2.2-T2V", "v1"),
        ("file:weights@home/t2v", None, "file:weights@home/t2v", None),
        ("s3:bucket/t2v@1", None, "s3:bucket/t2v@1", None),
    ],
)
def test_ref_stands_behind_the_last_at_of_a_hub_source(
    text: str, revision: str | None, source: str, ref: str | None
) -> None:
    wish = make_wish(text, {"revision": revision, "id": "x"})

    assert (str(wish.source), wish.ref) == (source, ref)


@pytest.mark.parametrize(
    ("source", "options", "id_", "type_"),
    [
        ("hf:Wan-AI/Wan2.2-T2V-A14B-Diffusers", {}, "Wan2.2-T2V-A14B-Diffusers", "t2v"),
        ("hf:Wan-AI/Wan2.2-TI2V-5B@main", {}, "Wan2.2-TI2V-5B", "ti2v"),
        ("file:../my weights/wan i2v (mine)/", {}, "wan-i2v-mine", "i2v"),
        ("file:weights/base", {"id": "t2v_small"}, "t2v_small", "t2v"),
        ("file:weights/base", {"type": "i2v"}, "base", "i2v"),
        ("file:weights/t2v", {"type": "i2v"}, "t2v", "i2v"),
        ("s3:bucket/" + "t2v-" + "x" * 80, {}, "t2v-" + "x" * 60, "t2v"),
    ],
)
def test_id_and_type_come_from_the_name_unless_they_are_said(
    source: str, options: AddOptions, id_: str, type_: str
) -> None:
    wish = make_wish(source, options)

    assert (wish.id, wish.type, wish.kind) == (id_, ModelType(type_), None)


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"component": "umt5", "kind": "text_encoder"}, ComponentKind.TEXT_ENCODER),
        ({"component": "umt5", "subfolder": "a/text_encoder_2/"}, ComponentKind.TEXT_ENCODER),
        ({"component": "vae"}, ComponentKind.VAE),
        ({"component": "transformer-2"}, ComponentKind.TRANSFORMER),
    ],
)
def test_single_component_has_the_kind_of_its_folder_or_name(options: AddOptions, kind: ComponentKind) -> None:
    wish = make_wish("file:weights", options)

    assert (wish.id, wish.kind, wish.type) == (options["component"], kind, None)


def test_files_are_filtered_as_in_the_manifest() -> None:
    options: AddOptions = {"subfolder": "a/b/", "include": ["*.json", "*.json", "x"], "exclude": ["*.md"], "id": "t2v"}

    wish = make_wish("file:weights", options)

    expected = PathFilter(subfolder=RelativePath("a/b"), include=("*.json", "x"), exclude=("*.md",))
    assert expected == wish.filter


@pytest.mark.parametrize(
    ("source", "options", "reason", "hint"),
    [
        ("Wan-AI/T2V", {}, "The source has no scheme", "For the Hub write `hf:Wan-AI/T2V`, for a directory `file:"),
        ("https://huggingface.co/Wan-AI/T2V/", {}, "The source has no scheme", "For the Hub write `hf:Wan-AI/T2V`"),
        ("https://hf.co/Wan-AI/T2V/tree/dev", {}, "The source has no scheme", "For the Hub write `hf:Wan-AI/T2V@dev`"),
        ("ftp:there", {}, "The source cannot be used: expected a source that starts with one of hf:", "Write `hf:o"),
        ("hf:", {}, "The source cannot be used: the source has no location", "Write `hf:"),
        ("https://me:hunter2@host/t2v", {}, "The source cannot be used: a source must hold no user", "Write `hf:"),
        ("https://me:hunter2@host\x1b[31m", {}, "The source has control or invisible", "Write it without them"),
        ("hf:a/t2v", {"revision": "a\nb"}, "The source has control or invisible", "Write it without them"),
        ("hf:a/t2v@", {}, "The ref is empty", "Write such as `hf:owner/name@main`"),
        ("hf:a/t2v", {"revision": ""}, "The ref is empty", "Write such as"),
        ("hf:a/t2v@one", {"revision": "two"}, "Two refs are named, `one` and `two`", "Leave out one"),
        ("file:t2v", {"revision": "main"}, "A directory has no revisions", "Leave out `--revision`"),
        ("file:.", {"type": "t2v"}, "The source has no name that could be an id", "Choose one with `--id NAME`"),
        ("file:con", {"type": "t2v"}, "`con` is no usable id", "Choose one with `--id NAME`"),
        ("file:x", {"id": "a/b", "type": "t2v"}, "`a/b` is no usable id", "Choose one with `--id NAME`"),
        ("file:x", {"component": "a@b", "kind": "vae"}, "`a@b` is no usable id", "Choose one with `--component NAME`"),
        ("file:x", {"type": "t2w"}, "`t2w` is no type", "Did you mean `t2v`?"),
        ("file:x", {"component": "umt5"}, "What `umt5` is cannot be told from its name", "Add `--kind` with one of tr"),
        ("file:x", {"component": "umt5", "kind": "vea"}, "`vea` is no kind", "Did you mean `vae`?"),
        ("file:t2v", {"kind": "vae"}, "`--kind` is of a single component", "Name the component with `--component ID`"),
        (
            "file:x",
            {"component": "vae", "type": "t2v"},
            "`--type` is of models, and `--component`",
            "Leave out `--type`",
        ),
        ("file:x", {"component": "vae", "id": "y"}, "`--id` is of models, and `--component`", "Leave out `--id`"),
        ("file:t2v", {"precision": " "}, "`--precision` is empty", "Say what the weights are"),
        ("file:t2v", {"include": ["a", ""]}, "A pattern is empty", "Write such as `--include"),
    ],
)
def test_wish_that_makes_no_sense_is_refused_with_what_helps(
    source: str, options: AddOptions, reason: str, hint: str
) -> None:
    with pytest.raises(UsageError) as raised:
        make_wish(source, options)

    assert raised.value.reason.startswith(reason)
    assert raised.value.hint.startswith(hint)
    assert "hunter2" not in f"{raised.value.reason}{raised.value.hint}{raised.value.facts}"


@pytest.mark.parametrize("subfolder", ["../x", "/x", "a//b"])
def test_subfolder_that_leaves_the_source_is_refused(subfolder: str) -> None:
    with pytest.raises(UsageError) as raised:
        make_wish("file:t2v", {"subfolder": subfolder})

    assert raised.value.reason.startswith(f"Unsafe path `{subfolder}`")
    assert "--subfolder" in raised.value.hint

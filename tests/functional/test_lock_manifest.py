"""What a wrong `models.toml` is told: file, line, key path, value, and a fix."""
# ruff: noqa: E501 (what the program prints is quoted as it is)

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.support.project import wansync

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder

WRONG = {
    "no TOML": ("[project]", "[project"),
    "unknown key": ("subfolder =", "subfoldr ="),
    "unknown kind": ('kind = "text_encoder"', 'kind = "text-encoder"'),
    "missing key": ('kind = "text_encoder"\n', ""),
    "unknown scheme": ("file:weights/shared", "ftp:weights/shared"),
    "secret in source": ("file:weights/shared", "https://user:token@host/dir"),
    "wrong type": ('subfolder = "text_encoder"', "subfolder = 1"),
    "path that leaves": ('subfolder = "text_encoder"', 'subfolder = "../text_encoder"'),
    "unknown component": ('text_encoder = "umt5"', 'text_encoder = "umt"'),
    "unknown variant": ('default_variant = "small"', 'default_variant = "smal"'),
    "unknown profile": ('default_profile = "all"', 'default_profile = "most"'),
    "unknown model in profile": ("alpha@small", "gamma@small"),
    "model twice in profile": ("beta@small", "ALPHA"),
    "same name but for case": ("[components.umt5]", "[components.Alpha-Transformer]"),
    "name of a Windows device": ("[components.umt5]", "[components.nul]"),
    "no version": ("schema_version = 1\n", ""),
    "future version": ("schema_version = 1", "schema_version = 2"),
    "past version": ("schema_version = 1", "schema_version = 0"),
    "escape sequence": ('kind = "text_encoder"', 'kind = "\\u001b[31mred"'),
}

SAID = snapshot(
    {
        "no TOML": [
            "error: Invalid manifest `models.toml` line 3: it is no TOML: Expected ']' at the end of a table declaration (at line 3, column 9)",
            "hint: Correct the file and run the command again",
        ],
        "unknown key": [
            "error: Invalid manifest `models.toml` line 13, `components.alpha-transformer.subfoldr`: unknown key `subfoldr`",
            "hint: Did you mean `subfolder`?",
        ],
        "unknown kind": [
            "error: Invalid manifest `models.toml` line 21, `components.umt5.kind`: `text-encoder` is not allowed here",
            "hint: Did you mean `text_encoder`?",
        ],
        "missing key": [
            "error: Invalid manifest `models.toml` line 20, `components.umt5`: `kind` is missing",
            "hint: Add `kind = ...` here",
        ],
        "unknown scheme": [
            "error: Invalid manifest `models.toml` line 22, `components.umt5.source`: `ftp:weights/shared` is not well formed",
            "hint: Write `hf:owner/name`, `s3:bucket/prefix`, `https://host/dir` or `file:dir`",
        ],
        "secret in source": [
            "error: Invalid manifest `models.toml` line 22, `components.umt5.source`: a source must hold no user, query or fragment: these carry secrets",
            "hint: Correct the source",
        ],
        "wrong type": [
            "error: Invalid manifest `models.toml` line 23, `components.umt5.subfolder`: `1` has the wrong type",
            "hint: Expected: string",
        ],
        "path that leaves": [
            "error: Invalid manifest `models.toml` line 23, `components.umt5.subfolder`: Unsafe path `../text_encoder`: a part is '..'",
            "hint: Write a plain relative path",
        ],
        "unknown component": [
            "error: Invalid manifest `models.toml` line 36, `models.alpha.variants.small.slots.text_encoder`: there is no component `umt`",
            "hint: Did you mean `umt5`?",
        ],
        "unknown variant": [
            "error: Invalid manifest `models.toml` line 28, `models.alpha.default_variant`: there is no variant `smal`",
            "hint: Did you mean `small`?",
        ],
        "unknown profile": [
            "error: Invalid manifest `models.toml` line 5, `project.default_profile`: there is no profile `most`",
            "hint: Known: all",
        ],
        "unknown model in profile": [
            "error: Invalid manifest `models.toml` line 8, `profiles.all[0]`: there is no model `gamma`",
            "hint: Known: alpha, beta",
        ],
        "model twice in profile": [
            "error: Invalid manifest `models.toml` line 8, `profiles.all[1]`: `alpha` is named twice",
            "hint: A profile chooses one variant of a model; make two profiles",
        ],
        "same name but for case": [
            "error: Invalid manifest `models.toml` line 20, `components.Alpha-Transformer`: `Alpha-Transformer` and `alpha-transformer` are the same name",
            "hint: Ids compare without case; rename one of them",
        ],
        "name of a Windows device": [
            "error: Invalid manifest `models.toml` line 20, `components.nul`: `nul` is no usable id: a part is a device name on Windows",
            "hint: Choose another id",
        ],
        "no version": [
            "error: Invalid manifest `models.toml`, `schema_version`: `schema_version` is missing",
            "hint: Add `schema_version = 1` as the first line",
        ],
        "future version": [
            "error: Invalid manifest `models.toml` line 1, `schema_version`: version 2 is newer than this wansync understands",
            "hint: Upgrade wansync, or rewrite the file for `schema_version = 1`",
        ],
        "past version": [
            "error: Invalid manifest `models.toml` line 1, `schema_version`: `0` was never a version",
            "hint: There is no older format to migrate from; write `schema_version = 1`",
        ],
        "escape sequence": [
            "error: Invalid manifest `models.toml` line 21, `components.umt5.kind`: `\\x1b[31mred` is not allowed here",
            "hint: Known: audio_encoder, image_encoder, lora, pipeline, scheduler, text_encoder, tokenizer, transformer, vae",
        ],
    }
)


@pytest.mark.parametrize("case", WRONG)
def test_lock_wrong_manifest_says_where_and_what_to_do(project: ProjectBuilder, case: str) -> None:
    old, new = WRONG[case]
    text = project.manifest_path.read_text()
    assert old in text
    project.manifest_path.write_text(text.replace(old, new, 1))

    ran = wansync("lock")

    assert (ran.status, ran.stdout) == (2, "")
    assert SAID[case] == ran.stderr.splitlines()
    assert not project.lock_path.exists()


def test_lock_date_as_parameter_says_which_types_are_expected(project: ProjectBuilder) -> None:
    text = project.manifest_path.read_text()
    project.manifest_path.write_text(
        text.replace('version = "1.0"', 'version = "1.0"\ndefaults = { fps = 2026-01-01 }', 1)
    )

    ran = wansync("lock")

    assert (ran.status, ran.stdout) == (2, "")
    assert "`models.alpha.defaults.fps`: `2026-01-01` has the wrong type" in ran.stderr
    assert "another type" not in ran.stderr

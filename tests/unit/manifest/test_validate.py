"""What the schema refuses, in words: file, line, key path, value, fix."""

from __future__ import annotations

import pytest

from tests.unit.samples import edited
from wansync.errors import InvalidManifestError
from wansync.manifest import parse_manifest

KIND = 'kind = "text_encoder"'
UMT5_KEY = "components.umt5"
UMT5 = 'source = "hf:test/umt5"'
ID_HINT = "Use letters, digits and `. _ + -`, at most 64 characters, first and last a letter or digit"
SOURCE_HINT = "Write `hf:owner/name`, `s3:bucket/prefix`, `https://host/dir` or `file:dir`"
KINDS = "audio_encoder, image_encoder, lora, pipeline, scheduler, text_encoder, tokenizer, transformer, vae"


def refused(old: str, new: str) -> InvalidManifestError:
    with pytest.raises(InvalidManifestError) as caught:
        parse_manifest(edited(old, new))
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "line", "key_path", "message", "hint"),
    [
        pytest.param(
            UMT5,
            UMT5 + '\nrevison = "main"',
            13,
            "components.umt5.revison",
            "unknown key `revison`",
            "Did you mean `revision`?",
            id="unknown key",
        ),
        pytest.param(
            "[profiles]",
            "[profile]",
            7,
            "profile",
            "unknown key `profile`",
            "Did you mean `profiles`?",
            id="unknown table",
        ),
        pytest.param(
            'name = "app"',
            'name = "app"\ncolour = 1',
            5,
            "project.colour",
            "unknown key `colour`",
            "Known: default_profile, name",
            id="unknown key like no other",
        ),
        pytest.param(
            KIND + "\n",
            "",
            10,
            "components.umt5",
            "`kind` is missing",
            "Add `kind = ...` here",
            id="missing key",
        ),
        pytest.param(
            '[project]\nname = "app"\ndefault_profile = "all"\n',
            "",
            None,
            "",
            "`project` is missing",
            "Add a line `[project]`, and below it `name = ...`",
            id="missing table",
        ),
        pytest.param(
            KIND,
            'kind = "textencoder"',
            11,
            "components.umt5.kind",
            "`textencoder` is not allowed here",
            "Did you mean `text_encoder`?",
            id="wrong enum",
        ),
        pytest.param(
            KIND,
            'kind = "xyz"',
            11,
            "components.umt5.kind",
            "`xyz` is not allowed here",
            f"Known: {KINDS}",
            id="enum like no other",
        ),
        pytest.param(
            'type = "t2v"', 'type = "T2V"', 22, "models.alpha.type", "`T2V` is not allowed here", "Did you mean `t2v`?"
        ),
        pytest.param(
            KIND,
            KIND + '\npickle = "deny"',
            12,
            "components.umt5.pickle",
            "`deny` is not allowed here",
            "Known: allow",
            id="pickle is allow or absent",
        ),
        pytest.param(
            UMT5, 'source = "ftp:host/x"', 12, "components.umt5.source", "`ftp:host/x` is not well formed", SOURCE_HINT
        ),
        pytest.param(UMT5, 'source = "hf:"', 12, "components.umt5.source", "`hf:` is not well formed", SOURCE_HINT),
        pytest.param(UMT5, "source = 3", 12, "components.umt5.source", "`3` has the wrong type", "Expected: string"),
        pytest.param(
            'precision = "bf16"',
            "precision = []",
            28,
            "models.alpha.variants.small.precision",
            "`[]` has the wrong type",
            "Expected: string",
        ),
        pytest.param(
            "[components.umt5]",
            '[components."um t5"]',
            10,
            "components.um t5",
            "`um t5` is not well formed",
            ID_HINT,
            id="bad id has its line",
        ),
        pytest.param(
            'version = "1.0"', 'version = "1/0"', 21, "models.alpha.version", "`1/0` is not well formed", ID_HINT
        ),
    ],
)
def test_entry_that_breaks_a_rule_is_refused(
    old: str, new: str, line: int | None, key_path: str, message: str, hint: str
) -> None:
    error = refused(old, new)

    where = (f" line {line}" if line else "") + (f", `{key_path}`" if key_path else "")
    assert f"Invalid manifest `models.toml`{where}: {message}" == str(error)
    assert hint == error.hint
    assert {"file": "models.toml", "line": line, "key_path": key_path} == error.facts


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('version = "1.0"', 'version = "1.0\\n"'),
        ('name = "app"', 'name = "app\\n"'),
        ("[profiles]", '[profiles]\n"x\\n" = ["alpha"]'),
        ("[models.alpha.variants.small]", '[models.alpha.defaults]\n"fps\\n" = 1\n[models.alpha.variants.small]'),
        (UMT5, 'source = "hf:test/umt5\\n"'),
    ],
)
def test_id_with_a_trailing_newline_is_refused(old: str, new: str) -> None:
    """In Python `$` also matches before a final newline, so the patterns of JSON Schema need more care."""
    assert "is not well formed" in str(refused(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (UMT5, UMT5 + '\ninclude = ["a", "a"]'),
        (UMT5, UMT5 + '\ninclude = [""]'),
        (UMT5, UMT5 + '\nrevision = ""'),
        ('all = ["alpha@small"]', "all = []"),
        ('transformer = "transformer"', "transformer = []"),
    ],
)
def test_hint_of_an_empty_or_repeated_value_is_an_instruction(old: str, new: str) -> None:
    assert refused(old, new).hint not in {"Expected: True", "Expected: 1"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('transformer = "transformer"', "transformer = 3"),
        ("[models.alpha.variants.small]", "[models.alpha.defaults]\nfps = 2026-08-01\n[models.alpha.variants.small]"),
        ("[models.alpha.variants.small]", "[models.alpha.roles]\nvae = 3\n[models.alpha.variants.small]"),
    ],
)
def test_hint_of_a_wrong_type_names_the_right_ones(old: str, new: str) -> None:
    assert "another type" not in refused(old, new).hint


def test_hint_of_a_malformed_model_shows_the_three_forms() -> None:
    error = refused('"alpha@small"', '"alpha@small@big"')

    assert (
        str(error) == "Invalid manifest `models.toml` line 8, `profiles.all[0]`: `alpha@small@big` is not well formed"
    )
    assert error.hint == "Write `t2v-A14B`, `t2v-A14B@native` or `t2v-A14B@2.2.0:native`"

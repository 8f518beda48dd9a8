"""Text that is no manifest at all: its syntax, and the limits for hostile input."""

from __future__ import annotations

import pytest

from tests.unit.samples import edited
from wansync.errors import InvalidManifestError
from wansync.manifest import MAX_MANIFEST_BYTES, parse_manifest

PREFIX = "Invalid manifest `models.toml`"
GENERAL_HINT = "Correct the file and run the command again"


def refused(data: bytes, name: str = "models.toml") -> InvalidManifestError:
    with pytest.raises(InvalidManifestError) as caught:
        parse_manifest(data, name=name)
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('name = "app"', "name = ", 4, "it is no TOML: Invalid value (at line 4, column 8)"),
        ('kind = "transformer"', 'kind "transformer"', 16, "it is no TOML: Expected '=' after a key"),
        ('version = "1.0"', 'version = "1.0"\nversion = "1.1"', 22, "it is no TOML: Cannot overwrite a value"),
        ("[models.alpha]", "[project]", 20, "it is no TOML: Cannot declare ('project',) twice"),
    ],
)
def test_syntax_error_names_its_line(old: str, new: str, line: int, message: str) -> None:
    error = refused(edited(old, new))

    assert str(error).startswith(f"{PREFIX} line {line}: {message}")
    assert {"file": "models.toml", "line": line, "key_path": ""} == error.facts
    assert error.hint == GENERAL_HINT


def test_merge_conflict_is_said_before_what_it_does_to_the_syntax() -> None:
    error = refused(
        edited('version = "1.0"', '<<<<<<< HEAD\nversion = "1.0"\n=======\nversion = "2.0"\n>>>>>>> theirs')
    )

    assert str(error) == f"{PREFIX} line 21: it has merge conflicts"
    assert error.hint == "Resolve them there first, then run `wansync lock`"


def test_text_that_looks_like_a_marker_in_a_comment_is_no_conflict() -> None:
    assert parse_manifest(edited("[models.alpha]", "#======\n[models.alpha]")).project == "app"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"#" * (MAX_MANIFEST_BYTES + 1), "the document is larger than 1.0 MiB"),
        (b"a = " + b"[" * 900, "it is nested more than 32 levels deep"),
        (b".".join([b"a"] * 20_000) + b" = 1", "a key has more than 16 dotted parts"),
        (b"\xff\xfe", "it is not UTF-8 text"),
    ],
)
def test_document_that_breaks_a_limit_is_refused(data: bytes, message: str) -> None:
    assert f"{PREFIX}: {message}" == str(refused(data))


def test_error_names_the_file_that_was_read() -> None:
    assert (
        str(refused(b"", name="wan.toml"))
        == "Invalid manifest `wan.toml`, `schema_version`: `schema_version` is missing"
    )

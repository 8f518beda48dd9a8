"""What `parse_lock` refuses, in words: file, key path, value, fix."""

from __future__ import annotations

import pytest

from tests.unit.samples import digest, edited, shared_lock
from wansync.errors import InvalidLockError
from wansync.lockfile import MAX_LOCK_BYTES, format_lock, parse_lock

TEXT = format_lock(shared_lock()).decode()
HINT = "Restore it from version control, or run `wansync lock` to make it again"
PATH_HINT = "Rename the file at its source, or leave it out with `include` or `exclude`"
FILE = "component[2].files[0]"
VOCAB = digest("vocab.json").hex
DIGITS = "expected 64 lower-case hexadecimal digits, not"
NO_SOURCE = "expected a source that starts with one of hf:, s3:, https:, file:"


def refused(data: bytes, name: str = "models.lock") -> InvalidLockError:
    with pytest.raises(InvalidLockError) as caught:
        parse_lock(data, name=name)
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "where", "message", "hint"),
    [
        ("version = 1", "version = 2", "version", "this wansync understands version 1, not 2", "Upgrade wansync"),
        (
            "version = 1",
            "version = 0",
            "version",
            "this wansync understands version 1, not 0",
            HINT,
        ),
        ("version = 1\n", "", "", "`version` is missing", HINT),
        ("version = 1", 'version = "1"', "version", "expected an integer, not a string", HINT),
        ("minor = 0\n", "", "", "`minor` is missing", HINT),
        ("minor = 0", "minor = 0\nseal = 'x'", "seal", "unknown key `seal`", HINT),
        ('name = "app"', 'name = "app"\nowner = "me"', "project.owner", "unknown key `owner`", HINT),
        ('name = "app"\n', "", "project", "`name` is missing", HINT),
        (
            '"alpha@small", "beta"',
            '"alpha@small", 1',
            "project.profiles.both[1]",
            "expected a string, not an integer",
            HINT,
        ),
        ("size = 7,", "size = 7, mode = 420,", f"{FILE}.mode", "unknown key `mode`", HINT),
        ("size = 7,", "size = -7,", f"{FILE}.size", "expected a number that is not negative, not -7", HINT),
        ("size = 7,", "size = 7.5,", f"{FILE}.size", "expected an integer, not a number", HINT),
        ('id = "tokenizer"\n', "", "component[2]", "`id` is missing", HINT),
        ('id = "tokenizer"', 'id = "../x"', "component[2].id", "`../x` is no well-formed id", HINT),
        ('id = "tokenizer"', 'id = "x\\n"', "component[2].id", "`x\\n` is no well-formed id", HINT),
        ('hf:test/umt5"', 'ftp:x"', "component[3].source", NO_SOURCE, HINT),
        (VOCAB, VOCAB.upper(), f"{FILE}.sha256", f"{DIGITS} `{VOCAB.upper()}`", HINT),
        (VOCAB, VOCAB + "\\n", f"{FILE}.sha256", f"{DIGITS} `{VOCAB}\\n`", HINT),
        ('"vocab.json"', '"../up"', f"{FILE}.path", "Unsafe path `../up`: a part is '..'", PATH_HINT),
        ('"vocab.json"', '"/etc/x"', f"{FILE}.path", "Unsafe path `/etc/x`: a part is ''", PATH_HINT),
        ('"vocab.json"', '"x", from = "a/.."', f"{FILE}.from", "Unsafe path `a/..`: a part is '..'", PATH_HINT),
    ],
)
def test_read_entry_that_breaks_a_rule_is_refused(old: str, new: str, where: str, message: str, hint: str) -> None:
    error = refused(edited(old, new, TEXT))

    shown = f", `{where}`" if where else ""
    assert f"Invalid lock `models.lock`{shown}: {message}" == str(error)
    assert hint == error.hint
    assert ("models.lock", where) == (error.facts["file"], error.facts["key_path"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "tokenizer"', 'id = "umt5"', "the component `umt5` is there twice"),
        ('id = "tokenizer"', 'id = "UMT5"', "the component `umt5` is there twice"),
        ('id = "tokenizer"', 'id = "tok"', "`umt5` requires `tokenizer`, which it lacks"),
        ('id = "beta"', 'id = "ALPHA"', "the model `alpha` is there twice"),
        ('id = "beta"', 'id = "Wan-Alpha"', "the model `wan-alpha` is there twice"),
        ('["beta-transformer"]', '["gamma"]', "`beta@small` uses the component `gamma`, which it lacks"),
        ('name = "big"', 'name = "SMALL"', "the variant of `alpha` `small` is there twice"),
        ('default_variant = "big"', 'default_variant = "huge"', "the default variant of `alpha` is not there"),
    ],
)
def test_read_entries_that_contradict_each_other_are_refused(old: str, new: str, message: str) -> None:
    data = edited(old, new, TEXT).replace(b'default_variant = "big"', b'default_variant = "small"')

    error = refused(data)

    assert f"Invalid lock `models.lock`: {message}" == str(error)
    assert error.hint == HINT


@pytest.mark.parametrize(("old", "new"), [(VOCAB, "0" * 64), ("size = 7,", "size = 8,"), ("vocab", "merges")])
def test_read_component_spliced_of_two_revisions_is_refused(old: str, new: str) -> None:
    error = refused(edited(old, new, TEXT))

    expected = "`component[2].tree`: the files of `tokenizer` do not have this tree digest"
    assert f"Invalid lock `models.lock`, {expected}" == str(error)
    assert error.hint == "The entry mixes two revisions (a merge?); run `wansync lock`"


def test_read_version_of_the_future_is_said_before_anything_else() -> None:
    """A breaking version may have no `minor` at all."""
    for text in ("version = 2\n", 'version = 2\nminor = "b"\n[[package]]\n'):
        error = refused(text.encode())

        assert str(error) == "Invalid lock `models.lock`, `version`: this wansync understands version 1, not 2"
        assert error.hint == "Upgrade wansync"


@pytest.mark.parametrize("slot", ["transformer/", "../x", "", "/"])
def test_read_slot_that_is_no_portable_path_is_refused(slot: str) -> None:
    data = TEXT.replace('slot = "text_encoder"', f'slot = "{slot}"').encode()

    assert str(refused(data)).startswith("Invalid lock `models.lock`, `model[0].variant[1].slots[0].slot`: Unsafe path")


def test_read_slot_that_is_there_twice_is_refused() -> None:
    data = TEXT.replace('slot = "text_encoder"', 'slot = "transformer"').encode()

    assert "`transformer` is there twice" in str(refused(data))


def test_read_file_that_is_there_with_and_without_from_is_refused() -> None:
    row = f'{{ path = "vocab.json", size = 7, sha256 = "{VOCAB}" }},'
    twice = row + row.replace(" }", ', from = "other" }')

    error = refused(edited(row, twice, TEXT))

    assert str(error).startswith("Invalid lock `models.lock`")


@pytest.mark.parametrize("value", ["2026-08-01", "[2026-08-01T00:00:00Z]", "{ b = 07:32:00 }"])
def test_read_value_that_no_lock_can_hold_is_refused(value: str) -> None:
    """What is read must be possible to write, so that `format_lock` never raises a TypeError."""
    error = refused(edited('default_variant = "big"', f'default_variant = "big"\ndefaults = {{ a = {value} }}', TEXT))

    assert error.facts["key_path"] == "model[0].defaults"


def test_read_syntax_error_has_its_line() -> None:
    error = refused(edited('name = "app"', "name = ", TEXT))

    assert str(error) == "Invalid lock `models.lock` line 6: it is no TOML: Invalid value (at line 6, column 8)"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a = " + b"[" * 900, "it is nested more than 32 levels deep"),
        (b".".join([b"a"] * 20_000) + b" = 1", "a key has more than 16 dotted parts"),
        (b"\xff", "it is not UTF-8 text"),
    ],
)
def test_read_document_that_breaks_a_limit_is_refused(data: bytes, message: str) -> None:
    assert f"Invalid lock `models.lock`: {message}" == str(refused(data))


def test_read_document_that_is_too_large_is_refused() -> None:
    message = "Invalid lock `models.lock`: the document is larger than 32.0 MiB"

    assert message == str(refused(b"#" * (MAX_LOCK_BYTES + 1)))


def test_read_secret_in_a_source_is_refused_without_showing_it() -> None:
    error = refused(edited("hf:test/umt5", "https://user:hunter2@host/x", TEXT))

    assert error.facts["key_path"] == "component[3].source"
    assert "hunter2" not in str(error.to_dict())


def test_read_error_names_the_file_that_was_read_clean() -> None:
    assert str(refused(b"", name="a\x1b.lock")) == "Invalid lock `a\\x1b.lock`: `version` is missing"

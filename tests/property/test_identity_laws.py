"""Laws of identities: what is printed is read back."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.property.strategies import DIGESTS, IDS, REVISIONS, TOML_VALUES
from wansync.digest import Digest, Revision, tree_digest
from wansync.documents import format_toml_key, format_toml_value
from wansync.errors import UsageError
from wansync.manifest import ModelRef, SourceRef
from wansync.manifest.names import is_id
from wansync.settings import parse_size
from wansync.text import format_bytes, printable

if TYPE_CHECKING:
    from random import Random

ENTRIES = st.dictionaries(st.text(min_size=1, max_size=5), st.tuples(st.integers(0, 9), DIGESTS), max_size=6)


@given(DIGESTS)
@settings(max_examples=30, deadline=None)
def test_digest_is_read_back_from_both_spellings(value: Digest) -> None:
    assert value == Digest.parse(str(value)) == Digest.parse(value.prefixed)
    assert str(value).startswith(value.short)


@given(st.text(max_size=70) | st.text("0123456789abcdefABCDEF\n", min_size=63, max_size=65))
@settings(max_examples=100, deadline=None)
def test_digest_takes_64_lower_case_digits_and_nothing_else(text: str) -> None:
    good = len(text) == 64 and all(c in "0123456789abcdef" for c in text)
    try:
        assert text == Digest(text).hex
    except ValueError:
        assert not good
    else:
        assert good


@given(REVISIONS)
@settings(max_examples=30, deadline=None)
def test_revision_is_read_back(value: Revision) -> None:
    assert value == Revision(str(value))
    assert len(value.short) == 7


@given(ENTRIES, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_tree_digest_does_not_depend_on_order(entries: dict[str, tuple[int, Digest]], random: Random) -> None:
    rows = [(path, size, value) for path, (size, value) in entries.items()]

    assert tree_digest(rows) == tree_digest(random.sample(rows, len(rows))) == tree_digest(iter(rows))


@given(ENTRIES, ENTRIES)
@settings(max_examples=60, deadline=None)
def test_tree_digest_of_other_entries_is_another(one: dict[str, Any], two: dict[str, Any]) -> None:
    trees = [tree_digest((path, size, value) for path, (size, value) in entries.items()) for entries in (one, two)]

    assert (one == two) is (trees[0] == trees[1])


@given(IDS, st.none() | IDS, st.none() | IDS)
@settings(max_examples=60, deadline=None)
def test_model_ref_is_read_back(model_id: str, version: str | None, variant: str | None) -> None:
    ref = ModelRef(model_id=model_id, version=version if variant else None, variant=variant)

    assert ref == ModelRef.parse(str(ref))


@given(st.text("aB1.@:_ \n", max_size=8))
@settings(max_examples=200, deadline=None)
def test_model_ref_of_any_text_is_read_back_or_refused(text: str) -> None:
    try:
        ref = ModelRef.parse(text)
    except UsageError:
        return
    assert text == str(ref)
    assert all(is_id(part) for part in (ref.model_id, ref.version, ref.variant) if part is not None)


@given(st.text(max_size=20))
@settings(max_examples=100, deadline=None)
def test_source_of_any_location_is_read_back_or_refused(location: str) -> None:
    for scheme in ("hf", "s3", "https", "file"):
        try:
            source = SourceRef.parse(f"{scheme}:{location}")
        except ValueError:
            continue
        assert source == SourceRef.parse(str(source))
        assert scheme == "file" or not set("?#") & set(source.location)


@given(TOML_VALUES)
@settings(max_examples=150, deadline=None)
def test_toml_value_is_read_back_from_one_line(value: object) -> None:
    text = format_toml_value(value)

    assert "\n" not in text
    assert value == tomllib.loads(f"x = {text}")["x"]


@given(st.text(max_size=8))
@settings(max_examples=100, deadline=None)
def test_toml_key_is_read_back(key: str) -> None:
    assert {key: 1} == tomllib.loads(f"{format_toml_key(key)} = 1")


@given(st.text(st.characters(), max_size=40), st.integers(2, 60))
@settings(max_examples=150, deadline=None)
def test_printable_is_short_and_harmless(text: str, limit: int) -> None:
    shown = printable(text, limit=limit)

    assert len(shown) <= limit
    assert shown == shown.encode().decode()
    assert not set(shown) & set(
        map(chr, [*range(32), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
    )


@given(st.integers(0, 2**60))
@settings(max_examples=100, deadline=None)
def test_printed_size_is_right_to_its_last_digit(count: int) -> None:
    number, unit = format_bytes(count).split()
    assume(unit != "PiB")

    back = parse_size(f"{number}{unit}")

    step = parse_size(f"1{unit}")
    assert abs(back - count) <= step * 0.051
    assert unit == "B" or float(number) >= 1

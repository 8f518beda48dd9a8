"""Digests, revisions and trees."""

from __future__ import annotations

import hashlib

import pytest

from tests.unit.samples import digest
from wansync.digest import Digest, Revision, tree_digest

HEX = "7c" * 32
COMMIT = "c8c270b13ee05bfa474194ac9fb07a5868a97cea"
BAD_HEX = [
    "",
    "7c",
    "7C" * 32,
    HEX + "\n",
    HEX[:-1],
    HEX + "7",
    "gg" * 32,
    " " + HEX[1:],
    "\u0667" * 64,
]


@pytest.mark.parametrize("text", BAD_HEX)
def test_digest_that_is_no_lower_case_sha256_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^expected 64 lower-case hexadecimal digits$"):
        Digest(text)


@pytest.mark.parametrize("text", [HEX, f"sha256:{HEX}"])
def test_digest_parse_takes_both_spellings(text: str) -> None:
    assert Digest(HEX) == Digest.parse(text)


@pytest.mark.parametrize("text", [f"sha256:sha256:{HEX}", f"SHA256:{HEX}", f"sha1:{HEX}", f"sha256: {HEX}"])
def test_digest_parse_other_prefix_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected 64 lower-case"):
        Digest.parse(text)


def test_digest_of_bytes_is_their_sha256() -> None:
    assert hashlib.sha256(b"weights").hexdigest() == str(Digest.of(b"weights"))


def test_digest_spellings() -> None:
    value = Digest(HEX)

    assert (HEX, f"sha256:{HEX}", HEX[:16]) == (str(value), value.prefixed, value.short)


@pytest.mark.parametrize("text", [COMMIT, f"sha256:{HEX}"])
def test_revision_takes_a_commit_or_a_tree(text: str) -> None:
    assert text == str(Revision(text))


@pytest.mark.parametrize(
    "text", ["", "main", "v2.2", COMMIT.upper(), COMMIT[:7], COMMIT + "\n", HEX, f"sha256:{COMMIT}", f"sha256:{HEX}\n"]
)
def test_revision_movable_or_malformed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^expected a 40-hex commit or `sha256:` and 64 hexadecimal digits$"):
        Revision(text)


def test_revision_of_tree_is_the_prefixed_digest() -> None:
    assert Revision(f"sha256:{HEX}") == Revision.of_tree(Digest(HEX))


@pytest.mark.parametrize(("text", "expected"), [(COMMIT, "c8c270b"), (f"sha256:{HEX}", "7c7c7c7")])
def test_revision_short_is_seven_digits_of_the_id(text: str, expected: str) -> None:
    assert expected == Revision(text).short


def test_tree_digest_is_that_of_the_lines_sorted_by_path() -> None:
    one, two = digest("one"), digest("two")
    lines = f"{two}  2  a.json\n{one}  1  b/c.safetensors\n"

    assert Digest.of(lines.encode()) == tree_digest([("b/c.safetensors", 1, one), ("a.json", 2, two)])


def test_tree_digest_sorts_by_bytes_and_not_by_directories() -> None:
    one, two = digest("one"), digest("two")
    lines = f"{one}  1  a-b\n{two}  2  a/b\n"

    assert Digest.of(lines.encode()) == tree_digest([("a/b", 2, two), ("a-b", 1, one)])


@pytest.mark.parametrize("changed", [("b", 1, "one"), ("a", 2, "one"), ("a", 1, "two")])
def test_tree_digest_each_part_of_an_entry_counts(changed: tuple[str, int, str]) -> None:
    path, size, content = changed

    assert tree_digest([("a", 1, digest("one"))]) != tree_digest([(path, size, digest(content))])


def test_tree_digest_of_nothing_is_that_of_no_bytes() -> None:
    assert Digest.of(b"") == tree_digest([])

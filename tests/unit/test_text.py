"""How values look to a person."""

from __future__ import annotations

import pytest

from wansync.text import count_noun, format_bytes, format_seconds, mask_secrets, printable, suggest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("t2v-A14B", "t2v-A14B"),
        ("größer 模型", "größer 模型"),
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("one\ntwo\r\t", "one\\ntwo\\r\\t"),
        ("\x7f\x9b", "\\x7f\\x9b"),
        ("evil\u202egpj.exe", "evil\\u202egpj.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("line\u2028paragraph\u2029", "line\\u2028paragraph\\u2029"),
        ("lone\ud800", "lone\\ud800"),
        ("private\ue000", "private\\ue000"),
    ],
)
def test_printable_hostile_character_is_escaped(text: str, expected: str) -> None:
    assert expected == printable(text)


def test_printable_long_text_is_cut_with_an_ellipsis() -> None:
    assert printable("a" * 6, limit=5) == "aaaa…"


def test_printable_text_of_the_limit_is_whole() -> None:
    assert printable("a" * 5, limit=5) == "aaaaa"


def test_printable_escapes_count_towards_the_limit() -> None:
    assert len(printable("\x1b" * 20, limit=20)) <= 20


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (2**20, "1.0 MiB"),
        (28_570_000_000, "26.6 GiB"),
        (2**40, "1.0 TiB"),
        (2**50, "1.0 PiB"),
        (5000 * 2**50, "5000.0 PiB"),
        (-2048, "-2.0 KiB"),
    ],
)
def test_format_bytes_takes_the_largest_binary_unit(count: int, expected: str) -> None:
    assert expected == format_bytes(count)


def test_format_bytes_that_round_up_to_a_unit_take_it() -> None:
    assert format_bytes(2**20 - 1) == "1.0 MiB"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0ms"),
        (0.85, "850ms"),
        (3.21, "3.2s"),
        (59.9, "59.9s"),
        (60, "1m 00s"),
        (245, "4m 05s"),
        (3600, "1h 00m"),
        (3725, "1h 02m"),
        (90_000, "25h 00m"),
    ],
)
def test_format_seconds_takes_two_units(seconds: float, expected: str) -> None:
    assert expected == format_seconds(seconds)


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.9996, "1.0s"), (59.97, "1m 00s"), (119.7, "2m 00s"), (3599.8, "1h 00m")]
)
def test_format_seconds_rounding_carries_into_the_next_unit(seconds: float, expected: str) -> None:
    assert expected == format_seconds(seconds)


@pytest.mark.parametrize(("count", "expected"), [(0, "0 files"), (1, "1 file"), (2, "2 files")])
def test_count_noun_adds_an_s(count: int, expected: str) -> None:
    assert expected == count_noun(count, "file")


def test_count_noun_with_its_own_plural_uses_it() -> None:
    assert count_noun(2, "entry", "entries") == "2 entries"


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("t2v-A14", ["t2v-A14B", "i2v-A14B"], "Did you mean `t2v-A14B`?"),
        ("vae", ["beta", "alpha"], "Known: alpha, beta"),
        ("vae", [], "Known: none"),
        ("vae", ["\x1b[31m"], "Known: \\x1b[31m"),
    ],
)
def test_suggest_names_what_is_close_or_all_in_order(word: str, known: list[str], expected: str) -> None:
    assert expected == suggest(word, known)


def test_suggest_other_case_is_close() -> None:
    assert suggest("umt5", ["UMT5", "wan21-vae-decoder"]) == "Did you mean `UMT5`?"


TOKEN = "hf_" + "Ab1" * 10


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"token {TOKEN}.", "token ***."),
        ("ghp_" + "A" * 36, "***"),
        ("AKIA" + "A1" * 8, "***"),
        ("https://user:word@host/x", "https://***@host/x"),
        ("https://host/x?X-Amz-Signature=1&y=2 next", "https://host/x?*** next"),
        ("Authorization: Bearer abc.def-123", "Authorization: Bearer ***"),
        ("hf:OWNER/NAME@v1.0", "hf:OWNER/NAME@v1.0"),
        ("what? nothing", "what? nothing"),
        ("/models/hf_xet/x.py", "/models/hf_xet/x.py"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, expected: str) -> None:
    assert mask_secrets(text) == expected


def test_known_secrets_are_masked_longest_first_and_short_ones_left() -> None:
    assert mask_secrets("a b correct horse", ["correct", "correct horse", "b", ""]) == "a b ***"

"""The list of names that are refused on every operating system; git, libgit2 and jgit are its anchor."""

from __future__ import annotations

import pytest

from wansync.errors import PathUnsafeError
from wansync.paths import RelativePath, name_problem

DEVICES = ["CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in "123456789¹²³")]
CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
IGNORED_BY_HFS = [
    chr(code) for code in (*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF)
]
BIDIRECTIONAL = [chr(code) for code in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))]
ROOTED = ["/", "/a", "//server/share", "C:", "C:a", "C:/a", "c:\\a", "\\a", "\\\\server\\share", "\\\\?\\C:\\a"]
DOTTED = ["..", "../a", "a/..", "a/../b", ".", "./a", "a/.", "...", "a.", "a./b", "a ", "a /b", " "]
ALIASES = ["MODELS~1", "models~2", "GIT~1", "A~9", "MODELS~1.SAF", "ABCDE~10", "X~1.TXT/a"]


def refuses(text: str) -> bool:
    try:
        RelativePath(text)
    except PathUnsafeError:
        return True
    return False


@pytest.mark.parametrize("device", DEVICES)
def test_device_name_in_any_case_and_with_any_extension_is_refused(device: str) -> None:
    forms = [device, device.lower(), f"{device}.txt", f"{device.title()}.tar.gz", f"a/{device}", f"{device}/a"]

    assert [form for form in forms if not refuses(form)] == []


@pytest.mark.parametrize("name", ["con .txt", "NUL  .safetensors", "CONIN$", "conout$", "CONOUT$.txt"])
def test_device_name_that_git_knows_too_is_refused(name: str) -> None:
    """Git's `is_valid_path` on Windows skips spaces before the extension, and knows the console's two names."""
    assert refuses(name)


@pytest.mark.parametrize("characters", [CONTROLS, IGNORED_BY_HFS, BIDIRECTIONAL, list('\\:*?"<>|'), ["\ud800"]])
def test_forbidden_character_anywhere_in_a_name_is_refused(characters: list[str]) -> None:
    forms = [form for c in characters for form in (f"a{c}b", f"{c}a", f"a{c}", f"dir/{c}", f"{c}/file")]

    assert [form for form in forms if not refuses(form)] == []


@pytest.mark.parametrize("text", ROOTED)
def test_absolute_drive_or_network_path_is_refused(text: str) -> None:
    assert refuses(text)


@pytest.mark.parametrize("text", DOTTED)
def test_dots_and_trailing_dots_or_spaces_are_refused(text: str) -> None:
    assert refuses(text)


@pytest.mark.parametrize("text", ALIASES)
def test_short_alias_with_or_without_extension_is_refused(text: str) -> None:
    assert refuses(text)


@pytest.mark.parametrize("name", ["a~", "~1x", "backup~", "v1~2-rc", "a~b.txt"])
def test_tilde_that_is_no_short_alias_is_accepted(name: str) -> None:
    assert name_problem(name) is None


@pytest.mark.parametrize("character", ["a", "é", "模"])
def test_name_is_at_most_255_bytes(character: str) -> None:
    longest = character * (255 // len(character.encode()))

    assert (refuses(longest), refuses(longest + character)) == (False, True)

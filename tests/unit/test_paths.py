"""Portable relative paths, what collides, and what a component takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from wansync.errors import PathUnsafeError
from wansync.paths import PathFilter, RelativePath, collision

GOOD = [
    "a",
    "a/b/c.safetensors",
    ".gitattributes",
    "...a",
    "ünïcode/模型",
    "a b",
    "com",
    "console",
    "com10",
    "aux1",
    "~",
]


def paths(*texts: str) -> list[RelativePath]:
    return [RelativePath(text) for text in texts]


@pytest.mark.parametrize("text", GOOD)
def test_path_that_is_portable_is_accepted_as_it_is(text: str) -> None:
    assert text == str(RelativePath(text))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is empty"),
        ("/etc/passwd", "a part is ''"),
        ("a/", "a part is ''"),
        ("a//b", "a part is ''"),
        ("..", "a part is '..'"),
        ("a/../../b", "a part is '..'"),
        ("./a", "a part is '.'"),
        ("C:/windows", 'it has a control character or one of \\ : * ? " < > |'),
        ("a\\b", 'it has a control character or one of \\ : * ? " < > |'),
        ("a\n", 'it has a control character or one of \\ : * ? " < > |'),
        ("a\u200db", "it has an invisible or bidirectional character"),
        ("a/b.", "a part ends in a dot or a space"),
        ("a /b", "a part ends in a dot or a space"),
        ("x/NUL.txt", "a part is a device name on Windows"),
        ("MODELS~1", "a part looks like a short alias on Windows"),
        ("ä" * 128, "a part is longer than 255 bytes"),
        ("/".join(["a" * 200] * 6), "it is longer than 1024 bytes"),
    ],
)
def test_path_that_is_unsafe_says_why(text: str, problem: str) -> None:
    with pytest.raises(PathUnsafeError) as caught:
        RelativePath(text)

    shown = text.replace("\n", "\\n").replace("\u200d", "\\u200d")
    shown = shown if len(shown) <= 400 else shown[:399] + "…"
    assert f"Unsafe path `{shown}`: {problem}" == str(caught.value)
    assert caught.value.hint == "Rename the file at its source, or leave it out with `include` or `exclude`"


def test_path_of_the_longest_names_is_accepted() -> None:
    text = "/".join(["a" * 255] * 4)

    assert len(RelativePath(text).text) == 1023


def test_path_parts_and_name() -> None:
    path = RelativePath("a/b/c.txt")

    assert (path.parts, path.name) == (("a", "b", "c.txt"), "c.txt")


def test_path_join_is_checked_again() -> None:
    assert RelativePath("a/b") == RelativePath("a") / RelativePath("b")
    long = RelativePath("/".join(["a" * 255] * 4))
    with pytest.raises(PathUnsafeError, match="longer than 1024 bytes"):
        long / RelativePath("b")


def test_path_under_a_root_stays_below_it() -> None:
    assert Path("/root/a/b") == RelativePath("a/b").under(Path("/root"))


@pytest.mark.parametrize(
    ("path", "folder", "expected"),
    [("a/b/c", None, "a/b/c"), ("a/b/c", "a", "b/c"), ("a/b/c", "a/b", "c"), ("ab/c", "a", None), ("a", "a", None)],
)
def test_below_takes_off_whole_folders_only(path: str, folder: str | None, expected: str | None) -> None:
    found = RelativePath(path).below(RelativePath(folder) if folder else None)

    assert expected == (found.text if found else None)


@pytest.mark.parametrize(
    "texts",
    [
        ("a", "a"),
        ("README.md", "readme.MD"),
        ("stra\u00dfe", "STRASSE"),
        ("caf\u00e9", "cafe\u0301"),
        ("a", "a/b"),
        ("A/b", "a"),
        ("a/b/c", "A/B"),
        ("a-b", "a/b", "a"),
    ],
)
def test_collision_of_paths_that_cannot_coexist_is_found_in_any_order(texts: tuple[str, ...]) -> None:
    assert collision(paths(*texts)) is not None
    assert collision(reversed(paths(*texts))) == collision(paths(*texts))


@pytest.mark.parametrize("texts", [(), ("a",), ("a/b", "a/c"), ("a", "ab"), ("a/b", "ab"), ("a.b", "a/b")])
def test_collision_of_distinct_paths_is_none(texts: tuple[str, ...]) -> None:
    assert collision(paths(*texts)) is None


@pytest.mark.parametrize(
    ("path", "chosen", "expected"),
    [
        ("a/b.json", PathFilter.everything(), "a/b.json"),
        ("vae/config.json", PathFilter(subfolder=RelativePath("vae")), "config.json"),
        ("vae2/config.json", PathFilter(subfolder=RelativePath("vae")), None),
        ("a/b/c.json", PathFilter(include=("*.json",)), "a/b/c.json"),
        ("c.JSON", PathFilter(include=("*.json",)), None),
        ("c.bin", PathFilter(include=("*.json", "*.bin")), "c.bin"),
        ("c.bin", PathFilter(exclude=("*.bin",)), None),
        ("c.bin", PathFilter(include=("*",), exclude=("c.*",)), None),
        ("sub/a", PathFilter(include=("sub/",)), "sub/a"),
        ("vae/sub/a", PathFilter(subfolder=RelativePath("vae"), include=("sub/*",)), "sub/a"),
        ("vae/sub/a", PathFilter(subfolder=RelativePath("vae"), include=("vae/*",)), None),
    ],
)
def test_filter_takes_what_its_patterns_say(path: str, chosen: PathFilter, expected: str | None) -> None:
    found = chosen.strip(RelativePath(path))

    assert expected == (found.text if found else None)

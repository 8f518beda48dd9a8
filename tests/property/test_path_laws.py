"""Laws of portable paths: what is accepted can leave its root nowhere."""

from __future__ import annotations

import posixpath
import unicodedata
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from wansync.errors import PathUnsafeError
from wansync.paths import PathFilter, RelativePath, collision

if TYPE_CHECKING:
    from random import Random

# Building blocks of trouble, so that short texts reach the rules often.
PIECES = [
    "a",
    "B",
    "é",
    "..",
    ".",
    "/",
    "\\",
    ":",
    "~1",
    "~",
    " ",
    "C:",
    "nul",
    "CON",
    ".txt",
    "\n",
    "\u202e",
    "\ufeff",
]
TEXTS = st.one_of(st.text(max_size=12), st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
SAFE_NAMES = st.text("abXYZ019_-é模", min_size=1, max_size=6).map(lambda name: "s" + name)
SAFE_PATHS = st.lists(SAFE_NAMES, min_size=1, max_size=4).map("/".join)
BAD_NAMES = st.sampled_from(
    ["", ".", "..", "a\\b", "c:", "a?", "a*", 'a"', "<", ">", "|", "a.", "a ", "nul", "Com1.x", "X~1", "\x00", "a\x7f"]
)


def accepted(text: str) -> RelativePath | None:
    try:
        return RelativePath(text)
    except PathUnsafeError:
        return None


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_accepted_path_stays_below_its_root_on_every_system(text: str) -> None:
    path = accepted(text)
    if path is None:
        return
    assert text == str(path) == "/".join(path.parts)
    assert posixpath.normpath(f"/root/{text}") == f"/root/{text}"
    assert path.under(Path("/root")) == Path("/root") / text
    windows = PureWindowsPath(text)
    assert (windows.drive, windows.root) == ("", "")
    assert path.parts == PurePosixPath(text).parts == windows.parts
    assert all((part == part.rstrip(". ") and part.isprintable()) or part.strip() for part in path.parts)
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} for c in text)


@given(SAFE_PATHS)
@settings(max_examples=80, deadline=None)
def test_path_of_plain_names_is_accepted(text: str) -> None:
    assert text == RelativePath(text).text


@given(st.lists(SAFE_NAMES, max_size=3), BAD_NAMES, st.lists(SAFE_NAMES, max_size=3))
@settings(max_examples=150, deadline=None)
def test_one_bad_name_anywhere_spoils_a_path(before: list[str], bad: str, after: list[str]) -> None:
    assert accepted("/".join([*before, bad, *after])) is None


@given(SAFE_PATHS, SAFE_PATHS)
@settings(max_examples=60, deadline=None)
def test_below_undoes_join(folder: str, inner: str) -> None:
    joined = RelativePath(folder) / RelativePath(inner)

    assert RelativePath(inner) == joined.below(RelativePath(folder))
    assert joined == joined.below(None)


@given(st.lists(SAFE_PATHS, max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_collision_is_found_when_two_keys_are_equal_or_nested(texts: list[str], random: Random) -> None:
    keys = [unicodedata.normalize("NFC", text).casefold() for text in texts]
    pairs = [(a, b) for i, a in enumerate(keys) for b in keys[i + 1 :]]
    expected = any(a == b or a.startswith(b + "/") or b.startswith(a + "/") for a, b in pairs)

    found = collision(RelativePath(text) for text in random.sample(texts, len(texts)))

    assert expected is (found is not None)
    assert found is None or {found[0].text, found[1].text} <= set(texts)


@given(SAFE_PATHS, SAFE_PATHS)
@settings(max_examples=60, deadline=None)
def test_filter_takes_a_file_below_its_subfolder_only(folder: str, text: str) -> None:
    inside = PathFilter(subfolder=RelativePath(folder))

    assert RelativePath(text) == inside.strip(RelativePath(f"{folder}/{text}"))
    assert (inside.strip(RelativePath(text)) is None) is not text.startswith(folder + "/")
    assert RelativePath(text) == PathFilter.everything().strip(RelativePath(text))

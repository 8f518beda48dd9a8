"""A conflicted text to the text of each side."""

from __future__ import annotations

import pytest

from wansync.lockfile.conflict import Sides, split_conflict


def test_split_takes_the_lines_of_each_side() -> None:
    text = b"a\n<<<<<<< HEAD\n1\n2\n=======\n3\n>>>>>>> theirs\nb\n"

    assert split_conflict(text) == Sides(ours=b"a\n1\n2\nb\n", theirs=b"a\n3\nb\n")


def test_split_of_a_diff3_conflict_has_the_base() -> None:
    text = b"a\n<<<<<<< HEAD\n1\n||||||| 0123abc\n0\n=======\n2\n>>>>>>> theirs\nb\n"

    assert split_conflict(text) == Sides(ours=b"a\n1\nb\n", theirs=b"a\n2\nb\n", base=b"a\n0\nb\n")


def test_split_of_several_conflicts_takes_all_of_them() -> None:
    text = b"<<<<<<< x\n1\n=======\n>>>>>>> y\nm\n<<<<<<< x\n=======\n2\n>>>>>>> y\n"

    assert split_conflict(text) == Sides(ours=b"1\nm\n", theirs=b"m\n2\n")


def test_split_without_the_base_of_one_conflict_has_no_base() -> None:
    text = b"<<<<<<< x\n1\n||||||| b\n0\n=======\n2\n>>>>>>> y\n<<<<<<< x\n1\n=======\n2\n>>>>>>> y\n"

    assert split_conflict(text) == Sides(ours=b"1\n1\n", theirs=b"2\n2\n")


def test_split_keeps_windows_line_ends() -> None:
    text = b"a\r\n<<<<<<< HEAD\r\n1\r\n||||||| b\r\n0\r\n=======\r\n2\r\n>>>>>>> theirs\r\n"

    assert split_conflict(text) == Sides(ours=b"a\r\n1\r\n", theirs=b"a\r\n2\r\n", base=b"a\r\n0\r\n")


@pytest.mark.parametrize("length", [3, 6, 7, 9, 32])
@pytest.mark.parametrize("labels", [("", ""), (" HEAD", " feature/x y"), (" Updated upstream", " Stashed changes")])
def test_split_knows_markers_of_any_length_and_label(length: int, labels: tuple[str, str]) -> None:
    begin, middle, end = (mark * length for mark in "<=>")
    text = f"{begin}{labels[0]}\n1\n{middle}\n2\n{end}{labels[1]}\n".encode()

    assert split_conflict(text) == Sides(ours=b"1\n", theirs=b"2\n")


def test_split_leaves_longer_markers_in_a_base_alone() -> None:
    """Git writes them where the base is itself the conflicted merge of two bases."""
    inner = b"<<<<<<<<< 1\nx\n=========\ny\n>>>>>>>>> 2\n"
    text = b"<<<<<<< HEAD\n1\n||||||| merged\n" + inner + b"=======\n2\n>>>>>>> theirs\n"

    assert split_conflict(text) == Sides(ours=b"1\n", theirs=b"2\n", base=inner)


@pytest.mark.parametrize(
    "text",
    [
        "<<<<<<< HEAD\n1\n",
        "<<<<<<< HEAD\n1\n=======\n2\n",
        "=======\n2\n>>>>>>> theirs\n",
        "1\n>>>>>>> theirs\n",
        "<<<<<<< HEAD\n<<<<<<< HEAD\n=======\n>>>>>>> theirs\n",
        "<<<<<<< HEAD\n=======\n=======\n>>>>>>> theirs\n",
        "<<<<<<< HEAD\n||||||| b\n>>>>>>> theirs\n",
        "||||||| b\n",
    ],
)
def test_split_of_markers_that_do_not_pair_is_none(text: str) -> None:
    assert split_conflict(text.encode()) is None


@pytest.mark.parametrize("line", ["<<<<<<<HEAD", " =======", "a = '======='", "== ==", "=======x"])
def test_split_takes_other_lines_as_they_are(line: str) -> None:
    text = line.encode() + b"\n"

    assert split_conflict(text) == Sides(ours=text, theirs=text, base=text)

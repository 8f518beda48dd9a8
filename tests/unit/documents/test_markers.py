"""The lines that version control leaves in a text."""

from __future__ import annotations

import pytest

from wansync.documents import conflict_marker, find_conflict


@pytest.mark.parametrize(
    ("line", "marker"),
    [
        (b"<<<<<<< HEAD\n", b"<<<<<<<"),
        (b"=======\r\n", b"======="),
        (b"||||||||| merged common ancestors\n", b"|||||||||"),
        (b">>>\ttheirs", b">>>"),
        (b">>\n", b""),
        (b"<<<<<<<HEAD\n", b""),
        (b" =======\n", b""),
        (b"<<<=== \n", b""),
        (b"", b""),
    ],
)
def test_marker_is_the_run_of_one_character_that_begins_the_line(line: bytes, marker: bytes) -> None:
    assert marker == conflict_marker(line)


def test_find_conflict_names_the_first_line_with_a_marker() -> None:
    assert [find_conflict(text) for text in (b"a\nb = '======='\n", b"a\r\n=======\r\n", b"<<<<<<< x")] == [None, 2, 1]

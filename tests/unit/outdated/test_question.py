"""What a locked component asks for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.samples import COMMIT, component
from wansync.errors import InvalidLockError
from wansync.outdated import Question
from wansync.paths import PathFilter, RelativePath


def question(**request: Any) -> Question:  # noqa: ANN401
    return Question.of(component("unet", request=request))


def test_question_without_a_revision_asks_for_the_default() -> None:
    assert (question().asked, question().pinned) == (None, False)


def test_question_with_a_branch_asks_where_it_leads() -> None:
    assert (question(revision="v2").asked, question(revision="v2").pinned) == ("v2", False)


def test_question_with_a_commit_asks_only_whether_the_locked_one_exists() -> None:
    asked = question(revision="f" * 40)

    assert (asked.asked, asked.pinned) == (str(COMMIT), True)


def test_question_takes_the_files_that_the_component_takes() -> None:
    request = {"include": ["*.json"], "exclude": ["a*"]}

    asked = Question.of(component("unet", subfolder=RelativePath("unet"), request=request))

    assert asked.filter == PathFilter(subfolder=RelativePath("unet"), include=("*.json",), exclude=("a*",))


@pytest.mark.parametrize(("key", "value"), [("revision", 5), ("include", "*.json"), ("exclude", [1])])
def test_question_of_a_request_that_no_manifest_makes_is_an_invalid_lock(key: str, value: object) -> None:
    with pytest.raises(InvalidLockError, match="The `request` of the component `unet`"):
        question(**{key: value})

"""What answers amount to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.samples import COMMIT, OTHER_COMMIT, component, digest, listing, locked
from wansync.digest import Revision
from wansync.errors import AuthFailError, GatedRepoError, NotFoundError
from wansync.listing import Upstream
from wansync.lockfile import LockedFile
from wansync.outdated import Answer, FindingKind, Question, assess
from wansync.paths import RelativePath

PAGE = "https://hub.test/test/unet"
SAME = Upstream(revision=COMMIT)
MOVED = Upstream(revision=OTHER_COMMIT)


def question(*files: LockedFile, **more: Any) -> Question:  # noqa: ANN401
    """Return the question about a component of the source `hf:test/unet`."""
    return Question.of(component("unet", *files, **more))


def kinds(asked: Question, answer: Answer) -> list[str]:
    return [str(finding.kind) for finding in assess(asked, answer, {}).findings]


def message(asked: Question, answer: Answer) -> str:
    """Return the message of the only finding."""
    (finding,) = assess(asked, answer, {}).findings
    return finding.message


def test_same_commit_is_no_finding() -> None:
    standing = assess(question(), Answer(upstream=SAME), {})

    assert (standing.findings, standing.changes, standing.latest) == ((), None, COMMIT)


def test_other_commit_is_a_finding_with_both() -> None:
    standing = assess(question(), Answer(upstream=MOVED, in_history=True), {})

    (finding,) = standing.findings
    assert (finding.kind, finding.before, finding.after) == (FindingKind.NEW_COMMIT, str(COMMIT), str(OTHER_COMMIT))
    assert standing.latest == OTHER_COMMIT


@pytest.mark.parametrize(
    ("in_history", "expected"),
    [(True, ["new_commit"]), (None, ["new_commit"]), (False, ["new_commit", "force_pushed"])],
)
def test_commit_that_left_the_history_of_its_ref_was_force_pushed_away(in_history: Any, expected: list[str]) -> None:  # noqa: ANN401
    assert expected == kinds(question(), Answer(upstream=MOVED, in_history=in_history))


def test_deleted_commit_cannot_be_fetched_from() -> None:
    answer = Answer(upstream=MOVED, in_history=False, has_revision=False)

    assert kinds(question(), answer) == ["new_commit", "force_pushed", "revision_gone"]


def test_deleted_commit_that_the_manifest_pins_is_not_held_against_newer_ones() -> None:
    pinned = question(request={"revision": str(COMMIT)})

    standing = assess(pinned, Answer(upstream=MOVED, has_ref=False, has_revision=False), {})

    assert [finding.kind for finding in standing.findings] == [FindingKind.REVISION_GONE]
    assert standing.latest is None


def test_deleted_ref_leaves_the_locked_commit() -> None:
    branch = question(request={"revision": "v2"})
    answer = Answer(upstream=SAME, has_ref=False)

    assert kinds(branch, answer) == ["ref_gone"]
    assert message(branch, answer) == "`v2` does not exist any more"
    assert message(question(), answer) == "The default branch does not exist any more"


def test_source_that_is_gone_is_the_only_finding_in_its_own_words() -> None:
    gone = NotFoundError("`hf:test/unet` does not exist", hint="Check `source`")
    answer = Answer(upstream=None, gone=gone)

    assert kinds(question(license="mit"), answer) == ["gone"]
    assert message(question(license="mit"), answer) == "`hf:test/unet` does not exist"


FILES = (locked("a.safetensors", 100), locked("b.safetensors", 20), locked("config.json", 3))


def test_files_are_compared_and_bytes_that_the_lock_has_are_not_counted() -> None:
    moved = listing("hf:test/unet", {"a.safetensors": 100, "b.safetensors": 20, "c.safetensors": 7, "known": 50})
    asked = question(FILES[0], locked("b.safetensors", 20, content="older"), FILES[2])
    held = {digest("a.safetensors"), digest("known")}

    standing = assess(asked, Answer(upstream=MOVED, in_history=True, listing=moved), held)

    assert standing.changes is not None
    assert standing.changes.to_dict() == {
        "added": ["c.safetensors", "known"],
        "changed": ["b.safetensors"],
        "vanished": ["config.json"],
        "bytes": 27,
    }
    assert [(str(f.kind), f.message) for f in standing.findings[1:]] == [
        ("file_vanished", "Not there any more: `config.json`"),
        ("files_changed", "1 file changed, 2 files added"),
    ]


def test_files_with_the_same_new_bytes_are_fetched_once() -> None:
    moved = listing("hf:test/unet", {"x": 9})
    twice = tuple(replace(moved.files[0], path=RelativePath(path)) for path in ("x", "y"))

    standing = assess(question(), Answer(upstream=MOVED, listing=replace(moved, files=twice)), {})

    assert standing.changes is not None
    assert standing.changes.size == 9


def test_new_commit_that_touched_no_file_of_the_component_says_only_that() -> None:
    same = listing("hf:test/unet", {"a.safetensors": 100}, revision=OTHER_COMMIT)

    standing = assess(question(FILES[0]), Answer(upstream=MOVED, in_history=True, listing=same), {FILES[0].digest})

    assert [finding.kind for finding in standing.findings] == [FindingKind.NEW_COMMIT]
    assert standing.changes is not None
    assert standing.changes.size == 0


def test_files_outside_of_what_the_component_takes_do_not_matter() -> None:
    asked = question(
        FILES[0], subfolder=RelativePath("unet"), request={"include": ["*.safetensors"], "exclude": ["*fp16*"]}
    )
    names = {"unet/a.safetensors": 100, "unet/a.fp16.safetensors": 1, "unet/config.json": 1, "vae/b.safetensors": 1}

    standing = assess(asked, Answer(upstream=MOVED, listing=listing("hf:test/unet", names)), {})

    assert standing.changes is not None
    assert (standing.changes.added, standing.changes.vanished) == ((), ())


def test_file_that_has_another_name_at_its_source_is_found_there() -> None:
    file = LockedFile(path=RelativePath("here"), size=1, digest=digest("there"), origin=RelativePath("there"))

    standing = assess(question(file), Answer(upstream=MOVED, listing=listing("hf:test/unet", {"there": 1})), {})

    assert [finding.kind for finding in standing.findings] == [FindingKind.NEW_COMMIT]


def test_many_vanished_files_are_counted_after_the_third() -> None:
    asked = question(*(locked(f"shard-{number}") for number in range(5)))
    answer = Answer(upstream=Upstream(revision=None), listing=listing("hf:test/unet", {}, revision=None))

    assert message(asked, answer) == "Not there any more: `shard-0`, `shard-1`, `shard-2` and 2 more files"


def test_source_without_revisions_is_compared_by_its_tree() -> None:
    asked = question(FILES[0], revision=Revision.of_tree(component("unet", FILES[0]).tree))
    same = listing("file:unet", {"a.safetensors": 100}, revision=None)
    other = listing("file:unet", {"a.safetensors": 100, "more": 1}, revision=None)

    unchanged = assess(asked, Answer(upstream=Upstream(revision=None), listing=same), {})
    changed = assess(asked, Answer(upstream=Upstream(revision=None), listing=other), {})

    assert (unchanged.findings, unchanged.latest) == ((), asked.component.revision)
    assert [finding.kind for finding in changed.findings] == [FindingKind.FILES_CHANGED]
    assert changed.latest not in {None, asked.component.revision}


@pytest.mark.parametrize("page", [PAGE, None])
def test_refusal_is_gated_with_the_page_where_there_is_one(page: str | None) -> None:
    refused = GatedRepoError("It is gated", hint="Accept", page=page) if page else AuthFailError("No", hint="Token")

    (finding,) = assess(question(), Answer(upstream=SAME, refused=refused), {}).findings

    assert (finding.kind, finding.message, finding.page) == (FindingKind.GATED, refused.reason, page)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("apache-2.0", "mit", "The licence was `apache-2.0` and is `mit` now"),
        ("apache-2.0", None, "The licence was `apache-2.0` and is not stated now"),
        (None, "mit", "The licence was not stated and is `mit` now"),
        ("mit", "\x1b[31mmit", "The licence was `mit` and is `\\x1b[31mmit` now"),
    ],
)
def test_other_licence_is_a_finding(before: str | None, after: str | None, expected: str) -> None:
    answer = Answer(upstream=Upstream(revision=COMMIT, license=after))

    assert expected == message(question(license=before), answer)


def test_licence_that_the_manifest_states_is_not_held_against_the_source() -> None:
    stated = question(license="mit", request={"license": "mit"})

    assert kinds(stated, Answer(upstream=Upstream(revision=COMMIT, license="other"))) == []


def test_licence_and_name_compare_without_case() -> None:
    answer = Answer(upstream=Upstream(revision=COMMIT, license="MIT", name="Test/UNet"))

    assert kinds(question(license="mit"), answer) == []


def test_other_name_is_a_finding() -> None:
    standing = assess(question(), Answer(upstream=Upstream(revision=COMMIT, name="other\u202e/unet")), {})

    (finding,) = standing.findings
    assert (finding.kind, finding.before, finding.after) == (
        FindingKind.RENAMED,
        "test/unet",
        "other\\u202e/unet",
    )


def test_findings_stand_in_the_order_of_their_kinds() -> None:
    answer = Answer(
        upstream=Upstream(revision=OTHER_COMMIT, license="mit", name="test/other"),
        in_history=False,
        has_revision=False,
        listing=listing("hf:test/unet", {"new": 1}),
        refused=GatedRepoError("It is gated", hint="Accept"),
    )

    found = kinds(question(), answer)

    assert found == [kind for kind in FindingKind if kind not in {FindingKind.GONE, FindingKind.REF_GONE}]

"""`wansync lock` on a `models.lock` that git could not merge."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.git import add_on_branch, begin, branch, change_on_branch, commit, git, show
from tests.support.project import wansync

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder

ALPHA_1 = "alpha/transformer/model-00001-of-00002.safetensors"
ALPHA_2 = "alpha/transformer/model-00002-of-00002.safetensors"


@pytest.fixture
def repository(locked: ProjectBuilder) -> ProjectBuilder:
    """The locked project in a git repository, without the merge driver."""
    begin(locked)
    return locked


@pytest.fixture
def conflicted(repository: ProjectBuilder) -> ProjectBuilder:
    """The repository in the middle of a merge of two branches that changed one component."""
    change_on_branch(repository, "ours", ALPHA_1)
    change_on_branch(repository, "theirs", ALPHA_2)
    merge(repository)
    return repository


def merge(project: ProjectBuilder, *options: str) -> None:
    """Merge `theirs` into `ours`, which conflicts in the lock."""
    git(project, "checkout", "-q", "ours")
    assert git(project, *options, "merge", "-q", "theirs") == 1
    assert b"<<<<<<< " in project.lock_path.read_bytes()


def change_entry_on_branch(project: ProjectBuilder, name: str, **values: object) -> None:
    """Commit other values of a manifest entry, and the lock that follows from it, on a branch from `main`."""
    branch(project, name)
    entry = project.manifest["components"]["beta-transformer"]
    before = dict(entry)
    entry |= values
    project.write()
    assert wansync("lock").status == 0
    commit(project, name)
    project.manifest["components"]["beta-transformer"] = before


def component(data: bytes, id_: str = "alpha-transformer") -> dict[str, Any]:
    """Return a component of a lock."""
    found: dict[str, Any] = next(c for c in tomllib.loads(data.decode())["component"] if c["id"] == id_)
    return found


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
@pytest.mark.parametrize("ends", ["lf", "crlf"])
def test_lock_after_both_sides_changed_a_component_asks_its_source(
    repository: ProjectBuilder, style: str, ends: str
) -> None:
    change_on_branch(repository, "ours", ALPHA_1)
    change_on_branch(repository, "theirs", ALPHA_2)
    merge(repository, "-c", f"merge.conflictStyle={style}")
    if ends == "crlf":
        repository.lock_path.write_bytes(repository.lock_path.read_bytes().replace(b"\n", b"\r\n"))

    ran = wansync("lock")

    assert snapshot("""\
  ~ alpha-transformer
--- stderr
Merged the two sides of `models.lock`
`alpha-transformer`: the two sides differ; its source was asked again
Locked 3 components, 14.7 KiB; [PROJECT]/models.lock
--- status 0
""") == shown(ran, repository)
    files = {file["path"]: file["sha256"] for file in component(repository.lock_path.read_bytes())["files"]}
    ours, theirs = (component(show(repository, f"{side}:models.lock"))["files"] for side in ("ours", "theirs"))
    assert [ours[1]["sha256"], theirs[2]["sha256"]] == [files[path] for path in sorted(files) if "model-" in path]
    assert wansync("lock", "--check").status == 0
    assert wansync("sync", "--frozen").status == 0


def test_lock_of_a_conflict_with_a_failing_source_keeps_ours_and_is_partial(conflicted: ProjectBuilder) -> None:
    (conflicted.directory / "weights/alpha").rename(conflicted.directory / "weights/elsewhere")

    ran = wansync("lock")

    assert snapshot("""\
--- stderr
Merged the two sides of `models.lock`
`alpha-transformer`: the two sides differ; its source failed, and ours is kept
error: `file:weights/alpha` cannot be listed: No such file or directory (needed by alpha-transformer)
hint: Check `source` and `subfolder` in `models.toml`, and that the files are where they were locked
warning: The components of failed sources keep their old entries
Locked 3 components, 15.7 KiB; [PROJECT]/models.lock
--- status 3
""") == shown(ran, conflicted)
    assert show(conflicted, "ours:models.lock") == conflicted.lock_path.read_bytes()


def test_lock_of_a_conflict_tells_in_json_how_it_was_healed(conflicted: ProjectBuilder) -> None:
    ran = wansync("lock", "--json")

    report = document("lock-report", ran)
    assert (ran.status, report["written"], report["discarded"]) == (0, True, None)
    assert report["healed"] == [
        "Merged the two sides of `models.lock`",
        "`alpha-transformer`: the two sides differ; its source was asked again",
    ]


def test_lock_after_both_sides_added_at_one_place_has_both(repository: ProjectBuilder) -> None:
    for side, id_ in (("ours", "aaa"), ("theirs", "aab")):
        add_on_branch(repository, side, id_)
    merge(repository)
    entries = "".join(f'[components.{id_}]\nkind = "vae"\nsource = "file:weights/shared"\n\n' for id_ in ("aaa", "aab"))
    text = show(repository, "main:models.toml").decode()
    repository.manifest_path.write_text(text.replace("[components.", entries + "[components.", 1))

    ran = wansync("lock")

    assert (ran.status, ran.stdout) == (0, "")
    assert ran.stderr.startswith("Merged the two sides of `models.lock`\nLocked 5 components, ")
    assert wansync("lock", "--check").status == 0


@pytest.mark.parametrize("wanted", ["ours", "theirs"])
def test_lock_takes_the_side_that_the_merged_manifest_asks_for(repository: ProjectBuilder, wanted: str) -> None:
    """Its source is not there any more, so the entry can only come from that side."""
    for side in ("ours", "theirs"):
        change_entry_on_branch(repository, side, license=side)
    merge(repository)
    repository.manifest_path.write_bytes(show(repository, f"{wanted}:models.toml"))
    (repository.directory / "weights/beta").rename(repository.directory / "weights/elsewhere")

    ran = wansync("lock")

    assert ran.status == 3
    assert f"`beta-transformer`: {wanted} is what `models.toml` asks for\n" in ran.stderr
    locked = component(repository.lock_path.read_bytes(), "beta-transformer")
    assert component(show(repository, f"{wanted}:models.lock"), "beta-transformer") == locked


def test_lock_does_not_take_an_entry_that_git_has_spliced(repository: ProjectBuilder) -> None:
    """Ours asks for all files in words, theirs for one: git merges the lines of files without a conflict."""
    change_entry_on_branch(repository, "ours", include=["*"])
    change_entry_on_branch(repository, "theirs", include=["config.json"])
    merge(repository)
    repository.manifest_path.write_bytes(show(repository, "ours:models.toml"))

    ran = wansync("lock")

    assert (ran.status, ran.stdout) == (0, "  ~ beta-transformer\n")
    assert "`beta-transformer`: the text merge has spoilt its entry, so it was resolved anew\n" in ran.stderr
    assert show(repository, "ours:models.lock") == repository.lock_path.read_bytes()


def test_lock_of_a_conflicted_manifest_says_to_resolve_that_first(repository: ProjectBuilder) -> None:
    for side, id_ in (("ours", "aaa"), ("theirs", "aab")):
        add_on_branch(repository, side, id_)
    merge(repository)
    before = repository.lock_path.read_bytes()

    said = [shown(wansync(*command.split()), repository) for command in ("lock", "lock --check", "sync")]

    assert [
        snapshot("""\
--- stderr
error: Invalid manifest `models.toml` line 10: it has merge conflicts
hint: Resolve them there first, then run `wansync lock`
--- status 2
""")
    ] * 3 == said
    assert before == repository.lock_path.read_bytes()


@pytest.mark.parametrize("marker", ["<<<<<<< HEAD", "=======", ">>>>>>> theirs"])
def test_lock_of_a_half_resolved_conflict_resolves_only_what_the_marker_spoils(
    locked: ProjectBuilder, marker: str
) -> None:
    """A source that is gone shows that the other entries are kept."""
    before = locked.lock_path.read_bytes()
    (locked.directory / "weights/shared").rename(locked.directory / "weights/elsewhere")
    text = before.decode()
    locked.lock_path.write_text(text.replace('id = "beta-transformer"', f'id = "beta-transformer"\n{marker}'))

    ran = wansync("lock")

    assert (ran.status, ran.stdout) == (3, "  + beta-transformer\n")
    assert "`beta-transformer`: the text merge has spoilt its entry, so it was resolved anew\n" in ran.stderr
    assert before == locked.lock_path.read_bytes()


def test_lock_of_a_conflict_in_which_nothing_can_be_read_makes_it_anew(locked: ProjectBuilder) -> None:
    before = locked.lock_path.read_bytes()
    locked.lock_path.write_text("<<<<<<< HEAD\nversion = 1\n=======\nversion = 1\n>>>>>>> theirs\n")

    ran = wansync("lock")

    assert ran.status == 0
    assert ran.stderr.startswith(
        "warning: Every revision was looked up again, since the old lock was unusable: "
        "`models.lock` has merge conflicts\n"
    )
    assert before == locked.lock_path.read_bytes()


@pytest.mark.parametrize(("key", "number"), [("version", 2), ("minor", 7)])
def test_lock_leaves_a_conflict_with_a_newer_format_alone(conflicted: ProjectBuilder, key: str, number: int) -> None:
    text = conflicted.lock_path.read_text()
    before = conflicted.lock_path.write_text(
        text.replace(f"{key} = ", f"<<<<<<< HEAD\n{key} = {number}\n=======\n{key} = ", 1).replace(
            "\n\n[project]", "\n>>>>>>> theirs\n\n[project]", 1
        )
    )

    ran = wansync("lock")

    assert (ran.status, ran.stdout) == (2, "")
    assert "hint: Upgrade wansync" in ran.stderr
    assert before == len(conflicted.lock_path.read_text())

"""`wansync merge-driver`: called by hand, and by the real git."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document
from tests.support.git import add_on_branch, begin, change_on_branch, commit, git, git_said, show, use_driver
from tests.support.project import wansync
from wansync.lockfile import parse_lock

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder, Ran

ALPHA_1 = "alpha/transformer/model-00001-of-00002.safetensors"
ALPHA_2 = "alpha/transformer/model-00002-of-00002.safetensors"
BETA = "beta/transformer/model.safetensors"
UMT5 = "shared/text_encoder/model.safetensors"


@pytest.fixture
def repository(locked: ProjectBuilder) -> ProjectBuilder:
    """The locked project in a git repository that has the merge driver."""
    begin(locked)
    use_driver(locked)
    return locked


def test_driver_merges_changes_of_different_components(repository: ProjectBuilder) -> None:
    change_on_branch(repository, "ours", ALPHA_1)
    change_on_branch(repository, "theirs", BETA, UMT5)
    git(repository, "checkout", "-q", "ours")

    merged = git_said(repository, "merge", "-m", "merge", "theirs")

    assert (merged.returncode, merged.stderr) == (0, "")
    assert wansync("lock", "--check").status == 0
    assert wansync("sync", "--frozen").status == 0


def test_driver_merges_components_that_both_sides_added_at_one_place(repository: ProjectBuilder) -> None:
    """A text merge cannot; the manifest, which has no driver, conflicts as ever."""
    for side, id_ in (("ours", "aaa"), ("theirs", "aab")):
        add_on_branch(repository, side, id_)
    git(repository, "checkout", "-q", "ours")

    assert git(repository, "merge", "-q", "theirs") == 1

    lock = parse_lock(repository.lock_path.read_bytes())
    assert [c.id for c in lock.components] == ["aaa", "aab", "alpha-transformer", "beta-transformer", "umt5"]
    assert git_said(repository, "diff", "--name-only", "--diff-filter=U").stdout == "models.toml\n"


def test_driver_leaves_a_conflict_that_lock_heals(repository: ProjectBuilder) -> None:
    change_on_branch(repository, "ours", ALPHA_1, BETA)
    change_on_branch(repository, "theirs", ALPHA_1, UMT5)
    git(repository, "checkout", "-q", "ours")

    merged = git_said(repository, "merge", "theirs")

    assert merged.returncode == 1
    assert merged.stderr == snapshot("""\
warning: models.lock has 1 conflict: components.alpha-transformer
hint: Run `wansync lock`, then `git add models.lock`
""")
    text = repository.lock_path.read_text()
    assert [line for line in text.splitlines() if line[:3] in {"<<<", "|||", "===", ">>>"}] == [
        "<<<<<<< ours",
        "=======",
        ">>>>>>> theirs",
    ]
    assert wansync("sync").status == 2
    git(repository, "checkout", "-q", "--theirs", "weights")
    assert wansync("lock").status == 0
    assert wansync("lock", "--check").status == 0


def test_driver_serves_a_rebase_and_its_conflict(repository: ProjectBuilder) -> None:
    change_on_branch(repository, "ours", ALPHA_1)
    change_on_branch(repository, "theirs", BETA)
    change_on_branch(repository, "other", ALPHA_2)
    git(repository, "checkout", "-q", "theirs")

    assert git(repository, "rebase", "-q", "ours") == 0
    assert wansync("lock", "--check").status == 0

    git(repository, "checkout", "-q", "other")
    assert git(repository, "rebase", "-q", "theirs") == 1
    assert wansync("lock").status == 0
    commit_of_rebase(repository)
    assert wansync("lock", "--check").status == 0
    assert git_said(repository, "log", "--format=%s").stdout.split() == ["other", "theirs", "ours", "begin"]


def commit_of_rebase(project: ProjectBuilder) -> None:
    assert git(project, "add", "models.lock") == 0
    assert git(project, "rebase", "--continue") == 0


def test_driver_serves_branches_that_have_merged_each_other(repository: ProjectBuilder) -> None:
    """Git then merges two bases first, and that merge conflicts."""
    change_on_branch(repository, "ours", ALPHA_1)
    change_on_branch(repository, "theirs", ALPHA_1)
    git(repository, "branch", "theirs-then")
    for side, other in (("theirs", "ours"), ("ours", "theirs-then")):
        git(repository, "checkout", "-q", side)
        assert git(repository, "merge", "-q", other) == 1
        git(repository, "checkout", "-q", "--ours", "weights")
        assert wansync("lock").status == 0
        commit(repository, f"merge into {side}")

    merged = git_said(repository, "merge", "theirs")

    assert "components.alpha-transformer" in merged.stderr
    assert "base" not in merged.stderr
    git(repository, "checkout", "-q", "--ours", "weights")
    assert wansync("lock").status == 0
    assert show(repository, "ours:models.lock") == repository.lock_path.read_bytes()


@pytest.mark.parametrize("command", ["wansync-is-not-installed %O %A %B", "false"])
def test_driver_that_fails_is_a_conflict_and_no_lost_work(repository: ProjectBuilder, command: str) -> None:
    use_driver(repository, command)
    change_on_branch(repository, "ours", ALPHA_1)
    change_on_branch(repository, "theirs", BETA)
    git(repository, "checkout", "-q", "ours")

    assert git(repository, "merge", "-q", "theirs") == 1

    assert show(repository, ":3:models.lock") == show(repository, "theirs:models.lock")
    assert wansync("lock").status == 0
    assert wansync("lock", "--check").status == 0


@pytest.fixture
def three(locked: ProjectBuilder, tmp_path: Path) -> tuple[Path, Path, Path]:
    """Three equal locks in files as git would make them."""
    paths = tmp_path / "base", tmp_path / "ours", tmp_path / "theirs"
    for path in paths:
        path.write_bytes(locked.lock_path.read_bytes())
    locked.manifest_path.unlink()
    return paths


def drive(three: tuple[Path, Path, Path]) -> Ran:
    return wansync("merge-driver", *(str(path) for path in three))


def test_driver_of_equal_locks_says_and_changes_nothing(three: tuple[Path, Path, Path]) -> None:
    before = three[1].read_bytes()

    ran = drive(three)

    assert (ran.status, ran.stdout, ran.stderr) == (0, "", "")
    assert before == three[1].read_bytes()


def test_driver_says_the_same_in_json(three: tuple[Path, Path, Path]) -> None:
    base, ours, theirs = three
    for path, kind in ((ours, "1.1"), (theirs, "1.2")):
        path.write_text(path.read_text().replace('version = "1.0"', f'version = "{kind}"'))
    command = ("merge-driver", "--json", str(base), str(ours), str(theirs))

    ran = wansync(*command)

    assert ran.status == 1
    assert document("merge-driver", ran)["conflicts"] == ["models.alpha", "models.beta"]
    ours.write_text("no lock")
    assert document("error", wansync(*command))["error"]["code"] == "INVALID_LOCK"


def test_driver_writes_canonical_bytes_into_ours_alone(three: tuple[Path, Path, Path]) -> None:
    base, ours, theirs = three
    canonical = ours.read_bytes()
    theirs.write_bytes(canonical.replace(b"\n", b"\r\n"))

    assert drive(three).status == 0

    assert [base.read_bytes(), ours.read_bytes()] == [canonical, canonical]
    assert theirs.read_bytes() == canonical.replace(b"\n", b"\r\n")
    assert sorted(path.name for path in ours.parent.iterdir() if "tmp" in path.name) == []


def test_driver_with_an_empty_base_takes_the_union(three: tuple[Path, Path, Path]) -> None:
    base, ours, theirs = three
    base.write_bytes(b"")
    whole = ours.read_bytes()
    ours.write_bytes(whole[: whole.index(b"\n[[component]]")])

    assert (drive(three).status, ours.read_bytes()) == (0, whole)
    assert theirs.read_bytes() == whole


@pytest.mark.parametrize("broken", [0, 1, 2], ids=["base", "ours", "theirs"])
@pytest.mark.parametrize(
    "spoil", [b"[[[\n", b"version = 2\n", b"\xff\n", b"minor = 9\n"], ids=["toml", "newer", "binary", "no version"]
)
def test_driver_of_a_file_that_is_no_lock_leaves_ours_as_it_is(
    three: tuple[Path, Path, Path], broken: int, spoil: bytes
) -> None:
    three[broken].write_bytes(spoil)
    before = three[1].read_bytes()

    ran = drive(three)

    side = ("base", "ours", "theirs")[broken]
    assert (ran.status, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"error: Invalid lock `models.lock ({side})`")
    assert ran.stderr.endswith("\nmodels.lock is left as our side has it\n")
    assert before == three[1].read_bytes()


@pytest.mark.parametrize("broken", [1, 2], ids=["ours", "theirs"])
def test_driver_of_a_side_with_conflict_markers_leaves_ours_as_it_is(
    three: tuple[Path, Path, Path], broken: int
) -> None:
    three[broken].write_bytes(b"<<<<<<< HEAD\n" + three[broken].read_bytes())
    before = three[1].read_bytes()

    assert drive(three).status == 2
    assert before == three[1].read_bytes()


def test_driver_of_a_newer_minor_says_to_upgrade(three: tuple[Path, Path, Path]) -> None:
    three[2].write_bytes(three[2].read_bytes().replace(b"minor = 0\n", b"minor = 9\n"))

    ran = drive(three)

    assert ran.status == 2
    assert "hint: Upgrade wansync to change this lock; reading it works\n" in ran.stderr


def test_driver_without_its_files_says_who_calls_it(three: tuple[Path, Path, Path]) -> None:
    three[2].unlink()

    ran = drive(three)

    assert ran.status == 2
    assert "hint: Git calls this command with three files; see `git help attributes`, merge drivers\n" in ran.stderr

"""`wansync mirror push`, `check` and `prune` on a directory."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.functional.mirrors import damage
from tests.functional.output import document
from tests.support.hub_project import shards
from tests.support.mirror_server import MirrorServer
from tests.support.project import content, wansync
from wansync.digest import Digest
from wansync.store.layout import StoreLayout

if TYPE_CHECKING:
    from tests.functional.mirrors import Fleet


def pushed(*arguments: str) -> tuple[int, int]:
    """Push, and return how many files were brought, and how many were there."""
    ran = wansync("mirror", "push", "--json", *arguments)
    report = document("mirror-push", ran)
    assert (ran.status, report["complete"]) == (0, True)
    return report["pushed"]["files"], report["already"]["files"]


def problems(*arguments: str) -> list[tuple[str, str]]:
    """Check, and return what is wrong with which file."""
    ran = wansync("mirror", "check", "--json", *arguments)
    report = document("mirror-check", ran)
    found = [(bad["state"], bad["path"]) for mirror in report["mirrors"] for bad in mirror["problems"]]
    assert (ran.status, report["complete"]) == ((1, False) if found else (0, True))
    return found


def test_push_twice_moves_nothing_and_leaves_plain_files(fleet: Fleet) -> None:
    fleet.filled()
    before = fleet.objects()
    times = {name: (fleet.mirror / name).stat().st_mtime_ns for name in before if name.startswith("blobs/")}

    assert pushed() == (0, 8)

    assert fleet.objects() == before
    assert times == {name: (fleet.mirror / name).stat().st_mtime_ns for name in times}
    lock = fleet.project.lock_path.read_bytes()
    assert before[f"locks/{Digest.of(lock)}.lock"] == lock
    for name in times:
        assert name == f"blobs/sha256/{name[13:15]}/{Digest.of(before[name])}"
    (claim,) = (name for name in before if name.endswith(".from"))
    assert claim.startswith(f"locks/{Digest.of(lock)}.")
    assert before[claim].decode().endswith(f":{fleet.project.directory}\n")
    assert set(before) == {*times, claim, f"locks/{Digest.of(lock)}.lock"}


def test_any_tool_can_check_a_mirror(fleet: Fleet) -> None:
    fleet.filled()
    script = 'find blobs -type f | while read -r file; do echo "${file##*/}  $file"; done | sha256sum --check --quiet'

    assert subprocess.run(["sh", "-c", script], cwd=fleet.mirror, check=False).returncode == 0
    damage(fleet.encoder)
    assert subprocess.run(["sh", "-c", script], cwd=fleet.mirror, check=False, capture_output=True).returncode == 1


def test_push_brings_what_is_selected_and_says_what_the_store_lacks(fleet: Fleet) -> None:
    fleet.use(f"nas=file:{fleet.mirror},mode=write")
    assert wansync("fetch", "vae").status == 0

    assert pushed("vae") == (1, 0)
    ran = wansync("mirror", "push", "--json")
    report = document("mirror-push", ran)
    # Small files are in the store since they were locked.
    assert (ran.status, report["pushed"]["files"], report["already"]["files"]) == (3, 3, 1)
    assert [failure["error"]["code"] for failure in report["failures"]] == ["NOT_FOUND"] * 4
    assert all("is not in the store" in failure["error"]["message"] for failure in report["failures"])


def test_push_never_brings_wrong_bytes(fleet: Fleet) -> None:
    fleet.use(f"nas=file:{fleet.mirror},mode=write")
    assert wansync("fetch").status == 0
    blob = StoreLayout(fleet.project.models_root).blob(Digest.of(content("umt5", 4000)))
    damage(blob)

    ran = wansync("mirror", "push", "umt5", "--json")

    (failure,) = document("mirror-push", ran)["failures"]
    assert (ran.status, failure["error"]["code"]) == (3, "CHECKSUM_FAIL")
    assert not fleet.encoder.exists()
    assert list((fleet.mirror / ".tmp").iterdir()) == []


def test_check_finds_what_is_missing_cut_or_flipped_and_a_full_push_mends_it(fleet: Fleet) -> None:
    fleet.filled()
    assert problems("--full") == []
    vae, shard = (
        StoreLayout(fleet.mirror).blob(Digest.of(data)) for data in (content("vae", 900), shards().popitem()[1])
    )
    damage(fleet.encoder)
    damage(shard, cut=True)
    vae.unlink()
    cut, missing = ("wrong_size", "model-00003-of-00003.safetensors"), ("missing", "vae.safetensors")
    flipped = ("wrong_bytes", "model.safetensors")

    assert sorted(problems()) == sorted([cut, missing])
    with MirrorServer(fleet.mirror) as server:
        fleet.use(f"nas=file:{fleet.mirror},mode=write web={server.url}")
        assert sorted(problems("--on", "web", "--full")) == sorted([cut, missing, flipped])
    fleet.use(f"nas=file:{fleet.mirror},mode=readwrite")
    assert sorted(problems("--full")) == sorted([cut, missing, flipped])

    assert pushed() == (2, 6)
    assert problems("--full") == [flipped]
    assert pushed("--full") == (1, 7)
    assert problems("--full") == []


def test_check_says_that_a_mirror_cannot_be_asked(fleet: Fleet) -> None:
    with MirrorServer(fleet.mirror, refuses=True) as server:
        fleet.use(f"web={server.url}")
        ran = wansync("mirror", "check", "vae")

    assert ran.status == 1
    assert ran.stdout.startswith("UNREACHABLE  web  vae.safetensors")
    assert "refuses" in ran.stdout
    assert ran.stderr.splitlines()[-1].startswith("hint: Give a token for its address: `wansync auth login URL`")


def test_check_says_what_brings_what_a_mirror_lacks(fleet: Fleet) -> None:
    assert wansync("fetch", "vae").status == 0
    bare, other = fleet.mirror.with_name("bare"), fleet.mirror.with_name("other")
    bare.mkdir()
    other.mkdir()
    fleet.use(f"nas=file:{fleet.mirror},mode=readwrite bare=file:{bare} other=file:{other},mode=write")

    hints = wansync("mirror", "check", "vae").stderr.splitlines()[-3:]

    assert hints == [
        "hint: Push what `bare` lacks or has wrong from a machine that may write to it",
        "hint: `wansync mirror push --full --to nas` brings what is missing or wrong",
        "hint: `wansync mirror push --full --to other` brings what is missing or wrong",
    ]
    assert wansync("mirror", "push", "vae", "--full", "--to", "nas").status == 0
    assert "Name one: `--to nas`, `--to other`" in wansync("mirror", "push", "vae").stderr
    assert "Name one: `--on nas`, `--on other`" in wansync("mirror", "prune").stderr


def test_prune_removes_what_no_lock_names_and_old_locks_on_demand(fleet: Fleet) -> None:
    fleet.filled()
    assert wansync("mirror", "prune").stderr.startswith("Nothing to remove")
    stray = StoreLayout(fleet.mirror).blob(Digest.of(b"stray"))
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"stray")
    note = fleet.mirror / "blobs" / "sha256" / "README"
    note.write_text("somebody's own")
    (fleet.mirror / "locks" / f"._{'0' * 64}.lock").write_bytes(b"\0\5\x16\7")
    old = fleet.objects()
    fleet.project.video.commit(shards("second"))
    assert wansync("lock", "--upgrade").status == wansync("fetch").status == 0
    assert pushed() == (1, 7)

    planned = document("mirror-prune", wansync("mirror", "prune", "--grace", "0h", "--dry-run", "--json"))
    assert (planned["removed"], planned["locks"], planned["bytes"]) == (False, [], 5)
    assert stray.exists()
    ran = wansync("mirror", "prune", "--grace", "0h")
    assert (ran.status, "Nobody is here to ask" in ran.stderr) == (2, True)
    assert wansync("mirror", "prune", "--grace", "0h", "--yes").status == 0
    assert (stray.exists(), note.exists(), len(set(old) - set(fleet.objects()))) == (False, True, 1)

    assert wansync("mirror", "prune", "--grace", "0h", "--keep-locks", "2", "--yes").stderr.startswith(
        "Nothing to remove"
    )
    gone = document("mirror-prune", wansync("mirror", "prune", "--grace", "0h", "--keep-locks", "1", "--yes", "--json"))
    assert (gone["removed"], len(gone["locks"]), len(gone["objects"])) == (True, 1, 1)
    assert problems("--full") == []


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("none", "No lock on mirror `nas` says what is needed"),
        ("newer", "cannot be read"),
        ("wrong", "other bytes than"),
        ("called", "`locks/models.lock` on mirror `nas` is not named by the SHA-256 of its bytes"),
    ],
)
def test_prune_removes_nothing_when_a_lock_is_in_doubt(fleet: Fleet, case: str, said: str) -> None:
    fleet.filled()
    (lock,) = (fleet.mirror / "locks").glob("*.lock")
    text = lock.read_bytes()
    if case == "none":
        lock.unlink()
    elif case == "newer":
        newer = text.replace(b"version = 1\n", b"version = 9\n", 1)
        lock.with_name(f"{Digest.of(newer)}.lock").write_bytes(newer)
    elif case == "called":
        lock.rename(lock.with_name("models.lock"))
    else:
        damage(lock)
    before = fleet.objects()

    ran = wansync("mirror", "prune", "--grace", "0h", "--keep-locks", "1", "--yes")

    assert (ran.status, said in ran.stderr) == (2, True)
    assert fleet.objects() == before


def test_store_of_a_wansync_is_neither_pushed_to_nor_pruned(fleet: Fleet) -> None:
    assert wansync("fetch").status == 0
    fleet.use(f"own=file:{fleet.project.models_root},mode=readwrite")

    for command in (("push",), ("prune", "--yes")):
        ran = wansync("mirror", *command)
        assert (ran.status, "is the store of a wansync" in ran.stderr) == (2, True)


@pytest.mark.parametrize(
    ("mirrors", "arguments", "said"),
    [
        ("", ("push",), "There is no mirror to write to"),
        ("a=file:/a", ("push",), "There is no mirror to write to"),
        ("a=file:/a", ("push", "--to", "a"), "Mirror `a` is not one to write to"),
        ("nas=file:/a", ("push", "--to", "nsa"), "There is no mirror `nsa`"),
        ("a=file:/a,mode=write b=file:/b,mode=write", ("push",), "There are several mirrors, and none is named"),
        ("a=file:/a,enabled=no", ("check", "--on", "a"), "Mirror `a` is switched off"),
        ("", ("check",), "There is no mirror"),
    ],
)
def test_mirror_that_is_not_there_or_not_for_that_is_refused(
    fleet: Fleet, mirrors: str, arguments: tuple[str, ...], said: str
) -> None:
    fleet.use(mirrors)

    ran = wansync("mirror", *arguments)

    assert (ran.status, said in ran.stderr, "hint: " in ran.stderr) == (2, True, True)


@pytest.mark.parametrize(("command", "status"), [("push", 11), ("check", 1), ("prune", 11)])
def test_directory_that_is_not_mounted_is_an_error_and_nothing_is_made(fleet: Fleet, command: str, status: int) -> None:
    gone = fleet.mirror / "not-mounted"
    fleet.use(f"nas=file:{gone},mode=readwrite")
    assert wansync("sync").status == 0

    ran = wansync("mirror", command)

    assert (ran.status, gone.exists()) == (status, False)
    assert f"has no directory `{gone}`" in ran.stdout + ran.stderr


@pytest.mark.parametrize(("command", "status"), [("push", 11), ("check", 1), ("prune", 11)])
def test_directory_that_cannot_be_looked_at_is_an_error_as_any_other(fleet: Fleet, command: str, status: int) -> None:
    """As one of other users, or of a server that is gone; a name that is too long fails for everybody."""
    fleet.use(f"nas=file:{fleet.mirror / ('n' * 300)},mode=readwrite")
    assert wansync("sync").status == 0

    ran = wansync("mirror", command)

    assert (ran.status, "File name too long" in ran.stdout + ran.stderr) == (status, True)


def test_projects_of_one_name_keep_each_other_s_locks(fleet: Fleet) -> None:
    """The other one is a copy of this, which stays where it was."""
    fleet.filled()
    other = shutil.copytree(fleet.project.directory, fleet.mirror.parent / "other")
    assert pushed("--project", str(other)) == (0, 8)
    fleet.project.video.commit(shards("second"))
    assert wansync("lock", "--upgrade").status == wansync("fetch").status == 0
    assert pushed() == (1, 7)
    prune = ("mirror", "prune", "--keep-locks", "1", "--grace", "0h", "--yes")

    ran = wansync(*prune)
    assert (ran.status, "as pushed from another place: 1 lock of app (--by-name)" in ran.stderr) == (0, True)
    assert problems("--full") == problems("--full", "--project", str(other)) == []

    gone = document("mirror-prune", wansync(*prune, "--by-name", "--json"))
    assert (len(gone["locks"]), len(gone["objects"]), gone["kept"]["locks_apart"]) == (1, 1, 0)
    assert len(list((fleet.mirror / "locks").iterdir())) == 2
    assert problems("--full") == []

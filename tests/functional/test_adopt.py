"""`wansync adopt`: what is on disk already becomes blobs, whoever put it there; only candidates are hashed."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.filesystems import failure
from tests.faults.test_kill_adopt import other_disk
from tests.functional.output import document
from tests.support.hub_cache import HubCacheBuilder, fill, from_hub
from tests.support.project import Recorder, content, wansync
from wansync.errors import NoSpaceError, UsageError
from wansync.events import AdoptionStarted, HashStarted
from wansync.ops.adopt import AdoptOptions, adopt
from wansync.project import open_workspace
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.project import ProjectBuilder

BIG = 2**20
ALPHA = [f"alpha/transformer/model-0000{n}-of-00002.safetensors" for n in (1, 2)]
BETA = "beta/transformer/model.safetensors"
SHARED = "shared/text_encoder/model.safetensors"
LARGE = {ALPHA[0]: BIG + 5000, ALPHA[1]: BIG + 3000, BETA: BIG + 3000, SHARED: BIG + 4000}
"""Two files have one size, so that only hashing tells them apart."""


@pytest.fixture
def locked(project: ProjectBuilder) -> ProjectBuilder:
    """A project whose files come from a Hub that nobody reaches; they are in `weights/`, and not in the store."""
    project.files.update({name: content(name, size) for name, size in LARGE.items()})
    project.write()
    from_hub(project)
    return project


@pytest.fixture
def tree(locked: ProjectBuilder, tmp_path: Path) -> Path:
    """The files in a plain directory, under other names than at their sources."""
    top = tmp_path / "ComfyUI" / "models"
    for number, (name, data) in enumerate(sorted(locked.files.items())):
        place = top / "diffusion_models" / f"renamed-{number}{name[name.rindex('.') :]}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    for number in range(20):
        (top / f"other-{number}.safetensors").write_bytes(b"x" * (100 + number))
    return top


def marks(tree: Path) -> dict[Path, tuple[int, ...]]:
    """Return what a change of a file would leave on it; to look into a directory changes when it was read."""
    found = {path: path.stat() for path in tree.rglob("*")}
    return {path: (now.st_mode, now.st_nlink, now.st_mtime_ns, now.st_ctime_ns) for path, now in found.items()}


def place_of(tree: Path, project: ProjectBuilder, name: str) -> Path:
    return next(path for path in tree.rglob("renamed-*") if path.read_bytes() == project.files[name])


def adopted(*arguments: str | Path) -> dict[str, Any]:
    return document("adopt", wansync("adopt", *map(str, arguments), "--json"))


def assert_nothing_is_left_to_fetch() -> None:
    assert document("plan", wansync("plan", "--json"))["bytes"]["fetch"] == 0
    assert wansync("sync", "--offline").status == 0
    assert wansync("verify").status == 0


def test_files_in_a_plain_tree_need_not_be_fetched(locked: ProjectBuilder, tree: Path) -> None:
    report = adopted(tree)

    size = sum(map(len, locked.files.values()))
    assert (report["complete"], report["lacking"], report["bytes"]["hashed"]) == (True, [], size)
    assert {file["fate"] for file in report["files"]} == {"taken"}
    assert report["looked_at"] == len(locked.files) + 20
    assert locked.leftovers() == []
    assert_nothing_is_left_to_fetch()


def test_only_candidates_are_hashed(locked: ProjectBuilder, tree: Path) -> None:
    """Twenty files have other sizes; one of the right size that is not needed any more is not hashed either."""
    for number in range(3):
        (tree / f"copy-{number}.safetensors").write_bytes(locked.files[SHARED])
    recorder = Recorder()

    report = adopt(open_workspace(locked.directory, reporters=[recorder]), [tree])

    wanted = sum(map(len, locked.files.values()))
    assert (report.bytes_hashed, len(report.plan.candidates)) == (wanted, len(locked.files) + 3)
    assert len(recorder.of(HashStarted)) == len(locked.files)
    (started,) = recorder.of(AdoptionStarted)
    assert started.size == wanted + 3 * len(locked.files[SHARED])


def test_large_files_are_linked_and_small_ones_are_copied(locked: ProjectBuilder, tree: Path) -> None:
    original = place_of(tree, locked, SHARED)
    small = place_of(tree, locked, "alpha/transformer/config.json")

    report = adopted(tree)

    means = {file["path"]: file["means"] for file in report["files"]}
    assert means[str(small)] == "copy"
    assert stat.S_IMODE(small.stat().st_mode) & 0o200
    if means[str(original)] == "hardlink":
        assert original.samefile(locked.blob(SHARED))
        assert stat.S_IMODE(original.stat().st_mode) == 0o444


def test_plan_says_what_it_would_do_and_does_nothing(locked: ProjectBuilder, tree: Path) -> None:
    before = marks(tree)

    ran = wansync("adopt", str(tree), "--dry-run")

    assert ran.status == 0
    assert ran.stderr == (
        "Looked at 26 files: 6 candidates for 6 missing files, 4.0 MiB to hash\n"
        "If they are right: hard-link 4.0 MiB, copy 40 B\n"
        "A hard link shares the file, so 4 originals will be read-only; `--link-mode copy` leaves them as they are\n"
    )
    assert len(ran.stdout.splitlines()) == 6
    assert before == marks(tree)
    assert not locked.models_root.exists()


def test_words_of_a_run(locked: ProjectBuilder, tree: Path) -> None:
    wrong = place_of(tree, locked, BETA)
    wrong.write_bytes(b"x" * LARGE[BETA])

    ran = wansync("adopt", str(tree), "--link-mode", "copy")

    assert (ran.status, ran.stdout) == (0, f"OTHER BYTES  {wrong}\n")
    assert ran.stderr == (
        "Looked at 26 files: 6 candidates for 6 missing files, 4.0 MiB to hash\n"
        "If they are right: copy 4.0 MiB\n"
        "Adopted 5 files: copied 3.0 MiB; 4.0 MiB hashed, 1 file with other bytes\n"
        "Still missing: 1 file, 1.0 MiB\n"
        "hint: `wansync sync` fetches what your profile needs; `wansync adopt` another directory if you have them "
        "elsewhere\n"
    )


def test_file_that_is_here_already_is_no_other_file(locked: ProjectBuilder, tree: Path) -> None:
    place_of(tree, locked, BETA).unlink()
    adopted(tree)

    # The size of one of its files is that of the file which is missing.
    ran = wansync("adopt", str(place_of(tree, locked, ALPHA[1])))

    assert (ran.status, ran.stdout) == (0, "")
    assert "0 files with other bytes" in ran.stderr


def test_second_time_there_is_nothing_to_adopt(locked: ProjectBuilder, tree: Path) -> None:
    adopted(tree)

    ran = wansync("adopt", str(tree))

    assert (ran.status, ran.stderr) == (0, "Nothing to adopt: the store has everything (6 files)\n")


def test_hub_cache_of_any_layout_is_taken_in(locked: ProjectBuilder, tmp_path: Path) -> None:
    cache = HubCacheBuilder(tmp_path / "hub")
    fill(cache, locked, SHARED, BETA)
    cache.add_shared("test/shared", "text_encoder/model.safetensors", locked.files[SHARED])
    cache.add_without_links("test/beta", "transformer/model.safetensors", locked.files[BETA])
    # The same size, and a name that says that it is something else.
    cache.add("other/model", "model.safetensors", b"y" * LARGE[BETA])
    before = cache.contents()

    report = adopted(cache.root)

    assert (report["lacking"], report["bytes"]["hashed"]) == ([], sum(map(len, locked.files.values())))
    assert before == cache.contents()
    assert_nothing_is_left_to_fetch()


def test_another_store_is_taken_in_by_the_names_of_its_blobs(
    locked: ProjectBuilder, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopted(tree)
    assert wansync("sync", "--offline").status == 0
    monkeypatch.setenv("MODELS_ROOT", str(tmp_path / "second"))

    report = adopted(locked.models_root, "--move", "--yes")

    assert (report["lacking"], report["bytes"]["move"]) == ([], 0)
    assert {file["reason"] for file in report["files"]} == {"it belongs to a store"}
    assert report["looked_at"] == len(locked.files)
    assert_nothing_is_left_to_fetch()
    monkeypatch.setenv("MODELS_ROOT", str(locked.models_root))
    assert wansync("verify").status == 0


def test_selection_says_which_files_are_wanted(locked: ProjectBuilder, tree: Path) -> None:
    report = adopted(tree, "--only", "beta")

    assert report["selection"] == ["beta@small"]
    assert report["wanted"]["files"] == 3
    assert not locked.blob(ALPHA[0]).exists()
    # A file of the same size is in the way, and proves to be another one.
    assert {file["fate"] for file in report["files"]} <= {"taken", "other_bytes"}
    assert report["lacking"] == []


def test_damaged_blob_is_replaced_and_not_taken_from_its_own_other_name(locked: ProjectBuilder, tree: Path) -> None:
    adopted(tree, "--link-mode", "hardlink")
    blob = locked.blob(SHARED)
    blob.chmod(0o644)
    with blob.open("r+b") as stream:
        stream.write(b"damage")
    wansync("verify")
    good = tree / "good.safetensors"
    good.write_bytes(locked.files[SHARED])

    report = adopted(tree)

    assert [(file["path"], file["fate"]) for file in report["files"] if file["fate"] == "taken"] == [
        (str(good), "taken")
    ]
    assert blob.read_bytes() == locked.files[SHARED]


class TestMove:
    def test_moved_file_is_nowhere_but_in_the_store(self, locked: ProjectBuilder, tree: Path) -> None:
        inode = place_of(tree, locked, SHARED).stat().st_ino

        report = adopted(tree, "--move", "--yes")

        assert list(tree.rglob("renamed-*")) == []
        assert report["bytes"]["move"] == sum(map(len, locked.files.values()))
        assert locked.blob(SHARED).stat().st_ino == inode
        # The removal of a name changes ctime; the blob is not hashed again for that.
        assert document("plan", wansync("plan", "--json"))["bytes"]["check"] == 0
        assert_nothing_is_left_to_fetch()

    def test_file_with_other_bytes_stays(self, locked: ProjectBuilder, tree: Path) -> None:
        wrong = place_of(tree, locked, BETA)
        wrong.write_bytes(b"x" * LARGE[BETA])

        report = adopted(tree, "--move", "--yes")

        assert list(tree.rglob("renamed-*")) == [wrong]
        assert wrong.read_bytes() == b"x" * LARGE[BETA]
        assert [lack["path"] for lack in report["lacking"]] == ["transformer/model.safetensors"]

    def test_file_that_a_link_leads_to_stays(self, locked: ProjectBuilder, tree: Path) -> None:
        target = place_of(tree, locked, SHARED)
        (tree / "link.safetensors").symlink_to(target)

        report = adopted(tree, "--move", "--yes")

        assert (tree / "link.safetensors").read_bytes() == locked.files[SHARED]
        assert report["lacking"] == []
        assert list(tree.rglob("renamed-*")) == [target]

    def test_file_that_is_open_for_writing_is_copied_and_stays(self, locked: ProjectBuilder, tree: Path) -> None:
        place = place_of(tree, locked, SHARED)
        with place.open("r+b") as stream:
            report = adopted(tree, "--move", "--yes")
            stream.write(b"later")

        (file,) = (one for one in report["files"] if one["path"] == str(place))
        assert (file["means"], file["reason"]) in {
            ("copy", "a program has it open for writing"),
            ("reflink", "a program has it open for writing"),
        }
        assert locked.blob(SHARED).read_bytes() == locked.files[SHARED]
        assert place.exists()

    def test_other_names_of_a_moved_file_stay(self, locked: ProjectBuilder, tree: Path, tmp_path: Path) -> None:
        second = tmp_path / "second-name"
        os.link(place_of(tree, locked, SHARED), second)

        adopted(tree, "--move", "--yes")

        assert second.read_bytes() == locked.files[SHARED]

    def test_nobody_to_ask_moves_nothing(self, locked: ProjectBuilder, tree: Path) -> None:
        ran = wansync("adopt", str(tree), "--move")

        assert (ran.status, ran.stderr.splitlines()[-2]) == (2, "error: Nobody is here to ask")
        assert len(list(tree.rglob("renamed-*"))) == len(locked.files)

    def test_json_needs_yes(self, tree: Path) -> None:
        assert wansync("adopt", str(tree), "--move", "--json").status == 2


class TestHostileTrees:
    def test_what_is_no_plain_file_is_passed_by(self, locked: ProjectBuilder, tree: Path, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        os.mkfifo(tree / "pipe.safetensors")
        (tree / "loop").symlink_to(tree)
        (tree / "itself").symlink_to("itself")
        (tree / "nowhere").symlink_to("not-there")
        (tree / "other-place").symlink_to(elsewhere)
        (tree / "\x1b[31mred\n.safetensors").write_bytes(locked.files[SHARED])
        (tree / os.fsdecode(b"\xff\xfe.safetensors")).write_bytes(locked.files[BETA])

        report = adopted(tree)
        ran = wansync("adopt", str(tree), "--dry-run")

        assert report["lacking"] == []
        assert {(one["path"], one["reason"]) for one in report["passed_over"]} == {
            (str(tree / "itself"), "a link that leads to itself"),
            (str(tree / "other-place"), "a link to a directory, which is not followed"),
        }
        assert "\x1b" not in ran.stdout + ran.stderr

    def test_file_that_grows_while_it_is_hashed(self, locked: ProjectBuilder, tree: Path) -> None:
        place = place_of(tree, locked, SHARED)

        class Grower:
            def report(self, event: object) -> None:
                if isinstance(event, HashStarted) and event.path == str(place):
                    with place.open("ab") as stream:
                        stream.write(b"more")

        report = adopt(open_workspace(locked.directory, reporters=[Grower()]), [tree])

        (file,) = report.failed
        assert (file.file.path, str(file.fate), report.complete) == (place, "changed", False)
        assert place.stat().st_size == LARGE[SHARED] + 4


class TestWords:
    def test_nothing_of_a_size_that_is_missing(self, locked: ProjectBuilder, tmp_path: Path) -> None:
        (tmp_path / "one").mkdir()
        (tmp_path / "one" / "file").write_bytes(b"x" * 77)

        ran = wansync("adopt", str(tmp_path / "one"))

        assert (ran.status, ran.stderr.splitlines()[:2]) == (
            0,
            ["Nothing to adopt: none of 1 file has the size of a missing one", "Still missing: 6 files, 4.0 MiB"],
        )
        assert not locked.models_root.exists()

    def test_all_is_here_now(self, locked: ProjectBuilder, tree: Path) -> None:
        ran = wansync("adopt", str(tree), "-q")

        assert ran.stderr.splitlines()[-1] == "The store has everything now (6 files); `wansync sync` links it"

    def test_what_cannot_fit_is_said_by_a_plan(self, locked: ProjectBuilder, tree: Path) -> None:
        ran = wansync("adopt", str(tree), "--link-mode", "copy", "--min-free", "999999G", "--dry-run")

        assert (ran.status, ran.stderr.splitlines()[-1][:24]) == (0, "warning: It does not fit")

    def test_moving_says_what_stays(self, locked: ProjectBuilder, tree: Path) -> None:
        target = place_of(tree, locked, SHARED)
        (tree / "link.safetensors").symlink_to(target)

        ran = wansync("adopt", str(tree), "--move", "--dry-run")

        (line,) = (line for line in ran.stdout.splitlines() if str(target) in line)
        assert line.endswith("stays: a symbolic link leads to it")


class TestOtherDisk:
    @pytest.fixture
    def far(self, locked: ProjectBuilder, tmp_path: Path) -> Iterator[Path]:
        """The files on another disk than the store's."""
        with tempfile.TemporaryDirectory(dir=other_disk(tmp_path)) as folder:
            for number, data in enumerate(locked.files.values()):
                (Path(folder) / f"{number}.bin").write_bytes(data)
            yield Path(folder)

    def test_files_are_copied(self, locked: ProjectBuilder, far: Path) -> None:
        report = adopted(far)

        assert report["plan"]["disk"]["peak"] == report["bytes"]["copy"] == sum(map(len, locked.files.values()))
        assert_nothing_is_left_to_fetch()

    def test_moved_files_are_written_anew(self, locked: ProjectBuilder, far: Path) -> None:
        ran = wansync("adopt", str(far), "--move", "--yes")

        assert "note: " not in ran.stderr
        assert ran.stderr.splitlines()[1] == "If they are right: move 4.0 MiB; 4.0 MiB of it is written anew"
        assert (ran.status, list(far.iterdir())) == (0, [])

    def test_hard_links_that_were_asked_for_do_not_reach_them(self, locked: ProjectBuilder, far: Path) -> None:
        ran = wansync("adopt", str(far), "--link-mode", "hardlink")

        assert ran.status == 0
        assert f"warning: {far / '0.bin'} is on another file system, where no hard link reaches it\n" in ran.stderr
        assert ran.stderr.startswith("Nothing to adopt")


class FullAfter(FileSystem):
    """A disk with room for so many bytes, which somebody else fills after the plan was made."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, descriptor: int, data: bytes | memoryview) -> None:
        self.room -= len(data)
        if self.room < 0:
            raise failure(errno.ENOSPC)
        super().write(descriptor, data)


def test_full_disk_ends_the_run_and_the_next_one_goes_on(locked: ProjectBuilder, tree: Path) -> None:
    workspace = open_workspace(locked.directory, choices={"link_mode": "copy"})

    with pytest.raises(NoSpaceError):
        adopt(replace(workspace, fs=FullAfter(BIG + BIG // 2)), [tree])

    assert adopted(tree, "--link-mode", "copy")["lacking"] == []
    assert_nothing_is_left_to_fetch()


class TestPaths:
    def test_no_path_at_all(self, locked: ProjectBuilder) -> None:
        with pytest.raises(UsageError, match="No path is named"):
            locked.api().adopt()

    def test_path_that_is_no_file(self, locked: ProjectBuilder, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")

        assert "neither a file nor a directory" in wansync("adopt", str(tmp_path / "pipe")).stderr

    def test_frozen_lock_that_is_stale(self, locked: ProjectBuilder, tree: Path) -> None:
        del locked.manifest["models"]["beta"], locked.manifest["components"]["beta-transformer"]
        locked.manifest["profiles"]["all"] = ["alpha@small"]
        locked.write()

        assert wansync("adopt", str(tree), "--frozen").status == 10
        assert wansync("adopt", str(tree)).status == 0

    def test_path_that_is_not_there(self, locked: ProjectBuilder, tmp_path: Path) -> None:
        ran = wansync("adopt", str(tmp_path / "gone"))

        assert (ran.status, ran.stderr.splitlines()[0]) == (
            2,
            f"error: `{tmp_path / 'gone'}` cannot be looked at: No such file or directory",
        )

    def test_store_itself_and_a_view(self, locked: ProjectBuilder, tree: Path) -> None:
        adopted(tree)
        assert wansync("sync", "--offline").status == 0

        for place in (locked.models_root, locked.models_root / "models" / "beta@small"):
            ran = wansync("adopt", str(place))
            assert (ran.status, ran.stderr.splitlines()[0]) == (2, f"error: `{place}` is in the store already")

    def test_directory_around_the_store_leaves_it_out(self, locked: ProjectBuilder, tree: Path, tmp_path: Path) -> None:
        adopted(tree, "--only", "beta")
        (tmp_path / "link").symlink_to(locked.blob(BETA))

        report = adopted(tmp_path, tree, tmp_path / "app")

        assert report["lacking"] == []
        assert not [file for file in report["files"] if str(locked.models_root) in file["path"]]

    def test_single_file(self, locked: ProjectBuilder, tree: Path) -> None:
        report = adopted(place_of(tree, locked, SHARED))

        assert (len(report["files"]), report["looked_at"], len(report["lacking"])) == (1, 1, 5)


class TestRoom:
    def test_copies_that_cannot_fit_are_refused_before(self, locked: ProjectBuilder, tree: Path) -> None:
        ran = wansync("adopt", str(tree), "--link-mode", "copy", "--min-free", "999999G")

        assert ran.status == 14
        assert not locked.layout.blobs.exists()

    def test_links_need_no_room(self, locked: ProjectBuilder, tree: Path) -> None:
        for name in ("alpha", "beta"):
            place_of(tree, locked, f"{name}/transformer/config.json").unlink()

        assert wansync("adopt", str(tree), "--min-free", "999999G").status == 0


def test_what_was_adopted_is_kept_by_gc(locked: ProjectBuilder, tree: Path) -> None:
    adopted(tree)
    shutil.rmtree(tree)

    assert wansync("gc", "--yes").status == 0

    assert_nothing_is_left_to_fetch()


def test_python_interface(locked: ProjectBuilder, tree: Path) -> None:
    planned = locked.api().plan_adopt(tree)
    report = locked.api().adopt(tree, models=["alpha"])

    assert (planned.carried_out, len(planned.plan.candidates)) == (False, 6)
    assert (report.selection, report.lacking) == (("alpha@small",), ())
    assert AdoptOptions() == AdoptOptions(wanted=(), move=False)

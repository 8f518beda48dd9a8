"""`wansync plan --out` and `wansync sync --plan`: a plan that was looked at is carried out, and nothing else."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.functional.output import document
from tests.support.documents import check_document
from tests.support.project import content, wansync
from wansync.errors import PlanStaleError
from wansync.ops.saved_plan import sync_saved
from wansync.project import open_workspace
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.project import ProjectBuilder, Ran

MODEL = "beta/transformer/model.safetensors"


@pytest.fixture
def saved(locked: ProjectBuilder) -> Path:
    """The plan of the first sync, saved."""
    path = locked.directory / "plan.json"
    assert wansync("plan", "--out", "plan.json").status == 0
    return path


def sync(*options: str) -> Ran:
    return wansync("sync", "--plan", "plan.json", *options)


def stale(*options: str) -> list[str]:
    """Return what a stale plan says has moved."""
    error = document("error", sync("--json", *options))["error"]
    assert (error["code"], error["exit_status"]) == ("PLAN_STALE", 17)
    moved: list[str] = error["facts"]["moved"]
    return moved


def test_saved_plan_is_the_json_document(locked: ProjectBuilder, saved: Path) -> None:
    values = json.loads(saved.read_bytes())

    check_document("plan", values)
    now = document("plan", wansync("plan", "--json"))
    del now["disk"], values["disk"]
    assert values == now
    assert (values["applyable"], values["noop"], values["tool"].split()[0]) == (True, False, "wansync")


def test_saving_a_plan_says_how_to_go_on_and_leaves_nothing_else(locked: ProjectBuilder) -> None:
    (locked.directory / "sub").mkdir()
    ran = wansync("plan", "--out", "sub/plan.json")

    assert ran.stderr == "Saved the plan; `wansync sync --plan sub/plan.json` carries it out\n"
    assert [path.name for path in (locked.directory / "sub").iterdir()] == ["plan.json"]
    assert not locked.models_root.exists()


def test_sync_of_a_saved_plan_makes_the_disk_as_sync_does(locked: ProjectBuilder, saved: Path) -> None:
    report = document("sync", sync("--json"))

    assert (report["complete"], sorted(report["views"])) == (True, ["alpha@small", "beta@small"])
    assert document("plan", wansync("plan", "--json"))["noop"] is True


def test_sync_of_a_saved_plan_does_what_was_selected_then(locked: ProjectBuilder) -> None:
    assert wansync("plan", "beta", "umt5", "--out", "plan.json").status == 0

    assert sorted(document("sync", sync("--json"))["views"]) == ["beta@small", "umt5"]
    assert not locked.blob("alpha/transformer/config.json").exists()


def test_sync_of_a_plan_that_was_carried_out_has_nothing_to_do(locked: ProjectBuilder, saved: Path) -> None:
    assert (sync().status, document("sync", sync("--json"))["noop"]) == (0, True)


@pytest.mark.parametrize("done", [["sync", "alpha"], ["sync"]], ids=["a part", "all"])
def test_sync_of_a_plan_that_somebody_did_meanwhile_does_the_rest(
    locked: ProjectBuilder, saved: Path, done: list[str]
) -> None:
    assert wansync(*done).status == 0

    assert document("sync", sync("--json"))["complete"] is True
    assert document("plan", wansync("plan", "--json"))["noop"] is True


def test_sync_of_a_plan_that_was_cut_short_goes_on(locked: ProjectBuilder, saved: Path) -> None:
    data = locked.files[MODEL]
    locked.layout.tmp.mkdir(parents=True)
    (locked.layout.tmp / f"{locked.blob(MODEL).name}.released.part").write_bytes(data[:3000])

    assert document("sync", sync("--json"))["bytes"]["resumed"] == 3000


def change_lock(project: ProjectBuilder) -> None:
    project.files[MODEL] = content("beta, trained further", 7000)
    project.write()
    assert wansync("lock").status == 0


def vanish(project: ProjectBuilder) -> None:
    project.blob("shared/text_encoder/model.safetensors").unlink()


def touch(project: ProjectBuilder) -> None:
    blob = project.blob("shared/text_encoder/model.safetensors")
    blob.chmod(0o644)
    blob.write_bytes(blob.read_bytes())


def break_link(project: ProjectBuilder) -> None:
    (view,) = (path for path in (project.models_root / "views/alpha@small").iterdir() if path.is_dir())
    (view / "transformer/config.json").unlink()
    blob = project.blob("alpha/transformer/config.json")
    assert blob.exists()


STALE: dict[str, tuple[Callable[[ProjectBuilder], None], list[str]]] = {
    "lock": (change_lock, ["`models.lock` has changed since in `beta-transformer`"]),
    "vanished": (
        vanish,
        ["`model.safetensors` (3.9 KiB) must be fetched now", "1 file of `alpha@small` must be linked as well"],
    ),
    "touched": (touch, ["`model.safetensors` (3.9 KiB) must be checked now"]),
}


@pytest.mark.parametrize("case", STALE)
def test_plan_is_stale_when_a_sync_would_do_more_than_it_says(locked: ProjectBuilder, case: str) -> None:
    """Beside what is to be done for beta, something must be done for alpha, which was ready when the plan was made."""
    spoil, moved = STALE[case]
    assert wansync("sync", "alpha").status == 0
    assert wansync("plan", "--out", "plan.json").status == 0
    spoil(locked)
    before = locked.snapshot()

    assert moved == stale()
    assert (before, locked.leftovers()) == (locked.snapshot(), [])
    # Planned again, it is carried out.
    assert (wansync("plan", "--out", "plan.json").status, sync().status) == (0, 0)


def test_plan_is_stale_when_a_link_broke_meanwhile(locked: ProjectBuilder) -> None:
    # With symbolic links a broken one leaves its blob as it is.
    assert wansync("sync", "alpha", "--link-mode", "symlink").status == 0
    assert wansync("plan", "--out", "plan.json", "--link-mode", "symlink").status == 0
    break_link(locked)

    assert stale("--link-mode", "symlink") == ["1 file of `alpha@small` must be linked as well"]


def test_plan_that_relinks_a_part_is_stale_when_another_part_broke(locked: ProjectBuilder) -> None:
    assert wansync("sync", "alpha", "--link-mode", "symlink").status == 0
    break_link(locked)
    assert wansync("plan", "alpha", "--out", "plan.json", "--link-mode", "symlink").status == 0
    (view,) = (path for path in (locked.models_root / "views/alpha@small").iterdir() if path.is_dir())
    (view / "text_encoder/model.safetensors").unlink()

    assert stale("--link-mode", "symlink") == ["1 file of `alpha@small` must be linked as well"]


def test_plan_is_stale_with_another_link_mode(synced: ProjectBuilder) -> None:
    assert wansync("plan", "--link-mode", "copy", "--out", "plan.json").status == 0

    assert stale("--link-mode", "symlink") == ["files would be linked by symlink, not by copy"]


def test_sync_of_a_saved_plan_links_as_was_asked_then(synced: ProjectBuilder) -> None:
    assert wansync("plan", "--link-mode", "copy", "--out", "plan.json").status == 0

    report = document("sync", sync("--json"))

    assert (report["links"], report["link_mode"]) == (7, "copy")


def test_plan_is_stale_when_a_link_mode_is_named_only_then(locked: ProjectBuilder, saved: Path) -> None:
    assert stale("--link-mode", "copy") == ["files would be linked by copy, not by auto"]


def test_plan_is_stale_with_another_store(locked: ProjectBuilder, saved: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"

    assert stale("--models-root", str(other)) == [f"it was made for the store at `{locked.models_root}`"]
    assert not other.exists()


class Disappearing(FileSystem):
    """A file system on which a file vanishes when the trash is looked at: after the blobs, in the first look."""

    def __init__(self, trash: Path, victim: Path) -> None:
        self._trash = trash
        self._victim = victim

    def list_directory(self, path: Path) -> list[str]:
        if path == self._trash:
            self._victim.unlink(missing_ok=True)
        return super().list_directory(path)


def test_plan_is_stale_when_the_disk_moves_while_the_sync_begins(locked: ProjectBuilder) -> None:
    """Looked at again behind the root: what was collected just before that must not be fetched unasked."""
    assert wansync("sync", "alpha").status == 0
    assert wansync("plan", "--out", "plan.json").status == 0
    blob = locked.blob("shared/text_encoder/model.safetensors")
    workspace = replace(open_workspace(), fs=Disappearing(locked.layout.trash, blob))

    with pytest.raises(PlanStaleError, match="must be fetched now"):
        sync_saved(workspace, locked.directory / "plan.json")
    assert not blob.exists()


def test_sync_of_a_saved_plan_locks_nothing(locked: ProjectBuilder, saved: Path) -> None:
    locked.manifest["models"]["alpha"]["version"] = "2.0"
    locked.write()
    before = locked.lock_path.read_bytes()

    ran = sync("--json")

    assert (ran.status, document("error", ran)["error"]["code"]) == (10, "LOCK_STALE")
    assert before == locked.lock_path.read_bytes()


def test_sync_of_a_saved_plan_still_needs_the_room(locked: ProjectBuilder, saved: Path) -> None:
    assert sync("--min-free", "100%").status == 14
    assert not locked.models_root.exists()


@pytest.mark.parametrize(
    "options",
    [["alpha"], ["--only", "alpha"], ["--dry-run"], ["--profile", "all"], ["--no-frozen"]],
    ids=" ".join,
)
def test_sync_of_a_saved_plan_takes_nothing_that_contradicts_it(
    locked: ProjectBuilder, saved: Path, options: list[str]
) -> None:
    ran = sync(*options)

    assert ran.status == 2
    assert "leave out models, --only, --profile, --dry-run" in ran.stderr
    assert not locked.models_root.exists()


def edited(**changes: Any) -> Callable[[dict[str, Any]], None]:  # noqa: ANN401 (any JSON value)
    return lambda values: values.update(changes)


def without_a_fetch(values: dict[str, Any]) -> None:
    values["actions"][0]["files"][0]["action"] = "keep"


BROKEN: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "no version": (lambda values: values.pop("format_version"), "it is another document"),
    "foreign": (lambda values: values.clear(), "it is another document"),
    "older": (lambda values: values.pop("expires_with"), "it is another document"),
    "between locks": (edited(expires_with=None), "expected a table, not NoneType"),
    "no lock": (lambda values: values.pop("lock"), "`lock` is missing"),
    "bad digest": (edited(lock={"sha256": "abc"}), "expected 64 lower-case hexadecimal digits, not `abc`"),
    "bad mode": (edited(link_mode="hope"), "expected one of reflink, hardlink, symlink, copy, not `hope`"),
    "other selection": (edited(selection=["alpha@small"]), "it does not say what it said when it was saved"),
    "less to fetch": (without_a_fetch, "it does not say what it said when it was saved"),
    "other links": (edited(views=[]), "it does not say what it said when it was saved"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_file_that_is_no_saved_plan_is_refused(locked: ProjectBuilder, saved: Path, case: str) -> None:
    change, why = BROKEN[case]
    values = json.loads(saved.read_bytes())
    change(values)
    saved.write_text(json.dumps(values))

    ran = sync("--json")

    error = document("error", ran)["error"]
    assert (ran.status, error["code"]) == (2, "INVALID_PLAN")
    assert error["message"] == f"`plan.json` is no saved plan that can be used: {why}"
    assert not locked.models_root.exists()


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b'{"a": 1, "a": 2}', b"[" * 100], ids=repr)
def test_file_that_is_no_document_is_refused(locked: ProjectBuilder, saved: Path, data: bytes) -> None:
    saved.write_bytes(data)

    ran = sync("--json")

    assert (ran.status, document("error", ran)["error"]["code"]) == (2, "INVALID_PLAN")


@pytest.mark.parametrize("what", ["absent", "directory", "pipe"])
def test_what_is_no_file_is_refused(locked: ProjectBuilder, what: str) -> None:
    if what == "directory":
        (locked.directory / "plan.json").mkdir()
    elif what == "pipe":
        os.mkfifo(locked.directory / "plan.json")

    ran = sync("--json")

    assert (ran.status, document("error", ran)["error"]["code"]) == (2, "INVALID_PLAN")


@pytest.mark.parametrize(("version", "status"), [("1.9", 0), ("2.0", 2), ("1", 2), ("1.x", 2)])
def test_saved_plan_of_a_later_minor_version_is_read_and_of_a_major_one_refused(
    locked: ProjectBuilder, saved: Path, version: str, status: int
) -> None:
    values = json.loads(saved.read_bytes()) | {"format_version": version, "news": {"later": [1]}}
    saved.write_text(json.dumps(values))

    ran = sync()

    assert ran.status == status
    assert ("Upgrade wansync" in ran.stderr) is (version == "2.0")


def test_plan_out_that_cannot_be_written_says_so(locked: ProjectBuilder) -> None:
    (locked.directory / "folder").mkdir()

    ran = wansync("plan", "--out", "folder", "--json")

    assert (ran.status, document("error", ran)["error"]["code"]) == (2, "USAGE")


def test_plan_that_does_not_fit_or_must_be_locked_first_is_not_applyable(locked: ProjectBuilder) -> None:
    large = document("plan", wansync("plan", "--json", "--min-free", "100%"))
    locked.manifest["models"]["alpha"]["version"] = "2.0"
    locked.write()

    assert (large["applyable"], document("plan", wansync("plan", "--json"))["applyable"]) == (False, False)


@pytest.mark.parametrize("name", [".", "-", "weights", "pipe"])
def test_plan_replaces_nothing_that_is_no_file(locked: ProjectBuilder, name: str) -> None:
    """As root it would put a file in place of `/dev/null`."""
    pipe = locked.directory / "pipe"
    os.mkfifo(pipe)

    ran = wansync("plan", "--out", name)

    assert (ran.status, "is no file that a plan can be saved in" in ran.stderr) == (2, True)
    assert (pipe.is_fifo(), (locked.directory / "-").exists()) == (True, False)


def test_plan_is_saved_where_a_link_leads(locked: ProjectBuilder) -> None:
    link = locked.directory / "link"
    link.symlink_to("plan.json")

    assert wansync("plan", "--out", "link").status == 0

    assert (link.is_symlink(), wansync("sync", "--plan", "plan.json").status) == (True, 0)

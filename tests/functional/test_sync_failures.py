"""`wansync sync` that fails, wholly or in part: what can be ready is, and the rest is said."""
# ruff: noqa: E501 (what the program prints is quoted as it is)

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import content, wansync
from tests.support.simulators import reach_directories_alone
from wansync.digest import Digest

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder, Ran

BETA = "beta/transformer/model.safetensors"
UMT5 = "shared/text_encoder/model.safetensors"
VAE = content("vae", 600)


def change_source(project: ProjectBuilder, name: str, data: bytes) -> None:
    """Change a source file without locking again."""
    (project.directory / "weights" / name).write_bytes(data)


@pytest.fixture
def remote(project: ProjectBuilder) -> ProjectBuilder:
    """The project with a VAE from the Hub, locked from a recorded listing, in a model of its own."""
    project.manifest["components"]["hub-vae"] = {"kind": "vae", "source": "hf:test/repository", "revision": "main"}
    project.manifest["models"]["gamma"] = project.model("t2v", {"vae": "hub-vae"})
    project.write()
    listing = {
        "format_version": 1,
        "source": "hf:test/repository",
        "ref": "main",
        "revision": "0123456789abcdef0123456789abcdef01234567",
        "files": [{"path": "vae.safetensors", "size": len(VAE), "sha256": str(Digest.of(VAE))}],
    }
    (project.directory / "listings").mkdir()
    (project.directory / "listings" / "hub.json").write_text(json.dumps(listing))
    assert wansync("lock", "--listings", "listings").status == 0
    return project


def test_sync_with_changed_source_says_to_lock_again(locked: ProjectBuilder) -> None:
    change_source(locked, UMT5, content("trained on", 4000))

    ran = wansync("sync")

    assert snapshot("""\
--- stderr
error: `text_encoder/model.safetensors` from `file:weights/shared` has other bytes than the locked ones
hint: If the change is meant, run `wansync lock`; if not, restore the file
--- status 13
""") == shown(ran, locked)
    assert not locked.blob(UMT5).exists()
    assert locked.leftovers() == []


@pytest.mark.parametrize("size", [0, 1, 3999, 4001, 9000])
def test_sync_with_changed_source_of_any_size_says_to_lock_again(locked: ProjectBuilder, size: int) -> None:
    change_source(locked, UMT5, content("trained on", size))

    error = document("error", wansync("sync", "--json"))["error"]

    assert (error["code"], error["exit_status"]) == ("CHECKSUM_FAIL", 13)
    assert "run `wansync lock`" in error["hint"]


def test_sync_with_changed_source_works_after_the_hint_was_followed(locked: ProjectBuilder) -> None:
    change_source(locked, UMT5, content("trained on", 4000))
    assert wansync("sync").status == 13

    assert (wansync("lock").status, wansync("sync").status) == (0, 0)


def test_sync_with_one_failing_component_makes_the_other_model_ready(locked: ProjectBuilder) -> None:
    change_source(locked, BETA, content("trained on", 7000))

    ran = wansync("sync")

    assert snapshot("""\
alpha@small  [STORE]/views/alpha@small/[TREE]
--- stderr
error: model.safetensors could not be made present: `transformer/model.safetensors` from `file:weights/beta` has other bytes than the locked ones
hint: If the change is meant, run `wansync lock`; if not, restore the file
Synced 1 view: fetched 11.8 KiB, linked 4 files ([MODE])
--- status 3
""") == shown(ran, locked)
    states = {model["name"]: model["state"] for model in document("status", wansync("status", "--json"))["models"]}
    assert states == {"alpha@small": "COMPLETE", "beta@small": "PARTIAL"}


def test_sync_with_one_failing_component_lists_it_in_json(locked: ProjectBuilder) -> None:
    change_source(locked, BETA, content("trained on", 7000))

    ran = wansync("sync", "--json")

    report = document("sync", ran)
    assert (ran.status, report["complete"], sorted(report["views"])) == (3, False, ["alpha@small"])
    failures = [(failure["path"], failure["error"]["code"]) for failure in report["failures"]]
    assert failures == [("model.safetensors", "CHECKSUM_FAIL")]


def test_sync_after_failure_goes_on_where_it_stopped(locked: ProjectBuilder) -> None:
    change_source(locked, BETA, content("trained on", 7000))
    assert wansync("sync").status == 3
    change_source(locked, BETA, locked.files[BETA])

    report = document("sync", wansync("sync", "--json"))

    assert (report["bytes"]["fetched"], report["complete"]) == (7000, True)


def test_sync_with_missing_source_file_names_source_and_file(locked: ProjectBuilder) -> None:
    (locked.directory / "weights" / BETA).unlink()

    ran = wansync("sync", "beta")

    assert ran.status == 11
    assert "`file:weights/beta` cannot give `transformer/model.safetensors`: No such file or directory" in ran.stderr


def failing_relock(project: ProjectBuilder, *options: str) -> Ran:
    """Sync with a stale lock while one source, whose component has an old entry, is away."""
    assert wansync("sync").status == 0
    (project.directory / "weights/beta").rename(project.directory / "weights/elsewhere")
    project.manifest["models"]["alpha"]["version"] = "1.1"
    project.manifest_path.write_text(project.manifest_path.read_text().replace('"1.0"', '"1.1"', 1))
    return wansync("sync", *options)


@pytest.mark.parametrize("options", [[], ["--quiet"]], ids=str)
def test_sync_that_locks_in_part_says_why_its_status_is_3(locked: ProjectBuilder, options: list[str]) -> None:
    ran = failing_relock(locked, *options)

    assert ran.status == 3
    assert (
        "error: `file:weights/beta` cannot be listed: No such file or directory (needed by beta-transformer)\n"
        in ran.stderr
    )
    assert "hint: " in ran.stderr


def test_sync_that_locks_in_part_lists_the_failure_in_json(locked: ProjectBuilder) -> None:
    ran = failing_relock(locked, "--json")

    assert (ran.status, [f["code"] for f in document("sync", ran)["lock"]["failures"]]) == (3, ["NOT_FOUND"])


def test_sync_offline_takes_local_sources(locked: ProjectBuilder) -> None:
    assert wansync("sync", "--offline").status == 0


def test_sync_offline_without_remote_bytes_says_what_is_missing(
    remote: ProjectBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = wansync("sync", "--offline", "gamma")
    assert snapshot("""\
--- stderr
error: Not here, and not to be had with `--offline`: 1 file, 600 B
hint: Run the command once without `--offline`, WANSYNC_OFFLINE and HF_HUB_OFFLINE
--- status 18
""") == shown(ran, remote)

    error = document("error", wansync("sync", "--offline", "gamma", "--json"))["error"]
    monkeypatch.setenv("WANSYNC_OFFLINE", "1")

    assert error["facts"] == {"files": ["vae.safetensors"], "bytes_needed": 600}
    assert (wansync("sync", "gamma").status, wansync("sync", "alpha").status) == (18, 0)


def test_sync_offline_with_remote_bytes_in_the_store_is_ready(remote: ProjectBuilder) -> None:
    """The digest counts, not where the bytes came from."""
    remote.files["alpha/transformer/copy-of-vae.safetensors"] = VAE
    remote.write()
    assert wansync("lock").status == 0
    assert wansync("sync", "alpha").status == 0

    assert wansync("sync", "--offline", "gamma").status == 0


def test_sync_of_source_that_cannot_be_reached_yet_says_what_would_help(
    remote: ProjectBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The component is locked already, so a hint to lock it from a listing would lead in a circle."""
    lock = remote.lock_path.read_text().replace("hf:test/repository", "s3:test/repository")
    remote.lock_path.write_text(lock)
    remote.manifest_path.unlink()
    reach_directories_alone(monkeypatch)

    ran = wansync("sync", "gamma", "--frozen")

    assert (ran.status, ran.stdout) == (2, "")
    assert "error: This version of wansync cannot reach `s3:` sources: `s3:test/repository`\n" in ran.stderr
    assert "wansync lock --listings" not in ran.stderr


def test_sync_that_does_not_fit_begins_nothing(locked: ProjectBuilder) -> None:
    ran = wansync("sync", "--min-free", "100%")

    assert (ran.status, ran.stdout) == (14, "")
    assert "error: Not enough disk space: 18.6 KiB needed, " in ran.stderr
    assert not locked.models_root.exists()


def test_sync_that_does_not_fit_counts_what_gc_would_free(synced: ProjectBuilder) -> None:
    synced.files[BETA] = content("trained on", 7000)
    synced.write()
    assert (wansync("lock").status, wansync("sync").status) == (0, 0)
    synced.files[UMT5] = content("trained on", 4000)
    synced.write()
    assert wansync("lock").status == 0

    error = document("error", wansync("sync", "--min-free", "100%", "--json"))["error"]

    assert (error["facts"]["needed"], error["facts"]["reclaimable"]) == (4000, 7000)
    assert error["hint"] == "`wansync gc` would free 6.8 KiB"


HINT_OF_MODES = "hint: Choose one of auto, reflink, hardlink, symlink, copy"


def test_sync_with_link_mode_that_cannot_work_says_so(locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANSYNC_LINK_MODE", "teleport")

    ran = wansync("sync")

    assert (ran.status, ran.stderr.splitlines()) == (
        2,
        ["error: WANSYNC_LINK_MODE: `teleport` is no link mode", HINT_OF_MODES],
    )


def test_wrong_bytes_of_a_directory_are_copied_once(locked: ProjectBuilder) -> None:
    """It would give the same bytes again."""
    change_source(locked, BETA, content("trained on", 7000))

    wansync("sync", "--events", "events")
    digest = locked.blob(BETA).name

    events = [json.loads(line) for line in (locked.directory / "events").read_text().splitlines()]
    told = [event["type"] for event in events if event.get("digest", "").endswith(digest)]
    assert (told.count("fetch_started"), told.count("fetch_restarted")) == (1, 0)
    lines = [event["text"] for event in events if event["type"] == "message" and event["level"] == "error"]
    assert len(lines) == 1


def test_partial_of_other_bytes_is_given_a_second_try(locked: ProjectBuilder) -> None:
    """What a directory gives now is right; what was copied from it before, and is continued, was not."""
    locked.layout.tmp.mkdir(parents=True)
    (locked.layout.tmp / f"{locked.blob(BETA).name}.released.part").write_bytes(b"x" * 3000)

    assert wansync("sync").status == 0
    assert locked.blob(BETA).read_bytes() == locked.files[BETA]

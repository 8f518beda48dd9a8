"""`wansync status`: the state of each model, without hashing and without changing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import wansync
from wansync.store import Phase, RunRecord
from wansync.store.processes import writer_name

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder

BETA = "beta/transformer/model.safetensors"


def states(*arguments: str) -> dict[str, str]:
    """Return the state of each model."""
    return {m["name"]: m["state"] for m in document("status", wansync("status", "--json", *arguments))["models"]}


def note_run(project: ProjectBuilder, writer: str) -> None:
    """Leave the record of a run that verifies alpha."""
    runs = project.api()._workspace().store().runs
    runs.note(RunRecord(run="0123", command="verify", writer=writer, phase=Phase.VERIFY, models=("alpha@small",)))


def test_status_before_first_sync_is_not_present(locked: ProjectBuilder) -> None:
    ran = wansync("status")

    assert snapshot("""\
MODEL  VARIANT  STATE            SIZE    NEEDED  PATH
alpha  small    NOT_PRESENT  11.7 KiB  11.7 KiB  -
beta   small    NOT_PRESENT  10.8 KiB  10.8 KiB  -
--- stderr
Store: [STORE]
--- status 0
""") == shown(ran, locked)
    assert not locked.models_root.exists()


def test_status_after_sync_is_complete_with_paths(synced: ProjectBuilder) -> None:
    assert snapshot("""\
MODEL  VARIANT  STATE         SIZE  NEEDED  PATH
alpha  small    COMPLETE  11.7 KiB       -  [STORE]/views/alpha@small/[TREE]
beta   small    COMPLETE  10.8 KiB       -  [STORE]/views/beta@small/[TREE]
--- stderr
Store: [STORE]
--- status 0
""") == shown(wansync("status"), synced)


def test_status_with_missing_blob_is_partial(synced: ProjectBuilder) -> None:
    synced.blob(BETA).unlink()

    assert snapshot("""\
MODEL  VARIANT  STATE         SIZE   NEEDED  PATH
alpha  small    COMPLETE  11.7 KiB        -  [STORE]/views/alpha@small/[TREE]
beta   small    PARTIAL   10.8 KiB  6.8 KiB  -
    missing transformer/model.safetensors
    1 file to link
--- stderr
Store: [STORE]
--- status 0
""") == shown(wansync("status"), synced)


def test_status_with_broken_link_is_partial(synced: ProjectBuilder) -> None:
    view = (synced.models_root / "models" / "beta@small").resolve()
    (view / "transformer" / "config.json").unlink()

    ran = wansync("status", "beta")

    assert [line.strip() for line in ran.stdout.splitlines()[1:]] == [
        "beta   small    PARTIAL  10.8 KiB       -  -",
        "unverified transformer/config.json",
        "1 file to check again (`wansync sync` does)",
        "1 file to link",
    ]


def test_status_with_rewritten_blob_is_partial_until_it_is_verified(synced: ProjectBuilder) -> None:
    blob = synced.blob(BETA)
    blob.chmod(0o644)
    blob.write_bytes(blob.read_bytes())

    before = states()
    assert wansync("verify").status == 0

    assert before == {"alpha@small": "COMPLETE", "beta@small": "PARTIAL"}
    assert states() == {"alpha@small": "COMPLETE", "beta@small": "COMPLETE"}


def test_status_with_wrong_size_is_corrupt(synced: ProjectBuilder) -> None:
    blob = synced.blob(BETA)
    blob.chmod(0o644)
    blob.write_bytes(b"short")

    assert snapshot("""\
MODEL  VARIANT  STATE         SIZE   NEEDED  PATH
alpha  small    COMPLETE  11.7 KiB        -  [STORE]/views/alpha@small/[TREE]
beta   small    CORRUPT   10.8 KiB  6.8 KiB  -
    corrupt transformer/model.safetensors
    1 file to link
--- stderr
Store: [STORE]
--- status 0
""") == shown(wansync("status"), synced)


def test_status_with_wrong_bytes_is_corrupt_once_somebody_hashed_them(synced: ProjectBuilder) -> None:
    blob = synced.blob(BETA)
    blob.chmod(0o644)
    blob.write_bytes(b"x" * 7000)
    assert wansync("verify").status == 1

    assert states() == {"alpha@small": "COMPLETE", "beta@small": "CORRUPT"}


def test_status_while_another_process_hashes_is_verifying(synced: ProjectBuilder) -> None:
    note_run(synced, writer_name())

    assert snapshot("""\
MODEL  VARIANT  STATE          SIZE  NEEDED  PATH
alpha  small    VERIFYING  11.7 KiB       -  -
    being hashed by another process
beta   small    COMPLETE   10.8 KiB       -  [STORE]/views/beta@small/[TREE]
running: verify (process [PID] on [HOST]), hashing
--- stderr
Store: [STORE]
--- status 0
""") == shown(wansync("status"), synced)


def test_status_ignores_the_record_of_a_dead_process(synced: ProjectBuilder) -> None:
    host = writer_name().split(".")[0]
    note_run(synced, f"{host}.4194305.1.abcd")

    assert states() == {"alpha@small": "COMPLETE", "beta@small": "COMPLETE"}


def test_status_of_one_model_says_nothing_of_others(synced: ProjectBuilder) -> None:
    synced.blob(BETA).unlink()

    assert states("ALPHA") == {"alpha@small": "COMPLETE"}


def test_status_with_json_names_every_file_that_is_not_right(synced: ProjectBuilder) -> None:
    synced.blob(BETA).unlink()
    config = synced.blob("beta/transformer/config.json")
    config.chmod(0o644)
    config.write_bytes(config.read_bytes())

    (model,) = document("status", wansync("status", "beta", "--json"))["models"]

    assert model == {
        "name": "beta@small",
        "model_id": "beta",
        "variant": "small",
        "state": "PARTIAL",
        "path": None,
        "bytes": 11020,
        "bytes_needed": 7000,
        "missing_components": ["beta-transformer"],
        "missing_files": ["transformer/model.safetensors"],
        "corrupt_files": [],
        "unverified_files": ["transformer/config.json"],
        "unlinked_files": model["unlinked_files"],
    }


def test_status_of_component_tells_of_its_own_view(synced: ProjectBuilder) -> None:
    before = document("status", wansync("status", "UMT5", "--json"))["models"]
    assert wansync("ensure", "umt5").status == 0
    after = document("status", wansync("status", "umt5", "--json"))["models"]

    assert [(m["name"], m["model_id"], m["variant"], m["state"]) for m in (*before, *after)] == [
        ("umt5", None, None, "PARTIAL"),
        ("umt5", None, None, "COMPLETE"),
    ]


def test_status_answers_zero_whatever_the_state(locked: ProjectBuilder) -> None:
    assert (wansync("status").status, wansync("status", "--json").status) == (0, 0)


def test_status_after_new_lock_tells_of_the_new_one(synced: ProjectBuilder) -> None:
    synced.files["alpha/transformer/config.json"] = b'{"in_channels": 48}\n'
    synced.write()
    assert wansync("lock").status == 0

    assert states() == {"alpha@small": "PARTIAL", "beta@small": "COMPLETE"}

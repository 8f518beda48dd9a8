"""`wansync verify`: hash everything again, and say what is not as it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import wansync

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder

BETA = "beta/transformer/model.safetensors"


def flip_bit(project: ProjectBuilder, name: str) -> None:
    """Change one bit of a blob and nothing that `ls -l` shows."""
    blob = project.blob(name)
    blob.chmod(0o644)
    data = bytearray(blob.read_bytes())
    data[-1] ^= 1
    blob.write_bytes(data)


def test_verify_intact_models_answers_yes(synced: ProjectBuilder) -> None:
    assert snapshot("""\
--- stderr
Verified 6 files, 18.6 KiB: all intact
--- status 0
""") == shown(wansync("verify"), synced)


def test_verify_flipped_bit_answers_no_and_names_the_file(synced: ProjectBuilder) -> None:
    flip_bit(synced, BETA)

    assert snapshot("""\
CORRUPT  model.safetensors  [TREE]  used by beta-transformer
  in beta@small/transformer/model.safetensors
--- stderr
Verified 6 files, 18.6 KiB: 1 not intact, 0 links damaged
hint: `wansync sync` fetches what is wrong or missing and links it again
--- status 1
""") == shown(wansync("verify"), synced)


def test_verify_shared_blob_names_everybody_who_uses_it(project: ProjectBuilder) -> None:
    project.files[BETA] = project.files["shared/text_encoder/model.safetensors"]
    project.write()
    assert wansync("sync").status == 0
    flip_bit(project, BETA)

    ran = wansync("verify")

    first, *views = ran.stdout.splitlines()
    assert first.endswith("  used by beta-transformer, umt5")
    assert views == [
        "  in alpha@small/text_encoder/model.safetensors",
        "  in beta@small/text_encoder/model.safetensors",
        "  in beta@small/transformer/model.safetensors",
    ]


def test_verify_changes_no_blob_and_sync_heals_what_it_found(synced: ProjectBuilder) -> None:
    good = synced.snapshot()
    flip_bit(synced, BETA)
    damaged = synced.snapshot()

    assert wansync("verify").status == 1
    assert damaged == synced.snapshot()

    assert wansync("sync").status == 0
    assert (good, wansync("verify").status) == (synced.snapshot(), 0)


def test_verify_missing_blob_and_broken_link_answers_no(synced: ProjectBuilder) -> None:
    synced.blob(BETA).unlink()
    view = (synced.models_root / "models" / "alpha@small").resolve()
    (view / "transformer" / "config.json").unlink()

    assert snapshot("""\
MISSING  model.safetensors  [TREE]  used by beta-transformer
LINK     alpha@small/transformer/config.json
LINK     beta@small/transformer/model.safetensors
--- stderr
Verified 6 files, 11.8 KiB: 1 not intact, 2 links damaged
hint: `wansync sync` fetches what is wrong or missing and links it again
--- status 1
""") == shown(wansync("verify"), synced)


def test_verify_before_first_sync_answers_no_and_makes_no_store(locked: ProjectBuilder) -> None:
    ran = wansync("verify", "beta")

    assert snapshot("""\
MISSING  config.json  [TREE]  used by beta-transformer
MISSING  model.safetensors  [TREE]  used by beta-transformer
MISSING  model.safetensors  [TREE]  used by umt5
--- stderr
Verified 3 files, 0 B: 3 not intact, 0 links damaged
hint: `wansync sync` fetches what is wrong or missing and links it again
--- status 1
""") == shown(ran, locked)
    assert not locked.models_root.exists()


def test_verify_with_json_gives_a_verdict_for_each_blob(synced: ProjectBuilder) -> None:
    flip_bit(synced, BETA)

    ran = wansync("verify", "beta", "--json")

    report = document("verify", ran)
    assert (ran.status, report["intact"], report["bytes_hashed"]) == (1, False, 11020)
    verdicts = {file["path"]: (file["state"], file["components"]) for file in report["files"] if file["size"] != 4000}
    assert verdicts == {
        "config.json": ("intact", ["beta-transformer"]),
        "model.safetensors": ("corrupt", ["beta-transformer"]),
    }


def test_verify_of_one_model_does_not_mind_another(synced: ProjectBuilder) -> None:
    flip_bit(synced, BETA)

    assert (wansync("verify", "alpha").status, wansync("verify", "BETA").status) == (0, 1)


def test_verify_of_component_looks_at_it_alone(synced: ProjectBuilder) -> None:
    flip_bit(synced, BETA)
    assert wansync("ensure", "umt5").status == 0

    ran = wansync("verify", "umt5")

    assert (ran.status, ran.stderr) == (0, "Verified 1 file, 3.9 KiB: all intact\n")


def test_verify_leaves_no_record_of_its_run(synced: ProjectBuilder) -> None:
    wansync("verify")

    assert synced.leftovers() == []

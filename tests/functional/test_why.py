"""`wansync why`: what something is here for, and who keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import ProjectBuilder, content, wansync

if TYPE_CHECKING:
    from pathlib import Path

BETA, SHARED = "beta/transformer/model.safetensors", "shared/text_encoder/model.safetensors"


def test_why_of_a_component_names_its_users(synced: ProjectBuilder) -> None:
    assert snapshot("""\
umt5: sha256 [TREE], 3.9 KiB, in the store
  declared at line 20 of models.toml
  file model.safetensors of umt5 in app
  umt5 is mounted by alpha@small at text_encoder
  umt5 is mounted by beta@small at text_encoder
  the profile all names alpha@small, beta@small
  kept by app at [PROJECT] (this project)
--- stderr
--- status 0
""") == shown(wansync("why", "UMT5"), synced).replace("UMT5", "umt5")


@pytest.mark.parametrize(
    "how",
    ["id", "digits", "prefixed", "blob", "view", "models", "folder", "source", "component path"],
)
def test_why_finds_the_same_file_however_it_is_spelled(synced: ProjectBuilder, how: str) -> None:
    digest = synced.blob(SHARED).name
    view = (synced.models_root / "models" / "alpha@small").resolve()
    spelled = {
        "id": "umt5",
        "digits": digest[:6],
        "prefixed": f"sha256:{digest}",
        "blob": str(synced.blob(SHARED)),
        "view": str(view / "text_encoder" / "model.safetensors"),
        "models": str(synced.models_root / "models" / "alpha@small" / "text_encoder" / "model.safetensors"),
        "folder": str(view / "text_encoder"),
        "source": "text_encoder/model.safetensors",
        "component path": "model-00001-of-00002.safetensors",
    }
    expected = synced.blob("alpha/transformer/model-00001-of-00002.safetensors").name if " " in how else digest

    report = document("why", wansync("why", spelled[how], "--json"))

    assert [found["sha256"] for found in report["digests"]] == [expected]
    assert [keeper["current"] for keeper in report["kept_by"]] == [True]


def test_why_of_a_whole_view_is_all_of_its_files(synced: ProjectBuilder) -> None:
    view = (synced.models_root / "models" / "beta@small").resolve()

    report = document("why", wansync("why", str(view), "--json"))

    assert (len(report["digests"]), report["bytes"], report["bytes_here"]) == (3, 11020, 11020)


def test_why_of_what_nobody_uses_says_that_gc_would_remove_it(synced: ProjectBuilder) -> None:
    old = synced.blob(BETA)
    synced.files[BETA] = content("trained on", 7000)
    synced.write()
    assert (wansync("lock").status, wansync("sync").status) == (0, 0)

    assert snapshot("""\
[STORE]/blobs/sha256/ab/[TREE]: sha256 [TREE], 6.8 KiB, in the store
--- stderr
`wansync gc` would remove 6.8 KiB of it: nothing keeps that
--- status 0
""") == shown(wansync("why", str(old)), synced).replace(f"/{old.name[:2]}/", "/ab/")


def test_why_names_other_projects_and_pins(synced: ProjectBuilder, tmp_path: Path) -> None:
    other = ProjectBuilder(tmp_path / "other", synced.models_root)
    other.manifest["project"]["name"] = "other"
    other.write()
    assert wansync("sync", "--project", str(other.directory)).status == 0
    wansync("pin", "beta-transformer")

    ran = wansync("why", synced.blob(BETA).name[:12])

    assert f"  kept by other at {other.directory}\n" in ran.stdout
    assert "  file model.safetensors of beta-transformer in other\n" in ran.stdout
    assert "  kept by the pin of beta-transformer\n" in ran.stdout


def test_why_before_the_first_sync_says_that_nothing_is_here(locked: ProjectBuilder) -> None:
    assert wansync("why", "umt5").stdout.splitlines()[0].endswith(", 3.9 KiB, not in the store")
    assert not locked.models_root.exists()


def test_why_outside_of_a_project_knows_what_the_store_knows(
    synced: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    report = document("why", wansync("why", synced.blob(BETA).name, "--json"))

    assert [(f["project"], f["component"]) for f in report["files"]] == [("app", "beta-transformer")]
    assert [keeper["current"] for keeper in report["kept_by"]] == [False]


@pytest.mark.parametrize(
    ("query", "hint"), [("unt5", "Did you mean `umt5`?"), ("blobs/none", "Known: "), ("abc", "Known: ")]
)
def test_why_of_what_is_not_there_suggests_what_is(synced: ProjectBuilder, query: str, hint: str) -> None:
    ran = wansync("why", query)

    assert (ran.status, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"error: Neither the lock nor the store has `{query}`\nhint: {hint}")


def test_why_of_a_path_in_the_store_that_is_no_blob_is_unknown(synced: ProjectBuilder) -> None:
    assert wansync("why", str(synced.models_root / "README.txt")).status == 2
    assert wansync("why", str(synced.layout.blobs / "00" / ("0" * 64))).status == 2


def test_why_of_a_model_names_its_views_and_who_keeps_it(synced: ProjectBuilder) -> None:
    line = synced.manifest_path.read_text().splitlines().index("[models.alpha]") + 1

    assert snapshot("""\
Alpha: 4 files, 11.7 KiB, in the store
  declared at line [LINE] of models.toml
  alpha@small mounts umt5 at text_encoder, alpha-transformer at transformer
  the profile all names alpha@small
  kept by app at [PROJECT] (this project)
--- stderr
--- status 0
""") == shown(wansync("why", "Alpha"), synced).replace(f"line {line} of", "line [LINE] of")


def test_why_of_a_variant_is_about_that_one(synced: ProjectBuilder) -> None:
    variants = synced.manifest["models"]["alpha"]["variants"]
    variants["large"] = {**variants["small"], "slots": {"transformer": "beta-transformer"}}
    synced.write()
    assert wansync("lock").status == 0

    report = document("why", wansync("why", "alpha", "--json"))
    large = document("why", wansync("why", "alpha@1.0:large", "--json"))

    assert (report["views"], large["views"]) == (["alpha@large", "alpha@small"], ["alpha@large"])
    assert large["mounts"] == {"beta-transformer": [{"view": "alpha@large", "slot": "transformer"}]}
    assert (large["bytes"], large["profiles"], report["profiles"]) == (7020, {}, {"all": ["alpha@small"]})
    assert wansync("why", "alpha@huge").stderr.startswith("error: `alpha` has no variant `huge`\n")
    assert wansync("why", "alfa").stderr.endswith("hint: Did you mean `alpha`?\n")

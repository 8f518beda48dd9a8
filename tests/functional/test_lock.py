"""`wansync lock` that succeeds."""
# ruff: noqa: E501 (what the program prints is quoted as it is)

from __future__ import annotations

import json
import shutil
import tomllib
from typing import TYPE_CHECKING, Any

from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.documents import check_document
from tests.support.project import content, wansync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder


def test_lock_first_time_pins_every_component(project: ProjectBuilder) -> None:
    ran = wansync("lock")

    assert snapshot("""\
  + alpha-transformer
  + beta-transformer
  + umt5
--- stderr
Locked 3 components, 18.6 KiB; [PROJECT]/models.lock
--- status 0
""") == shown(ran, project)
    values = tomllib.loads(project.lock_path.read_text())
    check_document("lock", values)
    assert [entry["id"] for entry in values["component"]] == ["alpha-transformer", "beta-transformer", "umt5"]


def test_lock_first_time_fetches_no_weights(project: ProjectBuilder) -> None:
    wansync("lock")

    assert not project.models_root.exists()


def test_lock_again_writes_nothing(locked: ProjectBuilder) -> None:
    before = locked.lock_path.stat()

    ran = wansync("lock")

    assert snapshot("""\
--- stderr
Nothing to do: 3 components, 18.6 KiB; [PROJECT]/models.lock
--- status 0
""") == shown(ran, locked)
    after = locked.lock_path.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_lock_after_source_changed_changes_only_that_component(locked: ProjectBuilder) -> None:
    before = locked.lock_path.read_text().splitlines()
    locked.files["beta/transformer/model.safetensors"] = content("beta, trained on", 7000)
    locked.write()

    ran = wansync("lock")

    assert snapshot("""\
  ~ beta-transformer
--- stderr
Locked 3 components, 18.6 KiB; [PROJECT]/models.lock
--- status 0
""") == shown(ran, locked)
    after = locked.lock_path.read_text().splitlines()
    changed = [old.split(" = ")[0] for old, new in zip(before, after, strict=True) if old != new]
    assert changed == ["revision", "tree", "    { path"]


def test_lock_after_model_was_removed_drops_what_only_it_used(locked: ProjectBuilder) -> None:
    del locked.manifest["models"]["beta"], locked.manifest["components"]["beta-transformer"]
    locked.manifest["profiles"]["all"] = ["alpha@small"]
    locked.write()

    ran = wansync("lock")

    assert snapshot("""\
  - beta-transformer
--- stderr
Locked 2 components, 11.7 KiB; [PROJECT]/models.lock
--- status 0
""") == shown(ran, locked)
    assert "beta" not in locked.lock_path.read_text()


def test_lock_with_json_says_what_happened_to_each_component(locked: ProjectBuilder) -> None:
    component = locked.manifest["components"].pop("beta-transformer")
    locked.manifest["components"]["beta-expert"] = component
    locked.manifest["models"]["beta"]["variants"]["small"]["slots"]["transformer"] = "beta-expert"
    locked.files["shared/text_encoder/model.safetensors"] = content("umt5, trained on", 4000)
    locked.write()

    report = document("lock-report", wansync("lock", "--json"))

    assert report.pop("diff")["bytes"] == {"before": 19040, "after": 19040, "new": 4000}
    assert report == {
        "format_version": "1.0",
        "path": str(locked.lock_path),
        "written": True,
        "added": ["beta-expert"],
        "changed": ["umt5"],
        "removed": ["beta-transformer"],
        "unchanged": ["alpha-transformer"],
        "bytes": 19040,
        "failures": [],
        "discarded": None,
        "healed": [],
        "warnings": [],
    }


def test_lock_permuted_manifest_gives_identical_bytes(project: ProjectBuilder) -> None:
    alpha = project.manifest["models"]["alpha"]
    alpha |= {"aliases": ["a", "first"], "defaults": {"fps": 16, "steps": 40}, "roles": {"image_encoder": "none"}}
    alpha["variants"]["small"]["slots"] = {"transformer": "alpha-transformer", "mixed": ["beta-transformer", "umt5"]}
    alpha["variants"]["large"] = {"layout": "native", "precision": "fp32", "slots": {".": "umt5"}}
    component = project.manifest["components"]["alpha-transformer"]
    component |= {"include": ["*.json", "*.safetensors"], "requires": ["beta-transformer", "umt5"]}
    project.manifest["components"]["beta-transformer"]["include"] = ["config.json"]
    project.write()
    assert wansync("lock").status == 0
    straight = project.lock_path.read_bytes()

    project.manifest = _reversed(project.manifest)
    project.write()
    project.lock_path.unlink()
    assert wansync("lock").status == 0

    assert straight == project.lock_path.read_bytes()


def _reversed(value: Any) -> Any:  # noqa: ANN401 (any TOML value)
    """Turn around every table and every list."""
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return list(reversed(value)) if isinstance(value, list) else value


def test_lock_from_saved_listings_needs_no_weights_and_gives_identical_bytes(
    project: ProjectBuilder, tmp_path: Path
) -> None:
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    project.files["alpha/transformer/model.safetensors.index.json"] = json.dumps(index).encode()
    project.write()
    assert wansync("lock", "--save-listings", "listings").status == 0
    recorded = sorted((project.directory / "listings").iterdir())
    for path in recorded:
        check_document("listing", json.loads(path.read_bytes()))
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(project.manifest_path, copy)

    ran = wansync("lock", "--project", str(copy), "--listings", "listings")

    assert (ran.status, len(recorded)) == (0, 3)
    assert project.lock_path.read_bytes() == (copy / "models.lock").read_bytes()


def test_lock_saves_the_same_listings_again(project: ProjectBuilder) -> None:
    wansync("lock", "--save-listings", "first")
    wansync("lock", "--save-listings", "second")

    first, second = ({p.name: p.read_bytes() for p in (project.directory / d).iterdir()} for d in ("first", "second"))
    assert first == second


def test_lock_with_unusable_old_lock_makes_it_anew_and_says_so(locked: ProjectBuilder) -> None:
    good = locked.lock_path.read_bytes()
    locked.lock_path.write_bytes(good.replace(b"size = 3000", b"size = 3001"))

    ran = wansync("lock")

    assert snapshot("""\
  + alpha-transformer
  + beta-transformer
  + umt5
--- stderr
warning: Every revision was looked up again, since the old lock was unusable: Invalid lock `models.lock`, `component[0].tree`: the files of `alpha-transformer` do not have this tree digest
Locked 3 components, 18.6 KiB; [PROJECT]/models.lock
--- status 0
""") == shown(ran, locked)
    assert good == locked.lock_path.read_bytes()

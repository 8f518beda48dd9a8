"""`wansync remove`: models.toml without what was named, and the lock that follows."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, filtered, shown
from tests.support.project import wansync

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder


def test_remove_model_takes_what_only_it_used_and_locks(locked: ProjectBuilder) -> None:
    text = locked.manifest_path.read_text().replace("[models.alpha]", "# about alpha\n[models.alpha]")
    locked.manifest_path.write_text(f"# all of it\n{text}\n# the end\n")

    ran = wansync("remove", "beta")

    assert snapshot("""\
  - beta
  - beta-transformer
--- stderr
Locked 2 components, 11.7 KiB; [PROJECT]/models.lock
--- status 0
""") == shown(ran, locked)
    after = locked.manifest_path.read_text()
    assert [line for line in after.splitlines() if line.startswith("#")] == [
        "# all of it",
        "# about alpha",
        "# the end",
    ]
    values = tomllib.loads(after)
    assert list(values["models"]) == ["alpha"]
    assert list(values["components"]) == ["alpha-transformer", "umt5"]
    assert values["profiles"] == {"all": ["alpha@small"]}
    assert "beta" not in locked.lock_path.read_text()


def test_remove_every_model_takes_the_profile_too_and_says_so(locked: ProjectBuilder) -> None:
    ran = wansync("remove", "alpha", "BETA")

    assert snapshot("""\
  - alpha
  - beta
  - alpha-transformer
  - beta-transformer
  - umt5
--- stderr
The profile `all` named nothing else, so it is gone
warning: It was the default profile; without one, commands work on every model
Locked 0 components, 0 B; [PROJECT]/models.lock
--- status 0
""") == shown(ran, locked)
    assert locked.manifest_path.read_text() == 'schema_version = 1\n\n[project]\nname = "app"\n'
    assert wansync("lock", "--check").status == 0


def test_remove_with_json_says_what_is_gone(locked: ProjectBuilder) -> None:
    locked.manifest["profiles"] |= {"mine": ["beta"]}
    locked.write()

    report = document("remove", wansync("remove", "beta", "--json"))

    lock = report.pop("lock")
    assert snapshot(
        {
            "format_version": "1.0",
            "path": "[PROJECT]/models.toml",
            "models": ["beta"],
            "components": ["beta-transformer"],
            "entries": {"all": ["beta@small"]},
            "profiles": ["mine"],
            "default_profile": False,
        }
    ) == {key: filtered(v, locked) if isinstance(v, str) else v for key, v in report.items()}
    assert lock["removed"] == report["components"]


def test_remove_component_that_nothing_needs(locked: ProjectBuilder) -> None:
    before = locked.manifest_path.read_bytes()
    assert wansync("add", "file:weights/shared", "--component", "vae").status == 0

    ran = wansync("remove", "vae", "--no-lock")

    assert ran.stdout == "  - vae\n"
    assert locked.manifest_path.read_bytes() == before
    assert wansync("lock", "--check").status == 1


@pytest.mark.parametrize(
    ("names", "reason", "hint"),
    [
        (
            ["umt5"],
            "The component `umt5` is needed by `alpha`, `beta`",
            "Remove them together: `wansync remove alpha beta umt5`",
        ),
        (["alpah"], "`models.toml` has no model or component `alpah`", "Did you mean `alpha`?"),
        (
            ["beta", "\x1b[31m"],
            "`models.toml` has no model or component `\\x1b[31m`",
            "Known: alpha, alpha-transformer,",
        ),
        ([], "Nothing is named", "Name a model or a component, such as `wansync remove t2v-A14B`"),
    ],
)
def test_remove_that_cannot_be_done_changes_nothing(
    locked: ProjectBuilder, names: list[str], reason: str, hint: str
) -> None:
    before = locked.manifest_path.read_bytes(), locked.lock_path.read_bytes()

    ran = wansync("remove", *names)

    assert ran.status == 2
    assert ran.stderr.startswith(f"error: {reason}\nhint: {hint}")
    assert (locked.manifest_path.read_bytes(), locked.lock_path.read_bytes()) == before


def test_remove_that_cannot_be_locked_puts_the_manifest_back(locked: ProjectBuilder) -> None:
    locked.lock_path.write_text(f"<<<<<<< ours\n{locked.lock_path.read_text()}")
    before = locked.manifest_path.read_bytes()
    locked.files["shared/text_encoder/more.ckpt"] = b"pickled"
    locked.write()

    ran = wansync("remove", "beta")

    assert ran.status != 0
    assert locked.manifest_path.read_bytes() == before


def test_remove_without_manifest_says_so(locked: ProjectBuilder) -> None:
    locked.manifest_path.unlink()

    ran = wansync("remove", "alpha")

    assert ran.status == 2
    assert "There is no `models.toml`" in ran.stderr


def test_removed_models_stay_in_the_store_until_gc(synced: ProjectBuilder) -> None:
    assert wansync("remove", "beta").status == 0

    assert synced.blob("beta/transformer/model.safetensors").exists()
    assert wansync("sync").status == 0
    assert wansync("gc", "--yes").status == 0
    assert not synced.blob("beta/transformer/model.safetensors").exists()

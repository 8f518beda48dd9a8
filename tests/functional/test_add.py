"""`wansync add` that succeeds: models.toml with its comments, the lock, and a model that sync makes ready."""

from __future__ import annotations

import difflib
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, filtered, shown
from tests.support.project import ProjectBuilder, content, wansync

if TYPE_CHECKING:
    from collections.abc import Callable

PICKLE = "text_encoder/pytorch_model.bin"
DIFFUSERS = {
    "model_index.json": b"{}",
    "README.md": b"# Read me",
    "scheduler/scheduler_config.json": b"{ }",
    "text_encoder/model.safetensors": content("umt5", 4000),
    PICKLE: content("pickled umt5", 4000),
    "transformer/diffusion_pytorch_model.safetensors": content("gamma", 2000),
}
PLAIN = {"config.json": b"{}", "model.safetensors": content("delta", 1000)}


@pytest.fixture
def sources(project: ProjectBuilder) -> ProjectBuilder:
    """The project, with two more sources that its manifest does not name."""
    project.files |= {f"gamma-t2v/{name}": data for name, data in DIFFUSERS.items()}
    project.files |= {f"delta/{name}": data for name, data in PLAIN.items()}
    project.write()
    return project


@pytest.fixture
def empty(sources: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProjectBuilder:
    """A directory beside the sources without a project."""
    project = ProjectBuilder(tmp_path / "my project", sources.models_root)
    project.directory.mkdir()
    (project.directory / "weights").symlink_to(sources.directory / "weights")
    monkeypatch.chdir(project.directory)
    return project


def inserted(project: ProjectBuilder, before: str) -> str:
    """Return the lines that models.toml has gained, after a check that it has lost none but the profile's."""
    after = project.manifest_path.read_text()
    diff = list(difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True)))
    assert [line for line in diff if line.startswith("- ") and not line.startswith("- all = ")] == []
    return "".join(line[2:] for line in diff if line.startswith("+ "))


def test_add_diffusers_repository_adds_its_parts_and_locks(sources: ProjectBuilder) -> None:
    before = sources.manifest_path.read_text()

    ran = wansync("add", "file:weights/gamma-t2v")

    assert snapshot("""\
  + gamma-t2v@diffusers
  + gamma-t2v-pipeline
  + gamma-t2v-scheduler
  + gamma-t2v-text-encoder
  + gamma-t2v-transformer
--- stderr
Left out: README.md
The profile `all` names it now, so that `wansync sync` makes it ready
Locked 7 components, 20.6 KiB; [PROJECT]/models.lock
--- status 0
""") == shown(ran, sources)
    assert snapshot("""\
all = ["alpha@small", "beta@small", "gamma-t2v@diffusers"]

[components.gamma-t2v-pipeline]
kind = "pipeline"
source = "file:weights/gamma-t2v"
include = ["model_index.json"]

[components.gamma-t2v-scheduler]
kind = "scheduler"
source = "file:weights/gamma-t2v"
subfolder = "scheduler"

[components.gamma-t2v-text-encoder]
kind = "text_encoder"
source = "file:weights/gamma-t2v"
subfolder = "text_encoder"
exclude = ["*.bin"]

[components.gamma-t2v-transformer]
kind = "transformer"
source = "file:weights/gamma-t2v"
subfolder = "transformer"

[models.gamma-t2v]
version = "1"
type = "t2v"
default_variant = "diffusers"

[models.gamma-t2v.variants.diffusers]
layout = "diffusers"
precision = "native"

[models.gamma-t2v.variants.diffusers.slots]
"." = "gamma-t2v-pipeline"
scheduler = "gamma-t2v-scheduler"
text_encoder = "gamma-t2v-text-encoder"
transformer = "gamma-t2v-transformer"
""") == inserted(sources, before)
    assert wansync("lock", "--check").status == 0


def test_add_makes_a_model_that_sync_makes_ready(sources: ProjectBuilder) -> None:
    assert wansync("add", "file:weights/gamma-t2v").status == 0

    views = document("sync", wansync("sync", "--json"))["views"]

    view = Path(views["gamma-t2v@diffusers"])
    there = {p.relative_to(view).as_posix(): p.read_bytes() for p in view.rglob("*") if p.is_file()}
    assert there == {name: DIFFUSERS[name] for name in DIFFUSERS if name not in {"README.md", PICKLE}}


def test_add_other_repository_is_one_component(sources: ProjectBuilder) -> None:
    before = sources.manifest_path.read_text()

    ran = wansync("add", "file:weights/delta", "--id", "d", "--type", "i2v", "--precision", "bf16", "--exclude", "*.md")

    assert ran.status == 0
    assert snapshot("""\
all = ["alpha@small", "beta@small", "d@native"]

[components.d-files]
kind = "pipeline"
source = "file:weights/delta"
exclude = ["*.md"]

[models.d]
version = "1"
type = "i2v"
default_variant = "native"

[models.d.variants.native]
layout = "native"
precision = "bf16"

[models.d.variants.native.slots]
"." = "d-files"
""") == inserted(sources, before)


def test_add_component_adds_no_model(sources: ProjectBuilder) -> None:
    before = sources.manifest_path.read_text()

    only = ("--subfolder", "text_encoder", "--include", "*.safetensors")
    ran = wansync("add", "file:weights/gamma-t2v", "--component", "second-umt5", *only)

    assert snapshot("""\
  + second-umt5
--- stderr
Locked 4 components, 18.6 KiB; [PROJECT]/models.lock
--- status 0
""") == shown(ran, sources)
    assert snapshot("""\

[components.second-umt5]
kind = "text_encoder"
source = "file:weights/gamma-t2v"
subfolder = "text_encoder"
include = ["*.safetensors"]
""") == inserted(sources, before)


def test_add_without_manifest_makes_one(empty: ProjectBuilder) -> None:
    ran = wansync("add", "file:weights/gamma-t2v")

    assert snapshot("""\
  + gamma-t2v@diffusers
  + gamma-t2v-pipeline
  + gamma-t2v-scheduler
  + gamma-t2v-text-encoder
  + gamma-t2v-transformer
--- stderr
Made [PROJECT]/models.toml
Left out: README.md
Locked 4 components, 5.9 KiB; [PROJECT]/models.lock
--- status 0
""") == shown(ran, empty)
    assert empty.manifest_path.read_text().startswith('schema_version = 1\n\n[project]\nname = "my-project"\n\n[comp')
    assert list(document("sync", wansync("sync", "--json"))["views"]) == ["gamma-t2v@diffusers"]


def test_add_to_a_profile_that_is_new_makes_it(sources: ProjectBuilder) -> None:
    report = document("add", wansync("add", "file:weights/gamma-t2v", "--profile", "mine", "--json"))

    assert report["profile"] == "mine"
    assert 'mine = ["gamma-t2v@diffusers"]\n' in sources.manifest_path.read_text()
    assert list(document("sync", wansync("sync", "--profile", "mine", "--json"))["views"]) == ["gamma-t2v@diffusers"]


def test_add_to_a_profile_that_is_not_the_default_says_how_to_sync_it(sources: ProjectBuilder) -> None:
    ran = wansync("add", "file:weights/gamma-t2v", "--profile", "mine")

    assert "The profile `mine` names it now, so that `wansync sync --profile mine` makes it ready\n" in ran.stderr


def test_add_names_the_model_in_the_profile_of_the_environment(
    sources: ProjectBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANSYNC_PROFILE", "mine")

    assert document("add", wansync("add", "file:weights/gamma-t2v", "--json"))["profile"] == "mine"


def test_add_again_changes_nothing(sources: ProjectBuilder) -> None:
    assert wansync("add", "file:weights/gamma-t2v").status == 0
    before = sources.manifest_path.stat()

    ran = wansync("add", "file:weights/gamma-t2v")

    assert snapshot("""\
--- stderr
models.toml has it already
Left out: README.md
Nothing to do: 7 components, 20.6 KiB; [PROJECT]/models.lock
--- status 0
""") == shown(ran, sources)
    after = sources.manifest_path.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_add_again_with_another_profile_adds_only_the_entry(sources: ProjectBuilder) -> None:
    assert wansync("add", "file:weights/gamma-t2v").status == 0
    before = sources.manifest_path.read_text()

    report = document("add", wansync("add", "file:weights/gamma-t2v", "--profile", "mine", "--json"))

    assert (report["noop"], report["added"]) == (False, [])
    assert inserted(sources, before) == 'mine = ["gamma-t2v@diffusers"]\n'


def test_add_with_no_lock_edits_only(sources: ProjectBuilder) -> None:
    ran = wansync("add", "file:weights/gamma-t2v", "--no-lock", "--quiet")

    assert (ran.status, sources.lock_path.exists()) == (0, False)
    assert ran.stderr.endswith("Not locked; run `wansync lock`\n")
    assert "[models.gamma-t2v]" in sources.manifest_path.read_text()


def test_add_keeps_the_pins_of_everything_else(sources: ProjectBuilder) -> None:
    assert wansync("lock").status == 0

    report = document("add", wansync("add", "file:weights/gamma-t2v", "--json"))

    assert report["lock"]["added"] == report["components"] == report["added"]
    assert report["lock"]["changed"] == report["lock"]["removed"] == []


def test_add_with_json_says_what_was_added(sources: ProjectBuilder) -> None:
    sources.files["gamma-t2v/vae/model.ckpt"] = content("pickled", 10)
    sources.write()

    report = document("add", wansync("add", "file:weights/gamma-t2v", "--allow-pickle", "--json"))

    lock = report.pop("lock")
    assert snapshot(
        {
            "format_version": "1.0",
            "path": "[PROJECT]/models.toml",
            "created": False,
            "noop": False,
            "source": "file:weights/gamma-t2v",
            "ref": None,
            "model": "gamma-t2v@diffusers",
            "components": [
                "gamma-t2v-pipeline",
                "gamma-t2v-scheduler",
                "gamma-t2v-text-encoder",
                "gamma-t2v-transformer",
                "gamma-t2v-vae",
            ],
            "added": [
                "gamma-t2v-pipeline",
                "gamma-t2v-scheduler",
                "gamma-t2v-text-encoder",
                "gamma-t2v-transformer",
                "gamma-t2v-vae",
            ],
            "profile": "all",
            "pickles": ["gamma-t2v-vae"],
            "left_out": ["README.md"],
        }
    ) == {key: filtered(v, sources) if isinstance(v, str) else v for key, v in report.items()}
    assert lock["written"] is True


def test_add_pickle_that_is_allowed_says_so(sources: ProjectBuilder) -> None:
    sources.files["gamma-t2v/vae/model.ckpt"] = content("pickled", 10)
    sources.write()

    ran = wansync("add", "file:weights/gamma-t2v", "--allow-pickle")

    assert "warning: Can run code when loaded, as `--allow-pickle` allows: gamma-t2v-vae\n" in ran.stderr
    assert sources.manifest_path.read_text().count('pickle = "allow"') == 1


def _crlf(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def _private(path: Path) -> None:
    path.chmod(0o600)


def _linked(path: Path) -> None:
    path.rename(path.with_name("real.toml"))
    path.symlink_to("real.toml")


@pytest.mark.parametrize("change", [_crlf, _private, _linked])
def test_manifest_is_the_same_after_add_and_remove(sources: ProjectBuilder, change: Callable[[Path], None]) -> None:
    change(sources.manifest_path)
    before, mode = sources.manifest_path.read_bytes(), stat.S_IMODE(sources.manifest_path.stat().st_mode)
    linked = sources.manifest_path.is_symlink()

    assert wansync("add", "file:weights/gamma-t2v").status == 0
    assert sources.manifest_path.read_bytes() != before
    assert wansync("remove", "gamma-t2v").status == 0

    assert sources.manifest_path.read_bytes() == before
    assert stat.S_IMODE(sources.manifest_path.stat().st_mode) == mode
    assert sources.manifest_path.is_symlink() == linked
    assert [path for path in sources.directory.iterdir() if path.name.startswith(".")] == []

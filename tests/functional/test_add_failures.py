"""`wansync add` that fails: one error, one hint, and models.toml and models.lock as they were."""
# ruff: noqa: E501 (what the program prints is quoted as it is)

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import filtered, shown
from tests.support.project import content, wansync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder

MODEL = "alpha/transformer/model-00001-of-00002.safetensors"


@pytest.fixture
def sources(locked: ProjectBuilder) -> ProjectBuilder:
    """The locked project with sources that its manifest does not name."""
    locked.files |= {
        "t2v/model.safetensors": content("t2v", 1000),
        "pickled-t2v/model.ckpt": content("pickled", 10),
        "broken-t2v/model.safetensors.index.json": b'{"weight_map": {"a": "model-00001-of-00002.safetensors"}}',
    }
    locked.write()
    return locked


CASES = {
    "nothing there": ["file:weights/none-t2v"],
    "nothing taken": ["file:weights/t2v", "--include", "*.gguf"],
    "no type": ["file:weights/shared"],
    "pickle": ["file:weights/pickled-t2v"],
    "incomplete": ["file:weights/broken-t2v"],
    "taken": ["file:weights/t2v", "--id", "Alpha"],
    "taken component": ["file:weights/t2v", "--component", "umt5", "--kind", "vae"],
    "no such source": ["weights/t2v"],
    "ref of a directory": ["file:weights/t2v", "--revision", "main"],
    "unsafe": ["file:weights/t2v", "--subfolder", "../x"],
}


SAID = snapshot(
    {
        "nothing there": [
            "error: `file:weights/none-t2v` cannot be listed: No such file or directory",
            "hint: Check the path, which is relative to `[PROJECT]`, and `--subfolder`",
            11,
        ],
        "nothing taken": [
            "error: `file:weights/t2v` has no such file",
            "hint: Check the source, `--subfolder`, `--include` and `--exclude`",
            2,
        ],
        "no type": [
            "error: The type of `shared` cannot be told from its name",
            "hint: Add `--type` with one of t2v, i2v, ti2v, or `--component NAME` to add no model",
            2,
        ],
        "pickle": [
            "error: `model.ckpt` can run code when loaded, and `file:weights/pickled-t2v` does not have it as safetensors",
            "hint: If you trust the source, add `--allow-pickle`",
            16,
        ],
        "incomplete": [
            "error: `model.safetensors.index.json` of the component `broken-t2v-files` names the shard `model-00001-of-00002.safetensors`, which it does not take",
            "hint: Widen `include`, or tell the owner of the repository that it is incomplete",
            2,
        ],
        "taken": [
            "error: The id `Alpha` is taken: `models.toml` has `alpha`, which is something else",
            "hint: Choose another id with `--id`",
            2,
        ],
        "taken component": [
            "error: The id `umt5` is taken: `models.toml` has `umt5`, which is something else",
            "hint: Choose another id with `--component`",
            2,
        ],
        "no such source": [
            "error: The source has no scheme",
            "hint: For the Hub write `hf:weights/t2v`, for a directory `file:weights/t2v`",
            2,
        ],
        "ref of a directory": [
            "error: A directory has no revisions",
            "hint: Leave out `--revision`; the lock pins the content itself",
            2,
        ],
        "unsafe": [
            "error: Unsafe path `../x`: a part is '..'",
            "hint: Name a directory below the source, such as `--subfolder vae`",
            2,
        ],
    }
)


@pytest.mark.parametrize("case", CASES)
def test_add_that_fails_leaves_everything_as_it_was(sources: ProjectBuilder, case: str) -> None:
    before = sources.manifest_path.stat(), sources.lock_path.read_bytes()

    ran = wansync("add", *CASES[case], "--quiet")

    assert ran.stdout == ""
    assert SAID[case] == [*filtered(ran.stderr, sources).splitlines(), ran.status]
    after = sources.manifest_path.stat(), sources.lock_path.read_bytes()
    assert before[0].st_mtime_ns == after[0].st_mtime_ns or case == "incomplete"
    assert before[1] == after[1]


def test_add_that_cannot_be_locked_puts_the_manifest_back(sources: ProjectBuilder) -> None:
    with sources.manifest_path.open("a") as stream:
        stream.write("\n# mine")
    before = sources.manifest_path.read_bytes()

    ran = wansync("add", "file:weights/broken-t2v")

    assert ran.status == 2
    assert sources.manifest_path.read_bytes() == before


def test_add_that_cannot_be_locked_takes_the_manifest_it_made_away(
    sources: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")

    ran = wansync("add", f"file:{sources.directory}/weights/broken-t2v")

    assert ran.status == 2
    assert list((tmp_path / "empty").iterdir()) == []


def test_add_with_a_lock_but_no_manifest_is_refused(sources: ProjectBuilder) -> None:
    sources.manifest_path.unlink()
    before = sources.lock_path.read_bytes()

    ran = wansync("add", "file:weights/t2v")

    assert snapshot("""\
--- stderr
error: There is a lock without `models.toml` in `[PROJECT]`
hint: Restore the manifest from version control, for a new one would lose what is locked
--- status 2
""") == shown(ran, sources)
    assert (sources.manifest_path.exists(), sources.lock_path.read_bytes()) == (False, before)


def test_add_to_a_manifest_that_is_wrong_says_so_and_changes_nothing(sources: ProjectBuilder) -> None:
    sources.manifest["models"]["alpha"]["typ"] = "t2v"
    sources.write()
    before = sources.manifest_path.read_bytes()

    ran = wansync("add", "file:weights/t2v")

    assert (ran.status, sources.manifest_path.read_bytes()) == (2, before)
    assert "unknown key `typ`" in ran.stderr


def test_add_to_a_directory_that_cannot_be_written_says_so(sources: ProjectBuilder) -> None:
    sources.directory.chmod(0o555)
    if os.access(sources.directory, os.W_OK):
        pytest.skip("this user may write everywhere")

    ran = wansync("add", "file:weights/t2v", "--no-lock")

    sources.directory.chmod(0o755)
    assert ran.status == 2
    assert "`[PROJECT]/models.toml` cannot be written: Permission denied" in filtered(ran.stderr, sources)


def test_add_without_network_does_not_ask_the_hub(sources: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANSYNC_OFFLINE", "1")

    ran = wansync("add", "hf:Wan-AI/Wan2.2-TI2V-5B-Diffusers@main")

    assert ran.status == 18


def test_add_with_another_failing_source_adds_and_exits_with_3(sources: ProjectBuilder) -> None:
    (sources.directory / "weights" / MODEL).unlink()
    (sources.directory / "weights" / "alpha").rename(sources.directory / "weights" / "gone")

    ran = wansync("add", "file:weights/t2v")

    assert ran.status == 3
    assert "[models.t2v]" in sources.manifest_path.read_text()
    assert 'id = "t2v-files"' in sources.lock_path.read_text()

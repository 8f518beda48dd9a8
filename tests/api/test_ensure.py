"""`ensure()` in a program: a path that holds exactly what is locked, or an error with a code."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.support.project import ProjectBuilder, Recorder, content
from wansync import Project, WansyncError, ensure, status, verify_integrity
from wansync.errors import ChecksumFailError, NotFoundError, UnknownModelError
from wansync.events import BlobPublished, FetchStarted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

UMT5 = "shared/text_encoder/model.safetensors"


def test_ensure_returns_a_directory_with_the_locked_files(locked: ProjectBuilder) -> None:
    path = ensure("alpha")

    assert path.is_absolute()
    assert locked.files[UMT5] == (path / "text_encoder" / "model.safetensors").read_bytes()


def test_ensure_twice_returns_the_same_path_and_fetches_once(locked: ProjectBuilder) -> None:
    recorder = Recorder()
    project = locked.api(reporters=[recorder])

    paths = {ensure("alpha", project=project) for _ in range(3)}

    assert len(paths) == 1
    assert len(recorder.of(FetchStarted)) == 4


def test_ensure_after_new_lock_returns_another_path_and_keeps_the_first(locked: ProjectBuilder) -> None:
    old = ensure("alpha")
    locked.files["alpha/transformer/config.json"] = b'{"in_channels": 48}\n'
    locked.write()
    locked.api().lock()

    new = ensure("alpha")

    assert old != new
    assert (old / "transformer" / "config.json").read_bytes() == b'{"in_channels": 16}\n'
    assert (new / "transformer" / "config.json").read_bytes() == b'{"in_channels": 48}\n'


def test_ensure_after_lock_went_back_returns_the_first_path_again(locked: ProjectBuilder) -> None:
    old, before = ensure("alpha"), locked.lock_path.read_bytes()
    locked.files["alpha/transformer/config.json"] = b'{"in_channels": 48}\n'
    locked.write()
    locked.api().lock()
    ensure("alpha")

    locked.lock_path.write_bytes(before)

    assert old == ensure("alpha")


def test_ensure_path_depends_on_the_content_alone(locked: ProjectBuilder, tmp_path: Path) -> None:
    other = ProjectBuilder(tmp_path / "elsewhere", locked.models_root)
    other.manifest["models"]["alpha"]["version"] = "9.9"
    other.write()
    other.api().lock()

    assert ensure("alpha") == ensure("alpha", project=other.api())


def test_ensure_of_component_returns_its_own_view(locked: ProjectBuilder) -> None:
    path = ensure("UMT5")

    assert [inner.name for inner in path.iterdir()] == ["model.safetensors"]
    assert locked.models_root / "components" == path.parent


def test_ensure_of_unknown_model_is_an_error_with_a_code(locked: ProjectBuilder) -> None:
    with pytest.raises(WansyncError) as caught:
        ensure("gamma")

    assert isinstance(caught.value, UnknownModelError)
    assert (caught.value.code, caught.value.exit_status, caught.value.hint) == (
        "UNKNOWN_MODEL",
        2,
        "Known: alpha, beta",
    )


def test_ensure_prints_nothing(locked: ProjectBuilder, capfd: pytest.CaptureFixture[str]) -> None:
    ensure("alpha")

    assert capfd.readouterr() == ("", "")


def test_ensure_leaves_nothing_behind(locked: ProjectBuilder) -> None:
    ensure("alpha")

    assert locked.leftovers() == []


def test_ensure_in_many_threads_fetches_every_byte_once(locked: ProjectBuilder) -> None:
    recorder = Recorder()
    project = locked.api(reporters=[recorder])

    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda model: ensure(model, project=project), ["alpha", "beta"] * 8))

    assert len(set(paths)) == 2
    assert [path for path in paths if not (path / "text_encoder" / "model.safetensors").is_file()] == []
    published = [event.digest for event in recorder.of(BlobPublished)]
    assert (len(published), len(set(published))) == (6, 6)
    assert locked.api().verify().intact
    assert locked.leftovers() == []


def test_ensure_remembers_a_failing_source_for_a_while(locked: ProjectBuilder) -> None:
    """A program that asks in a loop neither hangs on a dead source each time nor floods it."""
    source = locked.directory / "weights" / UMT5
    source.unlink()
    with pytest.raises(NotFoundError) as first:
        ensure("alpha")
    source.write_bytes(locked.files[UMT5])
    recorder = Recorder()

    with pytest.raises(NotFoundError) as second:
        ensure("alpha", project=locked.api(reporters=[recorder]))

    assert first.value.reason == second.value.reason
    assert len(recorder.of(BlobPublished)) == 0


def test_sync_asks_a_source_that_ensure_gave_up(locked: ProjectBuilder) -> None:
    source = locked.directory / "weights" / UMT5
    source.unlink()
    with pytest.raises(NotFoundError):
        ensure("alpha")
    source.write_bytes(locked.files[UMT5])

    assert locked.api().sync("alpha").complete
    assert ensure("alpha").is_dir()


def test_ensure_does_not_take_another_projects_failure_for_its_own(locked: ProjectBuilder, tmp_path: Path) -> None:
    """Two projects spell different directories alike: `file:weights/shared` is relative to each."""
    (locked.directory / "weights" / UMT5).unlink()
    with pytest.raises(NotFoundError):
        ensure("alpha")
    other = ProjectBuilder(tmp_path / "other", tmp_path / "other-root")
    other.write()
    other.api().lock()

    assert ensure("alpha", project=other.api()).is_dir()


def test_ensure_with_wrong_bytes_never_returns_a_path(locked: ProjectBuilder) -> None:
    (locked.directory / "weights" / UMT5).write_bytes(content("other", 4000))

    with pytest.raises(ChecksumFailError, match="other bytes than the locked ones"):
        ensure("beta")

    assert not list(locked.models_root.glob("views/*/*"))


def _move_project(project: ProjectBuilder) -> Project:
    shutil.move(project.directory, project.directory.with_name("moved"))
    return Project(project.directory.with_name("moved"), models_root=project.models_root)


def _without_sources(project: ProjectBuilder) -> Project:
    shutil.rmtree(project.directory / "weights")
    project.manifest_path.unlink()
    return project.api(offline=True, frozen=True)


@pytest.mark.parametrize("change", [_move_project, _without_sources])
def test_ensure_of_what_is_here_needs_nothing_else(
    locked: ProjectBuilder, change: Callable[[ProjectBuilder], Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ensure("alpha")
    monkeypatch.chdir(locked.models_root)

    assert path == ensure("alpha", project=change(locked))


def test_status_and_verify_tell_what_ensure_made(locked: ProjectBuilder) -> None:
    path = ensure("alpha")

    assert [(model.name, str(model.state), model.path) for model in status().models] == [
        ("alpha@small", "COMPLETE", path),
        ("beta@small", "PARTIAL", None),
    ]
    assert (verify_integrity("alpha").intact, verify_integrity().intact) == (True, False)

"""What healed means: as a clean install, with nothing left over, and nothing more to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.projects import TestProject
    from tests.support.project import ProjectBuilder


def everything(project: ProjectBuilder) -> dict[str, object]:
    """Return all that a user could meet: content, permissions, and where the links for people lead."""
    root = project.models_root
    files = {name: ((root / name).stat().st_mode & 0o777, data) for name, data in project.snapshot().items()}
    links = {path.name: str(path.resolve()) for path in (root / "models").iterdir()}
    texts = {name: (root / name).read_text() for name in ("VERSION", "README.txt")}
    return {**files, **links, **texts}


def assert_heals(synced: TestProject, clean: dict[str, object]) -> None:
    assert synced.sync().complete
    assert everything(synced.project) == clean
    assert synced.project.leftovers() == []
    assert synced.sync().noop
    assert synced.verify().intact


def found(project: ProjectBuilder, pattern: str) -> list[Path]:
    paths = sorted(project.models_root.glob(pattern))
    assert paths
    return paths

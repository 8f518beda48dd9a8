"""Where runs are recorded: a project, its store and a cache below one directory, and children that work there.

Every run is recorded in a child of its own, and so is every sync after a cut: each has its own process, so that the
writers of a run are dead when the next one looks at what they left.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.faults.children import fork, wait
from tests.support.hub_cache import HubCacheBuilder
from tests.support.project import ProjectBuilder, wansync
from wansync.store.journal import parse_journal
from wansync.store.partials import JOURNAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STORE, FOUND = "models-root", "found"
_KEPT = ("blobs", "views", "components", "models", ".state/roots", ".state/generations", ".state/pins", "VERSION")
PROJECT_FILES = ("app/models.toml", "app/models.lock", "other/models.toml", "other/models.lock")
DURABLE = "durable bytes of "
"""How the fact begins that so many bytes of a blob are kept in a partial, whatever happens."""
_REBUILT = (".verified.json", ".named")


class Stage:
    """What a run works on.

    Args:
        place: a directory of its own; what it holds comes and goes.
    """

    def __init__(self, place: Path) -> None:
        self.place = place
        self.project = ProjectBuilder(place / "app", place / STORE)
        self.other = ProjectBuilder(place / "other", place / STORE)
        self.cache = HubCacheBuilder(place / "cache")
        self.status = 0

    def command(self, *arguments: str, other: bool = False) -> None:
        """Run the program in a project."""
        os.chdir((self.other if other else self.project).directory)
        ran = wansync(*arguments)
        self.status = max(self.status, ran.status)

    def facts(self) -> dict[str, str | None]:
        """Return what a person can count on now: every file that is kept for good -> the digest of its bytes."""
        roots = [self.place / STORE / name for name in _KEPT] + [self.place / name for name in PROJECT_FILES]
        files = (file for root in roots for file in _files(root))
        return self._marked() | {
            file.relative_to(self.place).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in files
            if not file.name.endswith(_REBUILT)
        }

    def _marked(self) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for journal in (self.place / STORE / ".tmp").glob(f"*.part/{JOURNAL}"):
            recorded = parse_journal(journal.read_bytes(), "")
            if recorded and recorded.spans.total:
                found[DURABLE + journal.parent.name.partition(".")[0]] = str(recorded.spans.total)
        return found

    def listing(self) -> dict[str, str]:
        """Return all that a finished run leaves: names, bytes, modes; of records only that they are there."""
        store = self.place / STORE
        found = {}
        for path in sorted(store.rglob("*")):
            name = path.relative_to(store).as_posix()
            if name.startswith((".locks", ".state")) and not name.startswith((".state/runs", ".state/pins")):
                continue
            found[name] = _shown(path)
        return found | {name: _shown(self.place / name) for name in PROJECT_FILES if (self.place / name).exists()}


def _files(path: Path) -> Iterator[Path]:
    """Yield the files at and below a path, also behind links."""
    if path.is_dir():
        for child in sorted(path.iterdir()):
            yield from _files(child)
    elif path.is_file():
        yield path


def _shown(path: Path) -> str:
    if path.is_symlink():
        return f"-> {path.readlink()}"
    if path.is_dir():
        return "directory"
    if path.name.endswith(_REBUILT) or ".state" in path.parts:
        return "record"
    return f"{path.stat().st_mode & 0o777:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"


def in_child(place: Path, work: Callable[[], Any]) -> Any:  # noqa: ANN401 (what the work returns)
    """Return what `work` returns in a child whose home, store and caches are below `place`."""
    descriptor, name = tempfile.mkstemp(dir=place.parent)
    os.close(descriptor)

    def inside() -> int:
        _enter(place)
        Path(name).write_bytes(pickle.dumps(work()))
        return 0

    status = wait(fork(inside))
    try:
        if status != 0:
            raise AssertionError(f"the child ended with {status}")
        return pickle.loads(Path(name).read_bytes())  # noqa: S301 (our own child wrote it)
    finally:
        Path(name).unlink()


def _enter(place: Path) -> None:
    for name in list(os.environ):
        if name == "CI" or name.startswith(("WANSYNC_", "XDG_", "AWS_", "HF_", "MODELS_")):
            del os.environ[name]
    (place / "home").mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "HOME": str(place / "home"),
        "MODELS_ROOT": str(place / STORE),
        "HF_HUB_CACHE": str(place / "cache"),
        "HF_ENDPOINT": "http://127.0.0.1:9",
        "WANSYNC_MIN_FREE": "0",
    }
    os.umask(0o022)


def empty(place: Path) -> None:
    """Remove all that is in the place; the place itself stays."""
    for child in place.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()

"""Record a run in a child of its own: what it found, what it asked of the file system, what it acknowledged."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.torture.power.recorder import Recorder
from tests.torture.power.recording import Recording
from tests.torture.power.stage import PROJECT_FILES, STORE, Stage, empty, in_child

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run to record.

    Args:
        prepare: what was there before, all durable but the files of the cache, which their client never syncs.
        unsynced: what a run that was killed has left.
        verbs: what is recorded, each acknowledged when it returns.
        restore: brings back what the cut took from others, so that the run can be done again.
        damaged: views that are damaged before it begins.
        system: changes the file system for the child, such as one without hard links.
        fails: it is meant to be refused.
    """

    name: str
    prepare: Callable[[Stage], None]
    verbs: tuple[Callable[[Stage], None], ...]
    unsynced: Callable[[Stage], None] = lambda _: None
    restore: Callable[[Stage], None] = lambda _: None
    damaged: frozenset[str] = frozenset()
    system: Callable[[], None] = lambda: None
    fails: bool = False


def record(run: Run, place: Path, mutate: Callable[[], None] = lambda: None) -> Recording:
    """Return the recording of a run, made in a child.

    Args:
        place: an empty directory; what it holds is removed first.
        mutate: breaks the program in that child.
    """
    empty(place)
    recording: Recording = in_child(place, lambda: _record(run, Stage(place), mutate))
    return recording


def _record(run: Run, stage: Stage, mutate: Callable[[], None]) -> Recording:
    stage.project.write()
    run.system()
    run.prepare(stage)
    assert stage.status == 0, "the preparation failed"
    mutate()
    facts = [stage.facts()]
    versions = {name: {_read(stage.place / name)} for name in PROJECT_FILES}
    locks = {_read(path) for path in stage.place.glob(f"{STORE}/.state/generations/*.lock")}
    damaged = {p.stat().st_ino for p in stage.project.layout.blobs.glob("??/*") if _is_wrong(p)}
    cached = [path for path in stage.cache.root.rglob("*") if path.is_file() and not path.is_symlink()]
    roots = [path.name for path in stage.place.glob(f"{STORE}/.state/roots/*.json")]
    recorder = Recorder(stage.place)
    recorder.start()
    run.unsynced(stage)
    for verb in run.verbs:
        verb(stage)
        now = stage.facts()
        # What a verb has taken away is to stay away.
        facts.append({**{name: None for name in facts[-1] if not (stage.place / name).exists()}, **now})
        recorder.acknowledge(facts[-1])
        for name, found in versions.items():
            found.add(_read(stage.place / name))
        locks |= {_read(path) for path in stage.place.glob(f"{STORE}/.state/generations/*.lock")}
    assert (stage.status != 0) == run.fails or mutate.__name__ != "<lambda>", f"{run.name}: {stage.status}"
    return Recording(
        name=run.name,
        ops=tuple(recorder.ops),
        tree=recorder.tree,
        bodies=recorder.bodies,
        device=stage.place.stat().st_dev,
        locks=tuple(sorted(lock for lock in locks if lock)),
        damaged=frozenset(damaged),
        exempt=run.damaged,
        roots=frozenset(roots),
        unsynced=frozenset(path.stat().st_ino for path in cached),
        versions={name: frozenset(found) for name, found in versions.items()},
    )


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _is_wrong(path: Path) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() != path.name

"""After the cut: put a state on a real disk, let the real program loose on it, and compare with a run without a cut.

What `stat` says is part of a state, since attests rest on it, but no call can set the time of a change. So the child
sees each file with the values that the state has, until it changes the file.
"""

from __future__ import annotations

import os
import random
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.torture.power.cuts import cuts, end
from tests.torture.power.recording import ROOT, Body
from tests.torture.power.stage import Stage, empty, in_child
from wansync.store.fingerprint import Fingerprint

if TYPE_CHECKING:
    from pathlib import Path

    from tests.torture.power.disk import State
    from tests.torture.power.record import Run
    from tests.torture.power.recording import Recording

Times = tuple[int, Body, int, int]
_OTHER_INODES = 2**40
"""Added to inodes that the state does not know, so that none has the number of one that it does."""


def heal(run: Run, recording: Recording, place: Path, *, samples: int, seed: int) -> tuple[int, list[str]]:
    """Return how many states were brought to rights, and what was wrong with others.

    Args:
        samples: of states, each put on disk for a sync; half of them right after the last operations.
    """
    chance = random.Random(f"heal {seed} {run.name}")  # noqa: S311 (nothing secret)
    moments = range(1, len(recording.ops) + 1)
    wanted = sorted(chance.choices(moments, k=samples))
    wrong: list[str] = []
    clean = _healed(run, recording, place, end(recording))
    for moment, (op, cut) in enumerate(cuts(recording)):
        for _ in range(wanted.count(moment)):
            states = list(cut.states(30, chance))
            found = _healed(run, recording, place, chance.choice(states))
            if found != clean:
                wrong.append(
                    f"{run.name}, after {op.kind if op else ''} {op.group if op else ''}: {_difference(found, clean)}"
                )
    return samples, wrong


def _healed(run: Run, recording: Recording, place: Path, state: State) -> dict[str, str]:
    empty(place)
    times = write(state, place)
    found: dict[str, str] = in_child(place, lambda: _again(run, Stage(place), times))
    return found


def _again(run: Run, stage: Stage, times: dict[int, Times]) -> dict[str, str]:
    """Do what a person would: the same again, then a sync; and gc, so that nothing is left that nobody needs."""
    _disguise(times)
    run.system()
    run.restore(stage)
    for verb in run.verbs:
        verb(stage)
    stage.status = 0
    for arguments in (("sync", "--offline"), ("gc", "--yes"), ("sync", "--offline", "--frozen"), ("verify",)):
        stage.command(*arguments)
    return stage.listing() | {"exit status": str(stage.status)}


def _disguise(times: dict[int, Times]) -> None:
    """Let the program see each file that it has not changed with the inode and times of the state."""
    real = Fingerprint.of

    def of(result: os.stat_result) -> Fingerprint:
        found, known = real(result), times.get(result.st_ino)
        if known is None:
            return replace(found, ino=found.ino + _OTHER_INODES)
        inode, body, mtime, ctime = known
        return replace(
            found,
            ino=inode,
            mtime_ns=body.mtime_ns if found.mtime_ns == mtime else found.mtime_ns,
            ctime_ns=body.ctime_ns if found.ctime_ns == ctime else found.ctime_ns,
        )

    Fingerprint.of = of  # type: ignore[method-assign]


def _difference(found: dict[str, str], clean: dict[str, str]) -> str:
    lines = (
        f"{n}: {found.get(n)} instead of {clean.get(n)}"
        for n in sorted({*found, *clean})
        if found.get(n) != clean.get(n)
    )
    return "; ".join(lines)


def write(state: State, place: Path) -> dict[int, Times]:
    """Put a state on disk; return for each real inode that of the state, its version, and the real times."""
    real: dict[int, Path] = {}
    _write_directory(state, ROOT, place, real)
    found = {inode: path.lstat() for inode, path in real.items()}
    return {s.st_ino: (inode, state.body(inode), s.st_mtime_ns, s.st_ctime_ns) for inode, s in found.items()}


def _write_directory(state: State, folder: int, path: Path, real: dict[int, Path]) -> None:
    for name in state.names(folder):
        inode = state.child(folder, name)
        assert inode is not None
        body, target = state.body(inode), path / name
        if body.kind == "directory":
            target.mkdir()
            _write_directory(state, inode, target, real)
        elif inode in real:
            os.link(real[inode], target, follow_symlinks=False)
        elif body.kind == "link":
            target.symlink_to(os.fsdecode(body.data))
            real[inode] = target
        else:
            target.write_bytes(body.data)
            target.chmod(body.mode)
            os.utime(target, ns=(body.mtime_ns, body.mtime_ns))
            real[inode] = target

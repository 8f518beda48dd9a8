"""The protocol with one thing taken away or out of order: each of them must break a promise in some state.

Those of fsync and chmod follow from the recordings: every place in the code that asks for one is a mutant by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.torture.power.explorer import Explored, explore
from tests.torture.power.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from tests.torture.power.record import Run
    from tests.torture.power.recording import Body, Op, Recording

TOGETHER: Mapping[str, str] = {
    "names of the folders of blobs": r".*Blobs\.(publish|_make_name_durable) \[models-root/blobs/sha256\]",
    "names of the folders of records": r".* \[models-root/\.state\]",
    "clones that are taken in": r"adopt\..* \[models-root/\.tmp/STAGED\.adopted\]",
    "names of the folders of a store": r".*store\.Store\.prepare( > records\.write_file)? \[models-root\]",
}
"""Calls that cover each other: any of them may go, so they are taken away together."""
IDLE: Mapping[str, str] = {
    r".* \[models-root/\.state/attests\]": "a lost attest means that the blob is hashed again",
    r"links\.Links\._try .*": "a probe of link modes, removed at once",
    r".* \[models-root/\.tmp\]": "what is in the making is moved out, which is made durable where it goes to",
    r".*Views\._publish > trash\.Trash\.put .*": "the new view takes the same name, and that is made durable",
    r"sequential\..* > ingest\.Ingest\.commit \[models-root/blobs/.*": "of the rival in a test",
    r".*partials\.unfold .*": "a journal that outlives its bytes costs a fetch, and never lets wrong ones in",
    r" \[.*": "of a preparation, not of the program",
}
"""Barriers without which nothing that is promised can break, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A broken protocol.

    Args:
        runs: where it can show, the likeliest first.
        patch: breaks the program before the run is recorded.
        change: breaks the recording.
    """

    name: str
    runs: tuple[str, ...]
    patch: Callable[[], None] | None = None
    change: Callable[[Recording], Recording] = lambda recording: recording


def derived(recordings: Iterable[Recording]) -> list[Mutant]:
    """Return the mutants that lack an fsync or a chmod of the recorded runs."""
    syncs: dict[str, dict[str, int]] = {}
    modes: dict[str, dict[str, int]] = {}
    for recording in recordings:
        for op in recording.ops:
            if op.kind == "sync" and not is_idle(op.group):
                syncs.setdefault(_joined(op.group), {})[recording.name] = len(recording.ops)
        for group in _changes_of_mode(recording):
            modes.setdefault(_joined(group), {})[recording.name] = len(recording.ops)
    return [
        *(Mutant(name=f"no fsync: {n}", runs=_shortest(runs), change=_without(n)) for n, runs in sorted(syncs.items())),
        *(
            Mutant(name=f"no chmod: {n}", runs=_shortest(runs), change=_with_mode(n))
            for n, runs in sorted(modes.items())
        ),
    ]


def is_idle(group: str) -> bool:
    """Return whether nothing promised depends on an fsync."""
    return any(re.fullmatch(pattern, group) for pattern in IDLE)


def hunt(
    mutant: Mutant, runs: Mapping[str, Run], recordings: Mapping[str, Recording], place: Path, limit: int, seed: int
) -> Explored:
    """Return what the first run shows in which a mutant breaks a promise; the last one where none does."""
    explored = Explored(mutant.name)
    for name in mutant.runs:
        recording = record(runs[name], place, mutant.patch) if mutant.patch else recordings[name]
        found = explore(mutant.change(recording), place, limit=limit, seed=seed, first=True)
        explored.states += found.states
        if found.violations:
            explored.violations, explored.examples = found.violations, dict.fromkeys(found.violations, name)
            break
    return explored


def _joined(group: str) -> str:
    return next((name for name, pattern in TOGETHER.items() if re.fullmatch(pattern, group)), group)


def _shortest(runs: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(sorted(runs, key=lambda name: runs[name]))


def _without(name: str) -> Callable[[Recording], Recording]:
    def change(recording: Recording) -> Recording:
        return replace(recording, ops=tuple(o for o in recording.ops if o.kind != "sync" or _joined(o.group) != name))

    return change


def _changes_of_mode(recording: Recording) -> set[str]:
    modes = {inode: body.mode for inode, body in recording.bodies.items()}
    groups = set()
    for op in recording.ops:
        if op.body is not None:
            if op.kind == "body" and modes.get(op.inode) != op.body.mode and not (_is_private(op) or is_idle(op.group)):
                groups.add(op.group)
            modes[op.inode] = op.body.mode
    return groups


def _is_private(op: Op) -> bool:
    """Return whether this makes a partial writable for its new writer: without it the run fails, which is no danger."""
    return op.body is not None and bool(op.body.mode & 0o200)


def _with_mode(group: str) -> Callable[[Recording], Recording]:
    def change(recording: Recording) -> Recording:
        return replace(recording, ops=tuple(_keep_modes(recording, group)))

    return change


def _keep_modes(recording: Recording, group: str) -> Sequence[Op]:
    modes = {inode: body.mode for inode, body in recording.bodies.items()}
    kept: dict[int, int] = {}
    ops = []
    for op in recording.ops:
        changed = op
        if op.body is not None and op.kind == "body":
            if _joined(op.group) == group and modes.get(op.inode) != op.body.mode:
                kept[op.inode] = modes[op.inode]
            if op.inode in kept:
                changed = replace(op, body=_in_mode(op.body, kept[op.inode]))
        if changed.body is not None:
            modes[op.inode] = changed.body.mode
        ops.append(changed)
    return ops


def _in_mode(body: Body, mode: int) -> Body:
    return replace(body, mode=mode)

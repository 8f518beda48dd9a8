"""`wansync adopt`: take in what is on disk already, wherever it is; nothing is fetched, and no view is built.

One walk finds the files of a size that is lacking; only these are hashed, and only their bytes decide.
"""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wansync.errors import NoSpaceError, UsageError
from wansync.inventory import BlobState
from wansync.lockfile import Selection
from wansync.ops.adopt_report import AdoptReport
from wansync.ops.adopting import take_in
from wansync.ops.garbage import reclaimable
from wansync.ops.gather import gather, require_fresh
from wansync.ops.sync import hands_of
from wansync.plan import AdoptionPolicy, Disk, Lack, plan_adoption
from wansync.sources import walk_for
from wansync.store import Phase, RunRecord
from wansync.store.adopt import SHARES_INODES
from wansync.surroundings import absolute
from wansync.text import printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from wansync.digest import Digest
    from wansync.ops.gather import Gathered
    from wansync.paths import RelativePath
    from wansync.project import Workspace
    from wansync.store import Store

_LACKING = {BlobState.MISSING, BlobState.CORRUPT}


@value_type
class AdoptOptions:
    """What an adoption is about.

    Args:
        wanted: models and components; when none is named those of the profile that was chosen, else the whole lock.
        move: whether files are to be nowhere but in the store. What a Hugging Face cache or another store finds by its
            place, and what a symbolic link leads to, stays all the same.
    """

    wanted: tuple[str, ...] = ()
    move: bool = False


def plan_adopt(
    workspace: Workspace, paths: Iterable[str | os.PathLike[str]], options: AdoptOptions | None = None
) -> AdoptReport:
    """Return what would be hashed and taken in. Hashes nothing, changes nothing.

    Args:
        workspace: where the run stands.
        paths: files and directories.
        options: what is wanted of them.

    Raises:
        UsageError: one of the paths is not there, is neither a file nor a directory, or is in the store.
        WansyncError: the lock cannot be used, or has not what is wanted; the store has a newer layout.
    """
    gathered = _gather(workspace, options or AdoptOptions())
    with gathered.store.guard():
        return _look(gathered, _places(paths, gathered.store), options or AdoptOptions())


def adopt(
    workspace: Workspace,
    paths: Iterable[str | os.PathLike[str]],
    options: AdoptOptions | None = None,
    show: Callable[[AdoptReport], None] = lambda _: None,
) -> AdoptReport:
    """Take in what is lacking of a lock from files on disk, and register the lock, so that gc keeps them.

    Args:
        workspace: where the run stands.
        paths: files and directories.
        options: what is wanted of them.
        show: given the plan before it is carried out.

    Raises:
        LockStaleError: with `frozen`, the manifest that is present disagrees with the lock.
        NoSpaceError: what must be copied cannot fit; nothing was begun.
        UsageError: as for `plan_adopt`.
        WansyncError: the lock or the store cannot be used.
    """
    chosen = options or AdoptOptions()
    gathered = _gather(workspace, chosen)
    store, generations = gathered.store, workspace.settings.keep_generations
    with store.guard():
        planned = _look(gathered, _places(paths, store), chosen)
    if not planned.plan.candidates:
        return replace(planned, carried_out=True)
    show(planned)
    _require_room(gathered, planned.plan.disk)
    with store.guard(lambda: planned.plan.to_hash, lambda: reclaimable(store, generations)):
        hands, claim = hands_of(gathered)
        seen = hands.begin(claim)
        run = workspace.events.run
        store.runs.note(RunRecord(run=run, command="adopt", writer=claim.writer, phase=Phase.STAGE, models=()))
        try:
            files = take_in(store, planned.plan, workspace.events)
            hands.keep(claim, seen)
        finally:
            store.runs.end(run)
        lacking = tuple(_lacks(gathered))
    return replace(planned, carried_out=True, files=files, lacking=lacking)


def _gather(workspace: Workspace, options: AdoptOptions) -> Gathered:
    if workspace.settings.frozen:
        require_fresh(workspace)
    gathered = gather(workspace, options.wanted)
    if options.wanted or workspace.settings.profile:
        return gathered
    return replace(gathered, selection=Selection(models=(), components=gathered.lock.components))


def _look(gathered: Gathered, places: Sequence[Path], options: AdoptOptions) -> AdoptReport:
    workspace, store, selection = gathered.workspace, gathered.store, gathered.selection
    store.check_version()
    lacks = list(_lacks(gathered))
    sizes = {file.digest: file.size for component in selection.components for file in component.files}
    report = AdoptReport(
        root=str(store.layout.root),
        paths=tuple(places),
        selection=(*(model.name for model in selection.models), *selection.explicit),
        wanted=len(sizes),
        wanted_size=sum(sizes.values()),
        lacking=tuple(lacks),
    )
    if not lacks:
        return report
    walked = walk_for(places, {lack.size for lack in lacks}, store.layout.root)
    policy = AdoptionPolicy(
        device=store.device(),
        asked=workspace.settings.link_mode,
        known=store.links.known_mode(),
        move=options.move,
        shares_inodes=SHARES_INODES,
    )
    return replace(report, walked=walked, plan=plan_adoption(lacks, walked.files, policy, _disk(gathered)))


def _lacks(gathered: Gathered) -> Iterable[Lack]:
    """Yield what of the selection is not in the store, each digest once; what only needs hashing there is in it."""
    paths: dict[Digest, list[RelativePath]] = defaultdict(list)
    users: dict[Digest, list[str]] = defaultdict(list)
    sizes: dict[Digest, int] = {}
    for component in gathered.selection.components:
        for file in component.files:
            paths[file.digest].append(component.source_path(file))
            users[file.digest].append(component.id)
            sizes[file.digest] = file.size
    for digest, size in sizes.items():
        if gathered.store.blobs.state(digest, size) in _LACKING:
            yield Lack(
                digest=digest,
                size=size,
                paths=tuple(dict.fromkeys(paths[digest])),
                components=tuple(dict.fromkeys(users[digest])),
            )


def _disk(gathered: Gathered) -> Disk:
    settings, store = gathered.workspace.settings, gathered.store
    capacity, free = store.usage()
    return Disk(
        free=free,
        capacity=capacity,
        reserve=settings.reserve.of(capacity),
        peak=0,
        max_size=settings.max_size,
        used=store.size() if settings.max_size is not None else 0,
    )


def _require_room(gathered: Gathered, disk: Disk) -> None:
    if not disk.fits:
        raise NoSpaceError(
            needed=disk.peak,
            free=disk.free,
            reserve=disk.reserve,
            reclaimable=reclaimable(gathered.store, gathered.workspace.settings.keep_generations),
            max_size=disk.max_size if disk.over else None,
        )


def _places(paths: Iterable[str | os.PathLike[str]], store: Store) -> list[Path]:
    """Return the paths from the root, each once.

    Raises:
        UsageError: one of them is not there, is neither a file nor a directory, or is in the store.
    """
    places = list(dict.fromkeys(absolute(path) for path in paths))
    if not places:
        raise UsageError(
            "No path is named", hint="Name a file or a directory, such as `wansync adopt ~/ComfyUI/models`"
        )
    root = Path(os.path.realpath(store.layout.root))
    for place in places:
        _require_usable(place, root)
    return places


def _require_usable(place: Path, root: Path) -> None:
    shown = printable(str(place))
    try:
        mode = place.stat().st_mode
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a path"
        raise UsageError(
            f"`{shown}` cannot be looked at: {why}", hint="Correct the path, or its permissions", path=shown
        ) from error
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        raise UsageError(f"`{shown}` is neither a file nor a directory", hint="Name a file or a directory", path=shown)
    if Path(os.path.realpath(place)).is_relative_to(root):
        raise UsageError(
            f"`{shown}` is in the store already",
            hint="Run `wansync sync`: it checks, links and repairs what the store has",
            path=shown,
        )

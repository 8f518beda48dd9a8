"""Who finds out the digests that nobody states, for one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wansync.project import Workspace
    from wansync.questions import Moves
    from wansync.store import Store
    from wansync.transfer.payloads import PayloadReader


def payload_reader(workspace: Workspace, store: Store, moves: Moves, *, reads: bool) -> PayloadReader:
    """Return who tells digests from what is remembered and, where it `reads`, by fetching files into the store.

    `moves` are those that the files are asked for: a plain lock of what is locked already asks nobody.
    """
    from wansync.transfer.payloads import PayloadReader  # noqa: PLC0415 (with all of `plan`, which few locks need)

    settings = workspace.settings
    return PayloadReader(
        store, workspace.means(), reads=reads, most=settings.max_download, command=_hashing_command(moves)
    )


def _hashing_command(moves: Moves) -> str:
    upgrades = ["--upgrade"] if moves.everything else [f"--upgrade-component {id_}" for id_ in sorted(moves.upgrade)]
    return " ".join(["wansync lock", *upgrades, "--hash-payloads"])

"""`wansync pin`: keep bytes from garbage collection because a person wants them, whatever projects name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import LockMissingError, UnknownModelError, UsageError
from wansync.lockfile import select
from wansync.manifest import fold
from wansync.ops.claims import claimants, find_digest
from wansync.store.pins import Pin
from wansync.store.scan import scan_contents
from wansync.text import printable, suggest
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wansync.digest import Digest
    from wansync.inventory import Contents
    from wansync.lockfile import Lockfile
    from wansync.project import Workspace
    from wansync.store import Store

FORMAT_VERSION = "1.0"
_MAX_REASON = 200


@value_type
class PinReport:
    """The pins of a store after a command.

    Args:
        pins: those that can be read.
        damaged: ids of those that cannot; gc refuses to work until they are removed.
        here: the bytes of each pin that the store holds, by its id.
        added: ids of those that this command made.
        removed: ids of those that this command removed.
    """

    root: str
    pins: tuple[Pin, ...]
    damaged: tuple[str, ...]
    here: dict[str, int]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/pin.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "store": self.root,
            "pins": [
                {
                    "id": pin.id,
                    "name": pin.name,
                    "project": pin.project or None,
                    "reason": pin.reason or None,
                    "made_at": pin.made_at,
                    "files": len(pin.digests),
                    "bytes": pin.size,
                    "bytes_here": self.here[pin.id],
                }
                for pin in self.pins
            ],
            "damaged": list(self.damaged),
            "added": list(self.added),
            "removed": list(self.removed),
        }


def list_pins(workspace: Workspace) -> PinReport:
    """Return the pins of the store. Reads only.

    Raises:
        StoreFailError: the store cannot be read, or has a newer layout.
    """
    store = workspace.store()
    with store.guard():
        store.check_version()
        return _report(store)


def pin(workspace: Workspace, names: Sequence[str], *, reason: str = "") -> PinReport:
    """Keep the bytes that names stand for now: models and components of the lock, or digests.

    What a later lock says of a name does not move its pin. Bytes that are not here yet are kept once they are.

    Raises:
        UsageError: nothing is named, or a digest is too short to be one.
        UnknownModelError: neither the lock nor the store has something of a name.
        StoreFailError, LockTimeoutError: the store cannot be used.
    """
    if not names:
        raise UsageError("Nothing is named to pin", hint="Name it: `wansync pin MODEL`, a component, or a digest")
    store = workspace.store()
    with store.guard():
        store.prepare()
        with store.locks.roots():
            contents = scan_contents(store.fs, store.layout)
            pins = [_pin(workspace, store, contents, name, printable(reason, limit=_MAX_REASON)) for name in names]
            added = tuple(pin.id for pin in pins if store.pins.add(pin))
        return _report(store, added=added)


def unpin(workspace: Workspace, names: Sequence[str]) -> PinReport:
    """Forget pins, each given by its id or by the name that was pinned; gc may then remove what only they kept.

    A model without a variant stands for the pins of all its variants.

    Raises:
        UnknownModelError: there is no such pin; nothing was removed.
        StoreFailError, LockTimeoutError: the store cannot be used.
    """
    store = workspace.store()
    with store.guard():
        store.check_version()
        with store.locks.roots():
            there = dict(store.pins.each())
            ids = tuple(dict.fromkeys(id_ for name in names for id_ in _ids_of(name, there)))
            for id_ in ids:
                store.pins.remove(id_)
        return _report(store, removed=ids)


def _pin(workspace: Workspace, store: Store, contents: Contents, name: str, reason: str) -> Pin:
    lock = _lock(workspace)
    names = _names(lock) if lock else ()
    if lock and fold(name.partition("@")[0]) in {fold(known) for known in names}:
        selection = select(lock, [name], profile=workspace.settings.profile)
        files = [file for c in selection.components for file in c.files]
        found = (*(model.name for model in selection.models), *selection.explicit)[0]
        digests = {file.digest: file.size for file in files}
        return Pin(name=found, digests=digests, project=lock.project, reason=reason)
    known = {**_locked(store, workspace.settings.keep_generations), **(lock.digests if lock else {}), **contents.blobs}
    digest = find_digest(name, known)
    if digest is None:
        raise UnknownModelError(
            f"`{printable(name)}` is no model, no component, and no digest of this project or its store",
            hint=suggest(name, names),
            name=printable(name),
        )
    return Pin(name=str(digest), digests={digest: known[digest]}, reason=reason)


def _lock(workspace: Workspace) -> Lockfile | None:
    try:
        return workspace.lock()[0]
    except LockMissingError:
        return None


def _names(lock: Lockfile) -> tuple[str, ...]:
    models = (name for model in lock.models for name in (model.id, *model.aliases))
    return (*models, *(component.id for component in lock.components))


def _locked(store: Store, generations: int) -> dict[Digest, int]:
    return {digest: size for claimant in claimants(store, generations) for digest, size in claimant.digests.items()}


def _ids_of(name: str, there: dict[str, Pin | None]) -> Iterable[str]:
    wanted = fold(name)
    found = [id_ for id_, pin in there.items() if id_ == name or (pin and fold(pin.name) == wanted)]
    # Who pins `MODEL` pins a variant of it, and takes that off again by the same word.
    found = found or [id_ for id_, pin in there.items() if pin and fold(pin.name.partition("@")[0]) == wanted]
    if not found:
        known = [pin.name if pin else id_ for id_, pin in there.items()]
        models = [pin.name.partition("@")[0] for pin in there.values() if pin]
        raise UnknownModelError(
            f"There is no pin `{printable(name)}`",
            hint=suggest(name, known, also=models),
            name=printable(name),
            known=sorted(known),
        )
    return found


def _report(store: Store, *, added: tuple[str, ...] = (), removed: tuple[str, ...] = ()) -> PinReport:
    each = dict(store.pins.each())
    pins = tuple(sorted((pin for pin in each.values() if pin), key=lambda pin: (pin.name, pin.made_at)))
    blobs = scan_contents(store.fs, store.layout).blobs
    return PinReport(
        root=str(store.layout.root),
        pins=pins,
        damaged=tuple(id_ for id_, pin in each.items() if pin is None),
        here={pin.id: sum(size for digest, size in pin.digests.items() if digest in blobs) for pin in pins},
        added=added,
        removed=removed,
    )

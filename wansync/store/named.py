"""What a lock names in a store, and the record of that beside the store's copy of the lock.

Collecting garbage asks it of every lock that a project ever applied; reading TOML each time would take seconds for
large locks (24 µs a file). The record is only believed with the checksum that it begins with, since what it leaves out
would be removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wansync.digest import Digest
from wansync.documents import DocumentError, format_json, parse_json
from wansync.inventory import Named, ViewFolder, ViewKey
from wansync.lockfile import locked_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wansync.lockfile import Lockfile

MAX_NAMED_BYTES = 64 * 2**20
_VERSION = 1
_CHECKSUM = 65
"""64 digits and a line feed."""


def named_by(lock: Lockfile) -> Named:
    """Return what a lock names: all that a sync of any selection of it could need."""
    return Named(digests=lock.digests, views=frozenset(lock_views(lock)))


def lock_views(lock: Lockfile) -> Iterator[ViewKey]:
    """Yield the keys of every view that a lock can have: of its components, then of its models, as they stand in it."""
    for component in lock.components:
        yield ViewKey(folder=ViewFolder.COMPONENTS, name=component.id, tree=component.tree.short)
    for model in lock.models:
        for variant in model.variants:
            tree = locked_tree(lock.view_files(variant))
            yield ViewKey(folder=ViewFolder.MODELS, name=f"{model.id}@{variant.name}", tree=tree.short)


def named_to_record(named: Named) -> dict[str, object]:
    """Return the JSON form."""
    return {
        "blobs": {digest.hex: size for digest, size in sorted(named.digests.items())},
        "views": [[str(key.folder), key.name, key.tree] for key in sorted(named.views)],
    }


def named_from_record(values: Mapping[str, Any]) -> Named:
    """Return what the JSON form says.

    Raises:
        DocumentError: it is none.
    """
    try:
        digests = {Digest(digest): int(size) for digest, size in values["blobs"].items()}
        views = (ViewKey(folder=ViewFolder(folder), name=name, tree=tree) for folder, name, tree in values["views"])
        return Named(digests=digests, views=frozenset(views))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise DocumentError("it does not say what it names") from error


def format_named(named: Named) -> bytes:
    """Return the record of what a lock names, with its checksum."""
    body = format_json({"version": _VERSION, **named_to_record(named)})
    return Digest.of(body).hex.encode() + b"\n" + body


def parse_named(data: bytes) -> Named | None:
    """Return what such a record says, or `None` when it is not whole or of another version."""
    checksum, body = data[:_CHECKSUM], data[_CHECKSUM:]
    if checksum != Digest.of(body).hex.encode() + b"\n":
        return None
    try:
        values = parse_json(body, limit=MAX_NAMED_BYTES)
        return named_from_record(values) if values.get("version") == _VERSION else None
    except DocumentError:
        return None

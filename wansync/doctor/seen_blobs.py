"""Every blob that stands, with the record of its last verification and the files of views that lead to it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wansync.doctor.seen import SeenView
    from wansync.store import Store
    from wansync.store.attests import Attest
    from wansync.store.fingerprint import Fingerprint

_DIGITS = 64


@value_type
class SeenBlob:
    """A blob.

    Args:
        digest: its name.
        fingerprint: what stat says of it.
        attest: when it was verified last, if there is a record of that.
        views: the files of views that lead to it, as `view/path`.
        models: the names of these views.
    """

    digest: Digest
    fingerprint: Fingerprint
    attest: Attest | None
    views: tuple[str, ...]
    models: tuple[str, ...]


def see_blobs(store: Store, views: Iterable[SeenView]) -> tuple[SeenBlob, ...]:
    """Return every blob that can be looked at; a folder that cannot is another check's finding."""
    uses: dict[Digest, list[tuple[str, str]]] = {}
    for view in views:
        for file in view.files:
            uses.setdefault(file.digest, []).append((f"{view.key}/{file.path}", view.key.name))
    seen: list[SeenBlob] = []
    for folder in _folders(store):
        with contextlib.suppress(OSError):
            seen.extend(_see(store, folder, uses))
    return tuple(seen)


def digest_of(name: str, folder: str) -> Digest | None:
    """Return the digest that a name in a folder of these first digits stands for, or `None` when it is none."""
    # In the folder of other digits nobody would look for it.
    try:
        return Digest(name) if len(name) == _DIGITS and name.startswith(folder) else None
    except ValueError:
        return None


def _folders(store: Store) -> list[str]:
    try:
        return store.fs.list_directory(store.layout.blobs)
    except OSError:
        return []


def _see(store: Store, folder: str, uses: dict[Digest, list[tuple[str, str]]]) -> Iterator[SeenBlob]:
    for name, fingerprint in store.fs.list_fingerprints(store.layout.blobs / folder):
        if digest := digest_of(name, folder):
            used = uses.get(digest, [])
            yield SeenBlob(
                digest=digest,
                fingerprint=fingerprint,
                attest=store.attests.read(digest),
                views=tuple(path for path, _ in used),
                models=tuple(dict.fromkeys(model for _, model in used)),
            )

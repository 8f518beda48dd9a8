"""Which class serves which scheme. A new source is a line here, and its scheme in `manifest`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import SourceUnsupportedError
from wansync.manifest import Scheme
from wansync.sources.file import FileSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from wansync.manifest import SourceRef
    from wansync.sources.base import KnownDigests, Source

_SOURCES: Mapping[Scheme, Callable[[SourceRef, Path, KnownDigests | None], Source]] = {
    Scheme.FILE: FileSource,
}
_LOCAL = {Scheme.FILE}


def open_source(ref: SourceRef, base: Path, known: KnownDigests | None = None) -> Source:
    """Return the source behind `ref`.

    Args:
        ref: as the manifest writes it.
        base: the directory that `file:` locations are relative to.
        known: digests of local files from earlier runs.

    Raises:
        SourceUnsupportedError: this version of wansync cannot reach such a source.
    """
    factory = _SOURCES.get(ref.scheme)
    if factory is None:
        raise SourceUnsupportedError(
            f"This version of wansync cannot reach `{ref.scheme}:` sources: `{ref}`",
            hint="Use a `file:` copy or a newer wansync; to lock it, a recorded listing (`--listings DIR`) is enough",
            source=str(ref),
        )
    return factory(ref, base, known)


def is_local(ref: SourceRef) -> bool:
    """Return whether the source needs no network, so that `--offline` may use it."""
    return ref.scheme in _LOCAL

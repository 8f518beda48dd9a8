"""What the components of one source state of its files, put together. No IO."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.errors import InvalidListingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wansync.paths import PathFilter, RelativePath, StatedFile


def stated_files(filters: Iterable[PathFilter], source: str) -> dict[RelativePath, StatedFile]:
    """Return what is stated of each file that a filter takes, by its path from the root of the source, in order.

    Raises:
        InvalidListingError: two components state different things of one file; `source` is for the message.
    """
    found: dict[RelativePath, StatedFile] = {}
    for path, file in _taken(filters):
        before = found.get(path, file)
        if _differ(file.size, before.size) or _differ(file.digest, before.digest):
            raise InvalidListingError(
                f"`{path}` in `{source}` is stated with different sizes or digests",
                hint="Correct the components of `models.toml` that name it",
                source=source,
                path=path.text,
            )
        size = before.size if file.size is None else file.size
        found[path] = replace(file, size=size, digest=file.digest or before.digest)
    return dict(sorted(found.items()))


def _taken(filters: Iterable[PathFilter]) -> Iterator[tuple[RelativePath, StatedFile]]:
    for filter_ in filters:
        for file in filter_.stated:
            path = filter_.subfolder / file.path if filter_.subfolder else file.path
            if filter_.takes(path.text):
                yield path, file


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other

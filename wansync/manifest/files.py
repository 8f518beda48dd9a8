"""The files that a component states, since its source cannot say what it has: which, and what goes with them. No IO."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.documents import DocumentError
from wansync.manifest.model import Scheme
from wansync.paths import StatedFile, collision

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wansync.documents import Table
    from wansync.manifest.model import Component

_PLACE = re.compile(r"//[^/\\\s$]+(/[^\\\s]*)?|\$[A-Za-z_][A-Za-z0-9_]*")
"""What stands behind `https:`: a host and what follows it, or a variable that holds a URL."""
_EXAMPLE = '`{ path = "model.safetensors", size = 1, sha256 = "..." }`'


def parse_files(tables: Iterable[Table]) -> tuple[StatedFile, ...]:
    """Return the files that a component states, in the order in which it does.

    Raises:
        DocumentError: a path is unsafe, or a size or a digest is none.
    """
    return tuple(_file(table) for table in tables)


def _file(table: Table) -> StatedFile:
    size = table.integer("size") if table.has("size") else None
    digest = table.digest("sha256") if table.has("sha256") else None
    if size is not None and digest is not None and (size == 0) != (digest == Digest.of(b"")):
        raise table.error("sha256", f"no {size} bytes have this digest", fix="Correct `size` or `sha256`")
    return StatedFile(path=table.path("path"), size=size, digest=digest)


def check_files(component: Component) -> None:
    """Check that a component states files if its source needs that, and only then, and nothing that contradicts it.

    Raises:
        DocumentError: it does not.
    """
    where = ("components", component.id)
    if component.source.scheme is not Scheme.HTTPS:
        if component.files:
            fix = "Leave `files` out; which files it takes, `include` and `exclude` say"
            raise DocumentError("only an `https:` source has `files`", key_path=(*where, "files"), fix=fix)
        return
    if not _PLACE.fullmatch(component.source.location):
        fix = "Write `https://host/dir`, or `https:$NAME` for a variable that holds the URL"
        raise DocumentError("the source is no address of the web", key_path=(*where, "source"), fix=fix)
    if not component.files:
        fix = f"Add `files` to it, such as {_EXAMPLE}"
        raise DocumentError("an `https:` source lists nothing, so its files must be named", key_path=where, fix=fix)
    for key, given in _excluded(component):
        if given:
            fix = f"Leave out `{key}`" + ("; the lock pins the content itself" if key == "revision" else "")
            raise DocumentError(f"`{key}` does not go with an `https:` source", key_path=(*where, key), fix=fix)
    if clash := collision(file.path for file in component.files):
        message = f"`{clash[0]}` and `{clash[1]}` cannot exist side by side on every system"
        raise DocumentError(message, key_path=(*where, "files"), fix="Name each file once")


def _excluded(component: Component) -> Iterable[tuple[str, object]]:
    yield "revision", component.ref
    yield "include", component.include
    yield "exclude", component.exclude
    yield "shards", component.only_used_shards

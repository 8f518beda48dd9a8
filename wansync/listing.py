"""What a source says it has at one revision. A recorded listing is exactly this value as JSON. No IO."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Self

from wansync.digest import Digest, Revision
from wansync.documents import DocumentError, Table, format_json, parse_json
from wansync.documents.errors import format_key_path
from wansync.errors import InvalidListingError, PathUnsafeError
from wansync.formats.index import check_weight_map
from wansync.formats.shards import unused_weights
from wansync.manifest import SourceRef
from wansync.paths import RelativePath, collision
from wansync.text import printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wansync.formats.shards import WeightMaps
    from wansync.paths import PathFilter

VERSION, MINOR = 1, 1
"""Minor 1 came with `version_id`. A listing has the lowest minor version that can say what it says."""
MAX_LISTING_BYTES = 64 * 2**20
MAX_FILES = 100_000


@value_type(kw_only=False)
class SourceFile:
    """What of a source is opened: a path from its root, at a revision.

    `version` names the object where the source keeps several under one name; without it the present one is meant.
    """

    path: RelativePath
    revision: Revision
    version: str | None = None


@value_type
class ListedFile:
    """A file of a source: its path from the source's root, size in bytes, and digest.

    `version` is the immutable id of the object, of a source that keeps several under one name.
    """

    path: RelativePath
    size: int
    digest: Digest
    version: str | None = None

    def __lt__(self, other: ListedFile) -> bool:
        # A source has one file at a path, so the path alone gives the order.
        return self.path < other.path

    def to_dict(self) -> dict[str, object]:
        """Return its entry of a recorded listing."""
        version = {"version_id": self.version} if self.version else {}
        return {"path": str(self.path), "size": self.size, "sha256": str(self.digest), **version}


@value_type
class Listing:
    """A complete answer: every file with size and digest, and the weight maps of its index files.

    Args:
        source: where it was listed.
        ref: the ref that was asked for; `None` where the manifest named none.
        revision: the immutable id; `None` for a source that names content by its tree alone (`file:`).
        files: sorted by path, no two of them colliding.
        weight_maps: index file -> tensor name -> shard file name.
        license: SPDX id where the source states one.
        provenance: where the statements come from, for people; nothing is decided by it.
    """

    source: SourceRef
    ref: str | None
    revision: Revision | None
    files: tuple[ListedFile, ...]
    weight_maps: Mapping[RelativePath, Mapping[str, str]] = field(default_factory=dict)
    license: str | None = None
    provenance: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the form described by `schemas/listing.schema.json`."""
        stated = {"ref": self.ref, "revision": self.revision, "license": self.license}
        return {
            "format_version": f"{VERSION}.{int(any(file.version for file in self.files))}",
            "source": str(self.source),
            **{key: str(value) for key, value in stated.items() if value is not None},
            "files": [file.to_dict() for file in self.files],
            "weight_maps": {str(path): dict(shards) for path, shards in sorted(self.weight_maps.items())},
            **({"provenance": list(self.provenance)} if self.provenance else {}),
        }

    @classmethod
    def from_table(cls, table: Table) -> Self:
        """Return the listing that `to_dict` wrote; unknown keys of a later minor version are ignored.

        Raises:
            DocumentError: it is of another version, incomplete, or contradicts itself.
        """
        strict = _minor(table) <= MINOR
        files = tuple(sorted(_file(entry, strict=strict) for entry in table.tables("files")))
        _check_files(files)
        listing = cls(
            source=table.convert("source", SourceRef.parse, show=False),
            ref=table.optional_string("ref"),
            revision=table.convert("revision", Revision) if table.has("revision") else None,
            files=files,
            weight_maps=dict(_weight_map(key, shards) for key, shards in table.optional_table("weight_maps").items()),
            license=table.optional_string("license"),
            provenance=table.strings("provenance"),
        )
        if strict:
            table.finish()
        return listing


@value_type
class Upstream:
    """What a ref leads to now, without its files.

    Args:
        revision: `None` for a source that has none of its own.
        license: what the source states.
        gated: whether somebody must accept conditions before the files can be had.
        name: what the source calls itself now, where that can change.
    """

    revision: Revision | None
    license: str | None = None
    gated: bool = False
    name: str | None = None


def taken_files(listing: Listing, taken: PathFilter, *, only_used_shards: bool) -> dict[RelativePath, ListedFile]:
    """Return the files that a component takes, by their paths in it.

    Raises:
        PathUnsafeError: an index names a shard by a name that is no portable one.
    """
    files = {inner: file for file in listing.files if (inner := taken.strip(file.path)) is not None}
    unused = unused_weights(files, taken_weight_maps(listing, taken)) if only_used_shards else frozenset()
    return {inner: file for inner, file in files.items() if inner not in unused}


def taken_weight_maps(listing: Listing, taken: PathFilter) -> WeightMaps:
    """Return the weight maps of the index files that a component takes, by their paths in it."""
    maps = ((taken.strip(index), shards) for index, shards in listing.weight_maps.items())
    return {inner: shards for inner, shards in maps if inner is not None}


def parse_listing(data: bytes, *, name: str) -> Listing:
    """Return the recorded listing in `data`; `name` is its file for messages.

    Raises:
        InvalidListingError: it is no listing of this version.
    """
    try:
        return Listing.from_table(Table(parse_json(data, limit=MAX_LISTING_BYTES)))
    except DocumentError as error:
        where = format_key_path(error.key_path)
        raise InvalidListingError(
            f"Invalid listing `{printable(name)}`"
            + (f", `{printable(where)}`" if where else "")
            + f": {error.message}",
            hint="Record it again with `wansync lock --save-listings DIR`",
            file=name,
        ) from error


def format_listing(listing: Listing) -> bytes:
    """Return the bytes of a recorded listing: canonical, so a second recording changes nothing."""
    return format_json(listing.to_dict())


def listing_file_name(source: SourceRef, ref: str | None) -> str:
    """Return the portable file name under which the listing of `source` at `ref` is recorded."""
    text = f"{source}@{ref}" if ref else str(source)
    safe = "".join(c if c.isascii() and (c.isalnum() or c in ".-_@") else "_" for c in text)
    # The digest keeps apart what the replacement makes equal.
    return f"{safe.strip('.')[:100]}-{Digest.of(text.encode()).hex[:8]}.json"


def _minor(table: Table) -> int:
    text = (
        table.string("format_version") if table.holds("format_version", str) else f"{table.integer('format_version')}.0"
    )
    major, _, minor = text.partition(".")
    if major != str(VERSION) or not (minor.isascii() and minor.isdigit()):
        raise table.error("format_version", f"only version {VERSION} is known")
    return int(minor)


def _file(table: Table, *, strict: bool) -> ListedFile:
    file = ListedFile(
        path=table.path("path"),
        size=table.integer("size"),
        digest=table.digest("sha256"),
        version=table.optional_string("version_id"),
    )
    if strict:
        table.finish()
    return file


def _weight_map(key: str, shards: Table) -> tuple[RelativePath, dict[str, str]]:
    try:
        path = RelativePath(key)
    except PathUnsafeError as error:
        raise DocumentError(error.reason, key_path=shards.key_path, fix=error.hint) from error
    return path, check_weight_map(shards)


def _check_files(files: tuple[ListedFile, ...]) -> None:
    if len(files) > MAX_FILES:
        raise DocumentError(f"it has more than {MAX_FILES} files", key_path=("files",))
    if clash := collision(file.path for file in files):
        raise DocumentError(f"`{clash[0]}` and `{clash[1]}` cannot exist side by side", key_path=("files",))

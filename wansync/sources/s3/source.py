"""The `s3:` source: one request for each thousand objects, one for each object that is taken."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from wansync.digest import Digest, Revision
from wansync.errors import ChecksumFailError, InvalidListingError, NotFoundError
from wansync.formats.index import MAX_INDEX_BYTES, is_index
from wansync.listing import MAX_FILES, ListedFile, Listing, SourceFile
from wansync.paths import RelativePath, collision
from wansync.sources.access import Payload
from wansync.sources.http.bodies import HttpBodies
from wansync.sources.over_http import HttpSource
from wansync.sources.parallel import in_parallel
from wansync.sources.payloads import find_digest
from wansync.sources.s3.client import S3Client
from wansync.sources.s3.location import Location
from wansync.sources.s3.server import S3Server, object_name
from wansync.sources.s3.session import WIDTH
from wansync.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wansync.manifest import SourceRef
    from wansync.paths import PathFilter
    from wansync.sources.access import Access
    from wansync.sources.body import Body, Span
    from wansync.sources.s3.answers import Head

_NOWHERE = Revision.of_tree(Digest.of(b""))
"""Objects are opened by key and version: a revision names the content of a component, which S3 knows nothing of."""


class S3Source(HttpSource):
    """The objects below a prefix of a bucket. It has no revisions: content is named by its tree digest.

    Where the bucket keeps versions, each file is pinned to the one that was listed, so that it can still be had when
    the object has been replaced.

    Raises:
        InvalidManifestError: the location is no bucket with a prefix.
        UsageError: the settings make no sense, ours or those of AWS.
    """

    def __init__(self, ref: SourceRef, access: Access) -> None:
        super().__init__(ref)
        self._access = access
        self._location = Location.parse(ref)
        self._client = S3Client(self.display, self._location.bucket, access)
        self._bodies = HttpBodies(S3Server(self._client, access.patience), self._client.network)

    @property
    def host(self) -> str:
        """The server's host and port; Amazon's buckets have names of their own, and limits of their own."""
        return self._client.host

    def _list(self, ref: str | None, revision: Revision | None, filters: Sequence[PathFilter]) -> Listing:
        paths = self._taken(filters)
        heads = self._heads(paths)
        indexes = {path: self._index(path, heads[path]) for path in paths if is_index(path.name)}
        known = {path: Digest.of(data) for path, data in indexes.items()}
        return Listing(
            source=self.ref,
            ref=ref,
            revision=revision,
            files=tuple(
                ListedFile(
                    path=path,
                    size=head.size,
                    digest=head.digest or known.get(path) or self._found(path, head),
                    version=head.version,
                )
                for path, head in heads.items()
            ),
            weight_maps={path: self._weight_map(path, data) for path, data in indexes.items()},
        )

    def _body(self, file: SourceFile, span: Span, validator: str | None) -> Body:
        name = object_name(self._location.key(file.path.text), file.version)
        return self._bodies.body(name, f"`{file.path}`", span, validator)

    def _taken(self, filters: Sequence[PathFilter]) -> list[RelativePath]:
        """Return the paths of all objects that one of the filters takes."""
        found: set[str] = set()
        there = not filters
        for start in _starts(filters):
            for page in self._client.keys(self._location.key(start)):
                names = [name for key in page if (name := self._location.name(key.key)) is not None]
                there = there or bool(names)
                # Judged as text first: a key that no component takes may be as odd as it likes.
                found.update(name for name in names if any(f.takes(name) for f in filters))
                if len(found) > MAX_FILES:
                    raise self._client.refuse(f"has more than {MAX_FILES} files")
        if not there:
            raise self._empty(filters)
        paths = sorted(RelativePath(name) for name in found)
        if clash := collision(paths):
            raise InvalidListingError(
                f"`{clash[0]}` and `{clash[1]}` in `{self.display}` cannot exist side by side on every system",
                hint="Rename one of them, or leave it out with `exclude`",
                source=self.display,
            )
        return paths

    def _empty(self, filters: Sequence[PathFilter]) -> NotFoundError:
        places = [f"`{printable(self._location.key(start))}`" for start in _starts(filters)]
        below = f" below {' or '.join(places)}" if places != ["``"] else ""
        return NotFoundError(
            f"`{self.display}` has no object{below}",
            hint="Check `source` and `subfolder` in `models.toml`: a prefix is a directory, such as `s3:bucket/models`",
            source=self.display,
        )

    def _heads(self, paths: Sequence[RelativePath]) -> dict[RelativePath, Head]:
        """Return what S3 says of each object, in the order of the paths."""
        calls = {path: partial(self._client.head, self._location.key(path.text), f"`{path}`") for path in paths}
        heads: dict[RelativePath, Head] = {}
        for path, found in in_parallel(calls, WIDTH):
            if isinstance(found, Exception):
                raise found
            heads[path] = found
        return {path: heads[path] for path in paths}

    def _index(self, path: RelativePath, head: Head) -> bytes:
        """Return the bytes of an index file, which says of which shards a model is made.

        Raises:
            ChecksumFailError: they are not those of the stated digest: the object was replaced, or that is wrong.
        """
        if head.size > MAX_INDEX_BYTES:
            raise InvalidListingError(
                f"`{path}` in `{self.display}` is too large for an index of shards",
                hint="Leave it out with `exclude`",
                source=self.display,
            )
        file = SourceFile(path, _NOWHERE, head.version)

        def attempt() -> bytes:
            return b"".join(self.open(file, 0, head.size))

        data = self._client.patiently(attempt)
        found = Digest.of(data)
        if head.digest not in {None, found}:
            raise ChecksumFailError(
                f"`{path}` in `{self.display}` has other bytes than the stated ones",
                hint="Upload it again; somebody may be at it right now",
                source=self.display,
                path=path.text,
                expected=str(head.digest),
                found=str(found),
            )
        return data

    def _found(self, path: RelativePath, head: Head) -> Digest:
        return find_digest(self.ref, self._payload(path, head), self._access.payloads)

    def _payload(self, path: RelativePath, head: Head) -> Payload:
        file = SourceFile(path, _NOWHERE, head.version)
        told = head.version or head.etag
        return Payload(
            path=path,
            size=head.size,
            # An ETag is one of bytes and of how they were uploaded: it is worth nothing at another server.
            change=f"{self.host}\n{told}" if told else None,
            body=lambda span: self.body(file, span, head.etag),
            host=self.host,
            abort=self.abort,
        )


def _starts(filters: Sequence[PathFilter]) -> list[str]:
    """Return the directories that have to be looked into, none below another."""
    found = sorted({f"{f.subfolder}/" if f.subfolder else "" for f in filters})
    kept: list[str] = []
    for start in found:
        if not any(start.startswith(above) for above in kept):
            kept.append(start)
    return kept

"""The `https:` source: files that the manifest names, each looked at by a request for its first byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.digest import Digest, Revision, git_blob_id
from wansync.errors import (
    ChecksumFailError,
    InvalidListingError,
    InvalidManifestError,
)
from wansync.formats.index import MAX_INDEX_BYTES, is_index
from wansync.listing import ListedFile, Listing, SourceFile
from wansync.sources.access import Payload
from wansync.sources.body import BadAnswerError, Span
from wansync.sources.http.bodies import HttpBodies
from wansync.sources.https.addresses import Addresses
from wansync.sources.https.rules import rule_name, variable_of
from wansync.sources.https.server import WebServer
from wansync.sources.https.stated import stated_files
from wansync.sources.origins import origin
from wansync.sources.over_http import HttpSource
from wansync.sources.parallel import in_parallel
from wansync.sources.payloads import find_digest
from wansync.sources.retry import patiently
from wansync.text import format_bytes
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wansync.manifest import SourceRef
    from wansync.paths import PathFilter, RelativePath, StatedFile
    from wansync.sources.access import Access
    from wansync.sources.body import Body

_WIDTH = 8
_NO_REVISION = Revision.of_tree(Digest.of(b""))


@value_type
class _Seen:
    """What a server says of a file.

    Args:
        size: in bytes.
        told: where it is, its ETag and its time; another text for another file, unless that came within a tick.
        change: the same, where it can be relied upon.
        validator: its strong ETag.
    """

    size: int | None
    told: str = ""
    change: str | None = None
    validator: str | None = None


class HttpsSource(HttpSource):
    """Files below a URL. It has no revisions: content is named by its tree digest.

    Raises:
        InvalidManifestError: the location is no address of the web.
    """

    def __init__(self, ref: SourceRef, access: Access) -> None:
        super().__init__(ref)
        self._access = access
        rule = access.url_rules.get(rule_name(ref))
        self._addresses = Addresses(ref, self.display, rule, access.variables)
        self._check_location()
        server = WebServer(self.display, self._addresses, access.patience)
        self._bodies = HttpBodies(server, access.network, access.credentials)

    @property
    def host(self) -> str:
        """The server's host and port."""
        return self._addresses.host

    def _check_location(self) -> None:
        try:
            if variable_of(self.ref) is None:
                origin(f"https:{self.ref.location}")
        except ValueError:
            raise InvalidManifestError(
                f"`{self.display}` is no address of the web",
                hint="Write `https://host/dir`, or `https:$NAME` for a variable that holds the URL",
                source=self.display,
            ) from None

    def _list(self, ref: str | None, revision: Revision | None, filters: Sequence[PathFilter]) -> Listing:
        stated = stated_files(filters, self.display)
        seen = self._look_at(stated)
        files = {path: self._listed(path, file, seen[path]) for path, file in stated.items()}
        return Listing(
            source=self.ref,
            ref=ref,
            revision=revision,
            files=tuple(files.values()),
            weight_maps={
                path: self._weight_map(path, self._index(file)) for path, file in files.items() if is_index(path.name)
            },
        )

    def _look_at(self, stated: Mapping[RelativePath, StatedFile]) -> dict[RelativePath, _Seen]:
        """Return what the server says of each file."""

        def call(path: RelativePath) -> _Seen:
            return patiently(lambda: self._look(path), self.display, self._access.events, self._access.patience)

        calls = {path: (lambda path=path: call(path)) for path, file in stated.items() if file.size != 0}
        seen = {path: _Seen(size=0) for path in stated}
        for path, found in in_parallel(calls, _WIDTH):
            if isinstance(found, Exception):
                raise found
            seen[path] = found
        return seen

    def _look(self, path: RelativePath) -> _Seen:
        """Ask for the first byte. Never HEAD: a signed address is one of GET alone."""
        try:
            with self._bodies.body(path.text, f"`{path}`", Span(0, 1), None) as body:
                # An ETag is often made of size and time alone: where that is too young, it may tell nothing.
                telling = (body.validator or body.modified) and not body.young
                told = "\n".join([self._addresses.place(path.text), body.validator or "", body.modified or ""])
                change = told if telling else None
                return _Seen(size=body.size, told=told, change=change, validator=body.validator)
        except BadAnswerError as error:
            if error.facts.get("size") == 0:
                return _Seen(size=0)
            raise

    def _listed(self, path: RelativePath, file: StatedFile, seen: _Seen) -> ListedFile:
        size = seen.size if file.size is None else file.size
        if size is None:
            raise self._unusable(path, "has a size that nobody states", "Write its `size` into `models.toml`")
        if seen.size not in {None, size}:
            what = f"has {seen.size} bytes, and `models.toml` states {size}"
            raise self._unusable(path, what, "Correct `models.toml`, or the file at the server")
        digest = file.digest or find_digest(self.ref, self._payload(path, size, seen), self._access.payloads)
        return ListedFile(path=path, size=size, digest=digest)

    def _payload(self, path: RelativePath, size: int, seen: _Seen) -> Payload:
        return Payload(
            path=path,
            size=size,
            change=seen.change,
            body=lambda span: self.body(SourceFile(path, _NO_REVISION), span, seen.validator),
            # By what is told, also where that cannot be relied upon: a file does not stay young while it is read.
            same=None if seen.validator else (lambda: self._look(path).told == seen.told),
            host=self.host,
            abort=self.abort,
        )

    def _index(self, file: ListedFile) -> bytes:
        """Return the proven bytes of an index, from the store where they are there."""
        proven = self._access.proven
        known = proven.recall("", file.digest) if proven else None
        if known is not None and Digest.of(known) == file.digest:
            return known
        if file.size > MAX_INDEX_BYTES:
            what = f"has {format_bytes(file.size)}, too much to be read while locking"
            raise self._unusable(file.path, what, "Leave it out of `files`")

        def attempt() -> bytes:
            return b"".join(self.open(SourceFile(file.path, _NO_REVISION), 0, file.size))

        data = patiently(attempt, self.display, self._access.events, self._access.patience)
        if Digest.of(data) != file.digest:
            raise ChecksumFailError(
                f"`{file.path}` in `{self.display}` has other bytes than the stated ones",
                hint="Correct its `sha256` in `models.toml`, or the file at the server",
                source=self.display,
                path=file.path.text,
                expected=str(file.digest),
                found=str(Digest.of(data)),
            )
        if proven:
            proven.keep(git_blob_id(data), data)
        return data

    def _body(self, file: SourceFile, span: Span, validator: str | None) -> Body:
        return self._bodies.body(file.path.text, f"`{file.path}`", span, validator)

    def _unusable(self, path: RelativePath, what: str, hint: str) -> InvalidListingError:
        return InvalidListingError(
            f"`{path}` in `{self.display}` {what}", hint=hint, source=self.display, path=path.text
        )

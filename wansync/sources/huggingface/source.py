"""The `hf:` source: one request for the revision, one for each page of its tree, one for each small file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from wansync.digest import Digest, Revision, is_commit
from wansync.errors import InvalidListingError, InvalidManifestError
from wansync.events import SourceRenamed
from wansync.formats.index import is_index
from wansync.listing import MAX_FILES, ListedFile, Listing, Upstream
from wansync.paths import RelativePath, collision
from wansync.sources.http.bodies import HttpBodies
from wansync.sources.huggingface.answers import AnswerError, RepositoryInfo, TreeFile, parse_commits, parse_tree
from wansync.sources.huggingface.client import HubClient
from wansync.sources.huggingface.small import SmallFiles
from wansync.sources.over_http import HttpSource
from wansync.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from wansync.listing import SourceFile
    from wansync.manifest import SourceRef
    from wansync.paths import PathFilter
    from wansync.sources.access import Access
    from wansync.sources.body import Body, Located, Span

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)
_NEVER = {".gitattributes"}
"""What the Hub's storage leaves in every repository; nobody means it to be part of a model."""
_DEFAULT_REF = "main"
_MAX_COMMITS = 1000
_MAX_PAGES = 2000
"""Pages of directories alone, which count as no files, could go on for ever."""
_T = TypeVar("_T")


class HubSource(HttpSource):
    """A repository of the Hub.

    One instance answers for one run: what it was told about a revision it does not ask again.

    Raises:
        InvalidManifestError: the location is no repository name.
    """

    def __init__(self, ref: SourceRef, access: Access) -> None:
        super().__init__(ref)
        if not _NAME.fullmatch(ref.location):
            raise InvalidManifestError(
                f"`{self.display}` is no repository of the Hub",
                hint="Write `hf:owner/name` and nothing behind it; a revision goes into `revision` (`add`: `@REF`), a "
                "directory into `subfolder`",
                source=self.display,
            )
        self._client = HubClient(self.display, ref.location, access)
        self._bodies = HttpBodies(self._client, access.network)
        self._events = access.events
        self._small = SmallFiles(access.proven)
        self._infos: dict[str | None, RepositoryInfo] = {}
        self._trees: dict[Revision, tuple[TreeFile, ...]] = {}

    @property
    def host(self) -> str:
        """The Hub's host: where it redirects to is its own business."""
        return self._client.host

    def located(self, file: SourceFile) -> Located:
        """Return the address of a file after all redirects; raises as `body`."""
        self._client.check_online()
        return self._bodies.located(self._file_url(file.path, file.revision), f"`{file.path}`")

    def _resolve(self, ref: str | None) -> Revision:
        return self._info(ref).revision

    def _upstream(self, ref: str | None) -> Upstream:
        info = self._info(ref)
        return Upstream(revision=info.revision, license=info.license, gated=info.gated, name=info.name)

    def _contains(self, revision: Revision, ref: str | None) -> bool | None:
        seen = 0
        for ids in self._pages(self._api("commits", ref or _DEFAULT_REF), "its history", parse_commits):
            if str(revision) in ids:
                return True
            seen += len(ids)
            if seen >= _MAX_COMMITS:
                return None
        return False

    def _list(self, ref: str | None, revision: Revision | None, filters: Sequence[PathFilter]) -> Listing:
        info = self._info(ref)
        files = self._taken(self._tree(revision or info.revision), filters)
        needed = [path for path, file in files.items() if file.digest is None or is_index(path.name)]
        bodies = self._small.fetch(
            {path: files[path] for path in needed}, lambda path: self._whole(path, info.revision)
        )
        return Listing(
            source=self.ref,
            ref=ref,
            revision=info.revision,
            files=tuple(
                ListedFile(path=path, size=file.size, digest=file.digest or Digest.of(bodies[path]))
                for path, file in files.items()
            ),
            weight_maps={path: self._weight_map(path, bodies[path]) for path in files if is_index(path.name)},
            license=info.license,
        )

    def _body(self, file: SourceFile, span: Span, validator: str | None) -> Body:
        self._client.check_online()
        return self._bodies.body(self._file_url(file.path, file.revision), f"`{file.path}`", span, validator)

    def _info(self, ref: str | None) -> RepositoryInfo:
        if ref not in self._infos:
            asked = ref or _DEFAULT_REF
            page = self._client.json(self._api("revision", asked), f"revision `{printable(asked)}`")
            info = self._checked(RepositoryInfo.parse, page.value)
            if ref is not None and is_commit(ref) and ref != str(info.revision):
                raise self._client.refuse(f"answered with commit {info.revision} when asked for {ref}")
            if info.name.casefold() != self.ref.location.casefold() and not self._infos:
                self._events.emit(SourceRenamed(source=self.display, name=printable(info.name)))
            self._infos[ref] = info
        return self._infos[ref]

    def _tree(self, revision: Revision) -> tuple[TreeFile, ...]:
        if revision not in self._trees:
            url = self._api("tree", str(revision)) + "?recursive=true&expand=false"
            files: list[TreeFile] = []
            for page in self._pages(url, "its files", parse_tree):
                files += page
                if len(files) > MAX_FILES:
                    raise self._client.refuse(f"has more than {MAX_FILES} files")
            self._trees[revision] = tuple(files)
        return self._trees[revision]

    def _pages(self, first: str, what: str, parse: Callable[[Any], list[_T]]) -> Iterator[list[_T]]:
        """Yield the pages of a list."""
        url: str | None = first
        seen: set[str] = set()
        while url:
            seen.add(url)
            page = self._client.json(url, what)
            yield self._checked(parse, page.value)
            if page.next and (page.next in seen or not page.value or len(seen) >= _MAX_PAGES):
                raise self._client.refuse("gives pages that do not end")
            url = page.next

    def _taken(self, tree: Iterable[TreeFile], filters: Sequence[PathFilter]) -> dict[RelativePath, TreeFile]:
        # Judged as text first: a name that no component takes may be as odd as it likes.
        wanted = [file for file in tree if file.path not in _NEVER and any(f.takes(file.path) for f in filters)]
        files = {RelativePath(file.path): file for file in sorted(wanted, key=lambda file: file.path)}
        if clash := collision(files):
            raise InvalidListingError(
                f"`{clash[0]}` and `{clash[1]}` in `{self.display}` cannot exist side by side on every system",
                hint="Leave one of them out with `exclude`",
                source=self.display,
            )
        return files

    def _whole(self, path: RelativePath, revision: Revision) -> Callable[[int], bytes]:
        url = self._file_url(path, revision)
        return lambda size: self._client.body(url, f"`{path}`", size)

    def _api(self, kind: str, ref: str) -> str:
        # A path with `.` or `..` in it would be another path: HTTP clients resolve them.
        if ref in {"", ".", ".."} or not ref.isprintable():
            raise InvalidManifestError(
                f"`{printable(ref)}` is no ref",
                hint="Name a branch, a tag or a commit of the repository",
                source=self.display,
            )
        return f"{self._client.endpoint}/api/models/{self.ref.location}/{kind}/{quote(ref, safe='')}"

    def _file_url(self, path: RelativePath, revision: Revision) -> str:
        return f"{self._client.endpoint}/{self.ref.location}/resolve/{revision}/{quote(path.text)}"

    def _checked(self, parse: Callable[[Any], _T], value: Any) -> _T:  # noqa: ANN401 (whatever JSON can say)
        try:
            return parse(value)
        except AnswerError as error:
            raise self._client.refuse(f"gave an answer that is none: {error}") from error

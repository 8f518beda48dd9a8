"""Sources in memory: edited like objects, with calls counted and faults on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.digest import Digest, Revision, is_commit
from wansync.errors import NotFoundError
from wansync.formats.index import is_index, parse_weight_map
from wansync.listing import ListedFile, Listing, Upstream
from wansync.manifest import Scheme, SourceRef
from wansync.paths import RelativePath
from wansync.sources import Source, registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pytest

    from wansync.listing import SourceFile
    from wansync.paths import PathFilter

_CHUNK = 1000


class MemorySource(Source):
    """A repository in memory.

    `refs` maps a ref to a revision, `commits` a revision to its files, and `histories` a ref to its revisions; without
    refs the source has no revisions of its own, as `file:`. `license`, `gated` and `called` are what it says of itself.
    `asked` holds the refs that were asked for, `opened` the bytes served of each path. `fault` is called before each
    chunk and may raise; `lie` may change a chunk.
    """

    def __init__(self, name: str = "hf:test/repository", files: dict[str, bytes] | None = None) -> None:
        super().__init__(SourceRef.parse(name))
        self.files: dict[str, bytes] = files or {}
        self.refs: dict[str | None, Revision] = {}
        self.commits: dict[Revision, dict[str, bytes]] = {}
        self.histories: dict[str | None, list[Revision]] = {}
        self.license: str | None = None
        self.gated = False
        self.called: str | None = None
        self.asked: list[str | None] = []
        self.listed = 0
        self.opened: dict[str, int] = {}
        self.fault: Callable[[str, int], None] = lambda path, offset: None
        self.lie: Callable[[str, bytes], bytes] = lambda path, chunk: chunk

    def commit(self, revision: Revision, *refs: str | None) -> None:
        """Keep the files as they are under a revision, and let the refs name it."""
        self.commits[revision] = dict(self.files)
        self.refs.update(dict.fromkeys(refs, revision))
        for ref in refs:
            self.histories.setdefault(ref, []).append(revision)

    def force_push(self, revision: Revision, *refs: str | None) -> None:
        """Do as `commit`, with a revision that descends from none before it."""
        self.histories = {ref: ids for ref, ids in self.histories.items() if ref not in refs}
        self.commit(revision, *refs)

    @property
    def served(self) -> int:
        """The bytes served in all."""
        return sum(self.opened.values())

    def _resolve(self, ref: str | None) -> Revision | None:
        if not self.refs:
            return None
        if ref is not None and is_commit(ref) and Revision(ref) in self.commits:
            return Revision(ref)
        if ref not in self.refs:
            raise NotFoundError(f"`{self.display}` has no ref `{ref}`", hint="Check `revision`")
        return self.refs[ref]

    def _upstream(self, ref: str | None) -> Upstream:
        self.asked.append(ref)
        return Upstream(revision=self._resolve(ref), license=self.license, gated=self.gated, name=self.called)

    def _contains(self, revision: Revision, ref: str | None) -> bool | None:
        return revision in self.histories.get(ref, [])

    def _list(self, ref: str | None, revision: Revision | None, filters: Sequence[PathFilter]) -> Listing:
        self.listed += 1
        files = self._at(revision)
        paths = sorted(RelativePath(name) for name in files)
        taken = [path for path in paths if any(f.strip(path) for f in filters)]
        return Listing(
            source=self.ref,
            ref=ref,
            revision=revision,
            files=tuple(ListedFile(path=p, size=len(files[str(p)]), digest=Digest.of(files[str(p)])) for p in taken),
            weight_maps={p: parse_weight_map(files[str(p)]) for p in taken if is_index(p.name)},
        )

    def _open(self, file: SourceFile, offset: int, length: int) -> Iterator[bytes]:
        path = str(file.path)
        data = self._at(file.revision).get(path)
        if data is None:
            raise FileNotFoundError(2, "No such file", path)
        for start in range(offset, min(offset + length, len(data)), _CHUNK):
            self.fault(path, start)
            chunk = self.lie(path, data[start : min(start + _CHUNK, offset + length)])
            self.opened[path] = self.opened.get(path, 0) + len(chunk)
            yield chunk

    def _at(self, revision: Revision | None) -> dict[str, bytes]:
        return self.commits.get(revision, self.files) if revision else self.files


def reach_directories_alone(patch: pytest.MonkeyPatch) -> None:
    """Let the program be one that knows `file:` sources and no others."""
    patch.setattr(registry, "_SOURCES", {Scheme.FILE: registry._SOURCES[Scheme.FILE]})

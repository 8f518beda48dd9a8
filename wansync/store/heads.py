"""The first bytes of blobs: do the files of a view make sense together? The verdict itself is `formats.structure`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import InvalidWeightsError
from wansync.formats.magic import HEAD_BYTES
from wansync.formats.structure import bytes_needed, examine, find_defects
from wansync.inventory import BlobState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from wansync.digest import Digest
    from wansync.formats.structure import Content, Defect
    from wansync.lockfile import ViewFile
    from wansync.store.store import Store


class Heads:
    """The heads of blobs, each read once.

    Args:
        local: digests that come from directories of this machine -> the source: its owner is who reads the hint.
    """

    def __init__(self, store: Store, local: Mapping[Digest, str] | None = None) -> None:
        self._store = store
        self._local = local or {}
        self._known: dict[tuple[Digest, str], Content] = {}

    def find_broken(
        self, view: str, files: Sequence[ViewFile], pickles: Collection[Digest]
    ) -> tuple[ViewFile, InvalidWeightsError] | None:
        """Return a file of a view that cannot be used although it has the locked bytes, and the error.

        A blob that has other bytes by now is no finding: the link stage, which verifies them, has the error for that.

        Args:
            view: its name.
            files: all of its files; their blobs are present.
            pickles: digests of files that may run code when they are loaded.

        Raises:
            OSError: a blob that is intact cannot be read.
        """
        try:
            defects = self.defects(files, pickles)
        except OSError:
            if self._are_intact(files):
                raise
            return None
        if not defects or not self._are_intact(files):
            return None
        broken = next(file for file in files if file.path == defects[0].path)
        return broken, _error(view, broken, defects, self._local.get(broken.digest))

    def defects(self, files: Sequence[ViewFile], pickles: Collection[Digest]) -> Sequence[Defect]:
        """Return what makes no sense about the files of a view, as they are now; writes nothing, and hashes nothing.

        Args:
            files: all of its files; their blobs are present.
            pickles: digests of files that may run code when they are loaded.

        Raises:
            OSError: a blob cannot be read.
        """
        contents = {file.path: self._content(file) for file in files}
        return find_defects(contents, {file.path for file in files if file.digest in pickles})

    def _content(self, file: ViewFile) -> Content:
        key = (file.digest, file.path.name)
        if key not in self._known:
            self._known[key] = self._examine(file)
        return self._known[key]

    def _examine(self, file: ViewFile) -> Content:
        fs, name = self._store.fs, file.path.name
        descriptor = fs.open_existing(self._store.layout.blob(file.digest))
        try:
            size = fs.descriptor_fingerprint(descriptor).size
            head = self._read(descriptor, HEAD_BYTES)
            head += self._read(descriptor, bytes_needed(name, head, size) - len(head))
        finally:
            fs.close(descriptor)
        return examine(name, head, size)

    def _read(self, descriptor: int, count: int) -> bytes:
        """Return the next `count` bytes, fewer only at the end."""
        parts: list[bytes] = []
        while count > 0 and (chunk := self._store.fs.read(descriptor, count)):
            parts.append(chunk)
            count -= len(chunk)
        return b"".join(parts)

    def _are_intact(self, files: Sequence[ViewFile]) -> bool:
        return all(self._is_intact(file) for file in files)

    def _is_intact(self, file: ViewFile) -> bool:
        """Return whether a blob has the locked bytes now; hashes it where stat and attest cannot tell."""
        blobs = self._store.blobs
        with self._store.locks.blob(file.digest):
            if blobs.state(file.digest, file.size) is BlobState.INTACT:
                return True
            return blobs.verify(file.digest, file.size, lambda _: None) is BlobState.INTACT


def _error(view: str, file: ViewFile, defects: Sequence[Defect], source: str | None) -> InvalidWeightsError:
    hint = "Its bytes are the locked ones, so the source itself is broken: pin another revision, or tell its owner"
    if source:
        hint = f"Put a good file in its place in `{source}`, run `wansync lock`, then the same command again"
    if defects[0].pickle:
        other = "Put safetensors in its place and run `wansync lock`" if source else "Pin another revision"
        hint = f'{other}, or opt in with `pickle = "allow"` in its component if you trust its owner'
    return InvalidWeightsError(
        f"`{file.path}` of `{view}` cannot be used: {defects[0].problem}",
        hint=hint,
        view=view,
        path=str(file.path),
        sha256=str(file.digest),
        files=[str(defect.path) for defect in defects],
    )

"""One store: its parts put together, its version, and the errors of its file system in the words of the project."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wansync.errors import NoSpaceError, StoreFailError
from wansync.inventory import ViewFolder
from wansync.store.adopt import Adoption
from wansync.store.answers import Answers
from wansync.store.attests import Attests
from wansync.store.blobs import Blobs
from wansync.store.folders import make_own, require_own
from wansync.store.fresh import FreshPairs
from wansync.store.fsops import FULL, FileSystem
from wansync.store.holders import Holders
from wansync.store.ingest import FollowPartial, Ingest
from wansync.store.intake import Intake
from wansync.store.last_errors import LastErrors
from wansync.store.layout import README_TEXT, VERSION, StoreLayout
from wansync.store.leases import Leases
from wansync.store.links import Links
from wansync.store.listed import ListedDigests
from wansync.store.locks import StoreLocks
from wansync.store.partials import claimable
from wansync.store.payloads import FoundDigests
from wansync.store.pins import Pins
from wansync.store.processes import host_name
from wansync.store.proven import ProvenFiles
from wansync.store.rate import MeasuredRate
from wansync.store.records import write_file
from wansync.store.roots import Roots
from wansync.store.runs import Runs
from wansync.store.scan import dead_temporaries, scan_contents
from wansync.store.segmented import SegmentedIngest
from wansync.store.systems import long_path
from wansync.store.trash import Trash, remove_tree
from wansync.store.unnamed import UnnamedIngest, UnnamedSegmentedIngest
from wansync.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from wansync.digest import Digest
    from wansync.events import EventStream
    from wansync.inventory import FoundFile
    from wansync.settings import LinkMode
    from wansync.store.attests import Attest
    from wansync.store.fingerprint import Fingerprint

_ONE_BLOCK = 4096
_CHECK_THE_DISK = "Check the owner, the permissions and the health of that disk, or choose another with MODELS_ROOT"
_HINTS = {
    errno.ELOOP: "Remove the link; to put the whole store elsewhere use MODELS_ROOT",
    errno.EROFS: "Mount that file system writable, or choose another store with MODELS_ROOT",
    errno.EMFILE: "Raise the limit of open files of this process (`ulimit -n`), then run the same command again",
    errno.EFBIG: "Raise the limit of the size of files (`ulimit -f`), or choose another file system with MODELS_ROOT",
    errno.ENFILE: "End programs that hold many files open, then run the same command again",
}
"""What helps where the disk is not to blame, or not its health."""


class Store:
    """The store below one directory.

    Args:
        root: `MODELS_ROOT`, absolute; made by `prepare`.
        clock: returns seconds since the epoch.
        events: told about waiting.
        lock_timeout: seconds to wait for another process.
        fs: the file system; a test hands in its own.
    """

    def __init__(
        self,
        root: Path,
        *,
        clock: Callable[[], float],
        events: EventStream,
        lock_timeout: float,
        fs: FileSystem | None = None,
    ) -> None:
        self._clock = clock
        self.fs = fs or FileSystem()
        self.layout = StoreLayout(long_path(root))
        self.trash = Trash(self.fs, self.layout)
        self.attests = Attests(self.fs, self.layout, clock)
        self.blobs = Blobs(self.fs, self.layout, self.attests, self.trash)
        self.links = Links(self.fs, self.layout)
        self.roots = Roots(self.fs, self.layout, clock)
        self.pins = Pins(self.fs, self.layout, clock)
        self.leases = Leases(self.fs, self.layout)
        self.runs = Runs(self.fs, self.layout)
        self.last_errors = LastErrors(self.fs, self.layout, clock)
        self.fresh = FreshPairs(self.fs, self.layout)
        self.answers = Answers(self.fs, self.layout)
        self.rate = MeasuredRate(self.fs, self.layout)
        holders = Holders(self.fs, self.layout, self.runs, _this_process(events.run))
        self.locks = StoreLocks(self.fs, self.layout, timeout=lock_timeout, holders=holders, events=events)

    def ingest(self, digest: Digest, size: int, follow: FollowPartial | None = None) -> Ingest:
        """Return an attempt to make a blob present; the caller holds the digest's lock.

        Args:
            digest: which blob.
            size: what it has, in bytes.
            follow: told the size of a partial that is hashed again; returns what is told every count of bytes.
        """
        return Ingest(self.fs, self.layout, self.blobs, digest, size, follow)

    def segmented_ingest(self, digest: Digest, size: int) -> SegmentedIngest:
        """Return an attempt to make a blob present from bytes in any order; the caller holds the digest's lock."""
        return SegmentedIngest(self.fs, self.layout, self.blobs, digest, size, self.attests.prefixes(digest))

    def unnamed_ingest(self, key: Digest, size: int, follow: FollowPartial | None = None) -> UnnamedIngest:
        """Return an attempt to make an object of unknown digest a blob; the caller holds the lock of its key."""
        return UnnamedIngest(self.fs, self.layout, self.blobs, key, size, follow)

    def unnamed_segmented_ingest(self, key: Digest, size: int) -> UnnamedSegmentedIngest:
        """Return the same from bytes in any order."""
        return UnnamedSegmentedIngest(self.fs, self.layout, self.blobs, key, size)

    def adoption(self, digest: Digest, size: int, source: Path) -> Adoption:
        """Return an attempt to make a blob present from a file on disk; the caller holds the digest's lock."""
        return Adoption(self, digest, size, source)

    @contextlib.contextmanager
    def holding(self, digest: Digest) -> Iterator[None]:
        """Hold a digest's lock, and keep its attest true over what is done to the names of its blob's inode.

        The link count is part of an inode: a new, moved or removed hard link changes ctime as a write does.
        """
        with self.locks.blob(digest):
            attest, before = self._attest(digest)
            yield
            now, after = self._attest(digest)
            # A verification inside of the block has made a newer attest: that one counts.
            trusted = now if now != attest else attest if attest and attest.fingerprint == before else None
            if trusted and after and trusted.fingerprint.same_bytes(after) and trusted.fingerprint != after:
                self.attests.restamp(digest, trusted, after)

    def _attest(self, digest: Digest) -> tuple[Attest | None, Fingerprint | None]:
        return self.attests.read(digest), self.fs.fingerprint(self.layout.blob(digest))

    def listed_digests(self) -> ListedDigests:
        """Return the digests of local source files that earlier runs hashed."""
        return ListedDigests(self.fs, self.layout, self._clock)

    def proven_files(self) -> ProvenFiles:
        """Return the small files that earlier runs fetched while locking."""
        return ProvenFiles(self)

    def intake(self, file: FoundFile, possible: Collection[Digest], ways: Sequence[LinkMode], *, move: bool) -> Intake:
        """Return an attempt to make the one of several blobs present that a file on disk is; see `Intake`."""
        return Intake(self, file, possible, ways, move=move)

    def device(self) -> int | None:
        """Return the number of the file system that the store is or would be on."""
        found = (self.fs.fingerprint(path, follow=True) for path in (self.layout.root, *self.layout.root.parents))
        return next((fingerprint.dev for fingerprint in found if fingerprint), None)

    def found_digests(self) -> FoundDigests:
        """Return the digests that earlier runs found by reading objects whose source states none."""
        return FoundDigests(self.fs, self.layout)

    def usage(self) -> tuple[int, int]:
        """Return (capacity, free) in bytes of the store's file system."""
        return self.fs.usage(self.layout.root)

    def size(self) -> int:
        """Return the bytes of all blobs and partials."""
        return scan_contents(self.fs, self.layout).size

    def check_version(self) -> bool:
        """Return whether the store says that it has this layout; `False` when it says nothing yet.

        Raises:
            StoreFailError: it has another layout.
        """
        data = self.fs.read_bytes(self.layout.version, 32)
        if data is None:
            return False
        text = data.decode("ascii", "replace").strip()
        if text in {"", str(VERSION)}:
            return bool(text)
        newer = text.isdigit() and int(text) > VERSION
        raise StoreFailError(
            f"The store at `{self.layout.root}` has layout version {printable(text)}; this wansync knows {VERSION}",
            hint="Upgrade wansync" if newer else "Choose another directory with MODELS_ROOT",
            root=str(self.layout.root),
            found=text,
        )

    def prepare(self) -> None:
        """Make the store's directories, and say whose they are.

        Raises:
            StoreFailError: the store has a newer layout.
            OSError: ELOOP: one of them is a link.
        """
        known = self.check_version()
        layout = self.layout
        for folder in (layout.blobs, layout.tmp, layout.trash, layout.state, layout.locks, layout.models):
            make_own(self.fs, layout, folder)
        for shelf in ViewFolder:
            require_own(self.fs, layout, layout.root / shelf)
        if not self.fs.is_file(self.layout.readme):
            write_file(self.fs, self.layout, self.layout.readme, README_TEXT.encode())
        if not known:
            write_file(self.fs, self.layout, self.layout.version, f"{VERSION}\n".encode())

    def drop_partials(self, digest: Digest) -> None:
        """Remove the partials of a digest that nobody writes any more."""
        for partial in claimable(self.fs, self.layout, digest):
            remove_tree(self.fs, self.layout.partial(digest, partial.writer))

    def remove_empty_folders(self) -> None:
        """Remove the folders of models that have no view any more, also those that a gc that was cut short has left."""
        models = self.layout.root / ViewFolder.MODELS
        for name in self.fs.list_directory(models):
            if self.fs.is_directory(models / name) and not self.fs.list_directory(models / name):
                # In a shared store it may be another user's.
                with contextlib.suppress(PermissionError):
                    self.fs.remove_directory(models / name)

    def forget_gone_blobs(self) -> None:
        """Remove the attests of blobs that are gone.

        One whose blob comes back meanwhile may go with them: that blob is hashed once more.
        """
        for digest in list(self.attests.orphans()):
            # In a shared store it may be another user's.
            with contextlib.suppress(PermissionError):
                self.attests.forget(digest)

    def is_swept(self) -> bool:
        """Return whether no dead run has left anything in `.tmp`, `.trash`, the run records or the leases."""
        left = next(dead_temporaries(self.fs, self.layout), None)
        return left is None and not (self.trash.contents() or self.runs.dead() or self.leases.dead())

    def sweep(self) -> None:
        """Remove what dead runs left in `.tmp`, `.trash`, the run records and the leases."""
        for path in list(dead_temporaries(self.fs, self.layout)):
            with contextlib.suppress(PermissionError):
                remove_tree(self.fs, path)
        self.trash.empty()
        self.runs.sweep()
        self.leases.sweep()

    @contextlib.contextmanager
    def guard(
        self, needed: Callable[[], int] = lambda: _ONE_BLOCK, reclaimable: Callable[[], int] = lambda: 0
    ) -> Iterator[None]:
        """Turn the file-system errors of the block into errors with a code.

        Args:
            needed: asked for the bytes still to be written, only when space is out.
            reclaimable: asked for the bytes that garbage collection would free, only then.

        Raises:
            NoSpaceError: the disk or a quota is full.
            StoreFailError: anything else that the file system refuses.
        """
        try:
            yield
        except OSError as error:
            if error.errno in FULL:
                free = self.usage()[1]
                raise NoSpaceError(needed=needed(), free=free, reserve=0, reclaimable=reclaimable()) from error
            raise StoreFailError(
                f"The store at `{self.layout.root}` cannot be used: {error.strerror or type(error).__name__}",
                hint=_HINTS.get(error.errno or 0, _CHECK_THE_DISK),
                root=str(self.layout.root),
                path=str(error.filename) if error.filename else None,
            ) from error


def _this_process(run: str) -> dict[str, object]:
    return {"pid": os.getpid(), "host": host_name(), "command": Path(sys.argv[0]).name, "run": run}

"""Link modes: how a view's file shares its bytes with a blob. One function each, and a probe that really links."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from wansync.documents import DocumentError
from wansync.errors import StoreFailError
from wansync.settings import LinkMode
from wansync.store.folders import make_own
from wansync.store.layout import PROBE
from wansync.store.processes import writer_name
from wansync.store.records import read_record, write_record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout

LINKS: Mapping[LinkMode, Callable[[FileSystem, Path, Path, Path], None]] = {
    LinkMode.REFLINK: lambda fs, blob, target, _: fs.clone(blob, target),
    LinkMode.HARDLINK: lambda fs, blob, target, _: fs.hard_link(blob, target),
    LinkMode.SYMLINK: lambda fs, blob, target, place: fs.symbolic_link(blob, target, place),
    LinkMode.COPY: lambda fs, blob, target, _: fs.copy(blob, target),
}
"""Each makes `target` from a blob, to be moved to `place`. The order is the fallback chain."""

SHARES_INODE = {LinkMode.HARDLINK, LinkMode.SYMLINK}
"""In these modes a view's file leads to the blob's own inode, so nothing else needs to be remembered of it."""


class Links:
    """The links of a store."""

    def __init__(self, fs: FileSystem, layout: StoreLayout) -> None:
        self._fs = fs
        self._layout = layout

    @property
    def _record(self) -> Path:
        return self._layout.state / "links.json"

    def known_mode(self) -> LinkMode | None:
        """Return the mode that the last probe chose, or `None` before the first."""
        table = read_record(self._fs, self._record)
        try:
            return table.choice("mode", LinkMode) if table else None
        except DocumentError:
            return None

    def choose(self, asked: LinkMode | None) -> LinkMode:
        """Return the mode to link with; tries it for real at first use.

        Raises:
            StoreFailError: the mode that was asked for by name does not work here, or none does.
        """
        if asked is not None:
            if failure := self._try(asked):
                raise _unusable(asked, failure)
            return asked
        known = self.known_mode()
        if known is not None and self._try(known) is None:
            return known
        return self._probe()

    def make(self, mode: LinkMode, blob: Path, target: Path, place: Path) -> LinkMode:
        """Link `target` to a blob, to be moved to `place`, and return the mode really used.

        That is copy where a blob has too many hard links.
        """
        try:
            LINKS[mode](self._fs, blob, target, place)
        except OSError as error:
            if error.errno != errno.EMLINK:
                raise
            self._fs.copy(blob, target)
            return LinkMode.COPY
        return mode

    def try_all(self) -> dict[LinkMode, str | None]:
        """Return why each mode fails here, `None` where it works; keeps nothing of it. The folders must be there."""
        return {mode: self._try(mode) for mode in LINKS}

    def _probe(self) -> LinkMode:
        failures: dict[str, str] = {}
        for mode in LINKS:
            failure = self._try(mode)
            if failure is None:
                write_record(self._fs, self._layout, self._record, {"mode": mode, "failures": failures})
                return mode
            failures[mode] = failure
        raise _unusable(LinkMode.COPY, failures[LinkMode.COPY])

    def _try(self, mode: LinkMode) -> str | None:
        """Link a file between the directories that matter; return why it failed, or `None`."""
        name = f"{PROBE}.{writer_name()}"
        source, target = self._layout.blobs / f"{name}.record", self._layout.tmp / f"{name}.record"
        for folder in (source.parent, target.parent):
            make_own(self._fs, self._layout, folder)
        try:
            self._fs.close(self._fs.create(source))
            LINKS[mode](self._fs, source, target, target)
            if self._fs.fingerprint(target, follow=True) is None:
                return "the link leads nowhere"
        except (OSError, NotImplementedError) as error:
            return getattr(error, "strerror", None) or str(error)
        finally:
            self._fs.remove(target)
            self._fs.remove(source)
        return None


def _unusable(mode: LinkMode, failure: str) -> StoreFailError:
    return StoreFailError(
        f"Link mode `{mode}` does not work in this store: {failure}",
        hint="Use `--link-mode auto`, or put the store on another file system with MODELS_ROOT",
        link_mode=str(mode),
        cause=failure,
    )

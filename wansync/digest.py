"""The identities of content: digests, tree digests and revisions. No IO."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Self

from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEX64 = re.compile(r"[0-9a-f]{64}")
_HEX40 = re.compile(r"[0-9a-f]{40}")
_PREFIX = "sha256:"


@value_type(kw_only=False, order=True)
class Digest:
    """The SHA-256 of some bytes as 64 lower-case hexadecimal digits.

    Raises:
        ValueError: `hex` is anything else; so a digest is always safe as a file name.
    """

    hex: str

    def __post_init__(self) -> None:
        # fullmatch: re.match with `$` would accept a trailing newline.
        if not _HEX64.fullmatch(self.hex):
            raise ValueError("expected 64 lower-case hexadecimal digits")

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Return the digest of `data`."""
        return cls(hashlib.sha256(data).hexdigest())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the digest written as bare hex or as `sha256:<hex>`.

        Raises:
            ValueError: the text is neither.
        """
        return cls(text.removeprefix(_PREFIX))

    @property
    def short(self) -> str:
        """The first 16 digits, for directory names and people."""
        return self.hex[:16]

    @property
    def prefixed(self) -> str:
        """`sha256:<hex>`, the spelling of tree digests in the lock."""
        return _PREFIX + self.hex

    def __str__(self) -> str:
        return self.hex


def git_blob_id(data: bytes) -> str:
    """Return what git names a file by: SHA-1, which proves nothing to whoever fears an attack."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


@value_type(kw_only=False, order=True)
class Revision:
    """An immutable id of a source's content: a 40-hex commit, or a tree digest for `file:` and `s3:`.

    Raises:
        ValueError: `text` is neither; a movable ref such as `main` is never a revision.
    """

    text: str

    def __post_init__(self) -> None:
        commit = _HEX40.fullmatch(self.text)
        tree = self.text.startswith(_PREFIX) and _HEX64.fullmatch(self.text.removeprefix(_PREFIX))
        if not commit and not tree:
            raise ValueError("expected a 40-hex commit or `sha256:` and 64 hexadecimal digits")

    @classmethod
    def of_tree(cls, tree: Digest) -> Self:
        """Return the revision of content that is named by its own tree digest."""
        return cls(tree.prefixed)

    @property
    def short(self) -> str:
        """The first seven digits, for people."""
        return self.text.removeprefix(_PREFIX)[:7]

    def __str__(self) -> str:
        return self.text


def is_commit(text: str) -> bool:
    """Return whether a ref is a 40-hex commit, so that it names one revision for ever."""
    return bool(_HEX40.fullmatch(text))


def tree_digest(entries: Iterable[tuple[str, int, Digest]]) -> Digest:
    r"""Return the digest of a file set given as (POSIX path, size in bytes, digest).

    It is the SHA-256 of the lines `"<sha256>  <size>  <path>\n"`, sorted bytewise by path, so the order in
    which a source lists its files does not matter.
    """
    lines = sorted((path.encode(), f"{digest}  {size}  ".encode()) for path, size, digest in entries)
    return Digest.of(b"".join(prefix + path + b"\n" for path, prefix in lines))

"""The Hub's answers as values. What it says is checked as any other foreign text: types, digests, paths. No IO."""

from __future__ import annotations

import re
from typing import Any, Self, TypeGuard

from wansync.digest import Digest, Revision
from wansync.text import printable
from wansync.value_types import value_type

_OID = re.compile(r"[0-9a-f]{40}")
_LICENSE_TAG = "license:"
_MAX_NAME = 200
_SIZES = range(2**63)


class AnswerError(ValueError):
    """The Hub said something that it never says."""


@value_type
class RepositoryInfo:
    """A repository at the revision that was asked for; `name` is what it is called now."""

    name: str
    revision: Revision
    license: str | None
    gated: bool

    @classmethod
    def parse(cls, value: Any) -> Self:  # noqa: ANN401 (whatever JSON can say)
        """Return the answer of `/api/models/{repository}/revision/{ref}`.

        Raises:
            AnswerError: it is none.
        """
        name, sha = (value.get("id"), value.get("sha")) if isinstance(value, dict) else (None, None)
        if not _is_name(name) or not isinstance(sha, str) or not _OID.fullmatch(sha):
            raise AnswerError("no repository with a commit")
        return cls(name=name, revision=Revision(sha), license=_license(value), gated=bool(value.get("gated")))


@value_type
class TreeFile:
    """A file of a tree: `oid` is the SHA-1 of its git object; `digest` is there when it is stored by LFS."""

    path: str
    size: int
    oid: str
    digest: Digest | None


def parse_tree(value: Any) -> list[TreeFile]:  # noqa: ANN401 (whatever JSON can say)
    """Return the files of one page of `/api/models/{repository}/tree/{commit}`; directories are left out.

    `xetHash` is not read: it is no SHA-256, and the Hub redacts it at times.

    Raises:
        AnswerError: it is no such page.
    """
    return [_file(entry) for entry in _objects(value) if entry.get("type") == "file"]


def parse_commits(value: Any) -> list[str]:  # noqa: ANN401 (whatever JSON can say)
    """Return the ids of one page of `/api/models/{repository}/commits/{ref}`, newest first.

    Raises:
        AnswerError: it is no such page.
    """
    return [str(entry.get("id")) for entry in _objects(value)]


def _objects(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise AnswerError("no list of objects")
    return value


def _file(entry: dict[str, Any]) -> TreeFile:
    path, size, oid, lfs = (entry.get(key) for key in ("path", "size", "oid", "lfs"))
    if not isinstance(path, str) or type(size) is not int or size not in _SIZES:
        raise AnswerError("a file has no path or size")
    if not isinstance(oid, str) or not _OID.fullmatch(oid):
        raise AnswerError("a file has no git object id")
    return TreeFile(path=path, size=size, oid=oid, digest=None if lfs is None else _lfs_digest(lfs, size))


def _lfs_digest(lfs: Any, size: int) -> Digest:  # noqa: ANN401
    if not isinstance(lfs, dict) or lfs.get("size") != size or not isinstance(lfs.get("oid"), str):
        raise AnswerError("a file says two sizes, or has no LFS object id")
    try:
        return Digest.parse(lfs["oid"])
    except ValueError:
        raise AnswerError("an LFS object id is no SHA-256") from None


def _license(value: dict[str, Any]) -> str | None:
    """Return what the model card states, else the Hub's own tag; `None` where that is no name.

    Of several licences all apply: a list does not say that one may choose, and a policy must not be fooled by it.
    """
    card, tags = value.get("cardData"), value.get("tags")
    stated = card.get("license") if isinstance(card, dict) else None
    if stated is None and isinstance(tags, list):
        found = (tag for tag in tags if isinstance(tag, str) and tag.startswith(_LICENSE_TAG))
        stated = next((tag.removeprefix(_LICENSE_TAG) for tag in found), None)
    if not isinstance(stated, list):
        return stated if _is_name(stated) else None
    # An expression within a list is not taken apart: whoever reads the whole would have to know parentheses.
    if not all(_is_name(name) and " " not in name for name in stated):
        return None
    together = " AND ".join(sorted(set(stated)))
    return together if _is_name(together) else None


def _is_name(value: Any) -> TypeGuard[str]:  # noqa: ANN401
    """Return whether a value is text that a person can read and a lock can hold."""
    return isinstance(value, str) and 0 < len(value) <= _MAX_NAME and value == printable(value)

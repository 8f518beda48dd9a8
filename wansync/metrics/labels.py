"""Values of labels: short, harmless, and never more than a monitoring system can bear. No IO.

A label has a name of `LABELS` and no other. `command`, `code` come from closed sets; the others come from manifests,
locks and records, which anybody may have written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import ErrorCode
from wansync.redaction import redact
from wansync.text import mask_secrets, printable

if TYPE_CHECKING:
    from collections.abc import Collection

LABELS = ("model_id", "variant", "source", "command", "code")
COMMANDS = frozenset({"ensure", "fetch", "rollback", "sync", "verify", "adopt", "mirror push"})
"""Those that say in the store what they do."""
CODES = frozenset(map(str, ErrorCode))
OTHER = "other"
"""Stands for every value beyond those that a label may have."""
MOST_VALUES = 100
"""Different values of one label: more models and sources than a machine has, and few enough for any server."""
_LONGEST = 120


class Bounded:
    """The values of one label; the first ones have their names, and all others are `other`.

    Args:
        most: how many have their names.
        known: the only ones that may have, where they are a closed set.
    """

    def __init__(self, most: int = MOST_VALUES, known: Collection[str] | None = None) -> None:
        self._most = most
        self._known = known
        self._seen: set[str] = set()

    def __call__(self, text: str) -> str:
        """Return the value that stands for a text."""
        if self._known is not None:
            return text if text in self._known else OTHER
        value = printable(redact(mask_secrets(text)), limit=_LONGEST)
        if value not in self._seen and len(self._seen) >= self._most:
            return OTHER
        self._seen.add(value)
        return value


def source_label(source: str) -> str:
    """Return what of a source may be seen by all who look at metrics: no path and no address.

    The repository of `hf:`, the bucket of `s3:`, the host of `https:`, the name of a mirror, and of a directory nothing
    but that it is one.
    """
    scheme, colon, rest = source.partition(":")
    if not colon:
        return OTHER
    if scheme == "hf":
        return "/".join(source.split("/")[:2])
    first = rest.lstrip("/").partition("/")[0].rpartition("@")[2]
    names = {"file": "file", "s3": f"s3:{first}", "https": f"https:{first}", "mirror": f"mirror:{first}"}
    return names.get(scheme, OTHER)

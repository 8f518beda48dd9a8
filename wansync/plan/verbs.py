"""The words of a plan: what happens to components and files, why, and how a disk differs from what was applied.

No IO.
"""

from __future__ import annotations

from enum import StrEnum


class ComponentVerb(StrEnum):
    """What a sync does to a component."""

    ADD = "add"
    REPLACE = "replace"
    CHANGE = "change"
    REPAIR = "repair"
    REMOVE = "remove"
    KEEP = "keep"


class FileVerb(StrEnum):
    """What a sync does about the bytes of a file."""

    FETCH = "fetch"
    RESUME = "resume"
    ADOPT = "adopt"
    """The user's Hugging Face cache should have it: take it from there, and fetch it only if that is not so."""
    CHECK = "check"
    """The bytes are here but unverified: hash them, and fetch them only if they are wrong."""
    SHARED = "shared"
    """Another file of the plan brings them, of this component or of another one."""
    KEEP = "keep"


class Reason(StrEnum):
    """Why; programs must accept reasons that they do not know."""

    NEW = "new"
    LOCK_CHANGED = "lock_changed"
    MISSING = "missing"
    UNVERIFIED = "unverified"
    CORRUPT = "corrupt"
    LINKS = "links"
    LINK_MODE = "link_mode"
    NOT_IN_LOCK = "not_in_lock"


class Drift(StrEnum):
    """How a file differs from what was applied; programs must accept ways that they do not know."""

    MISSING = "missing"
    SIZE = "size"
    CHANGED = "changed"
    """It has the right size, and was found to have other bytes."""
    UNVERIFIED = "unverified"
    """Somebody touched it since it was verified, or no record says that it was; its bytes may be right."""
    LINK = "link"
    """The bytes are right, but the file of a view does not lead to them."""

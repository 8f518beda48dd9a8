"""The codes of errors, and the one table from a code to the exit status of the command line. No IO."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class ExitStatus(IntEnum):
    """What the process says to a shell. An unknown status is a failure."""

    OK = 0
    NEGATIVE = 1
    USAGE = 2
    PARTIAL = 3
    LOCK_STALE = 10
    SOURCE = 11
    AUTH = 12
    INTEGRITY = 13
    NO_SPACE = 14
    LOCK_TIMEOUT = 15
    POLICY = 16
    PLAN_STALE = 17
    OFFLINE = 18
    STORE = 19
    INTERNAL = 70
    INTERRUPTED = 130
    TERMINATED = 143


class ErrorCode(StrEnum):
    """The stable name of a failure; scripts and the JSON output rely on it."""

    AUTH_FAIL = "AUTH_FAIL"
    CHECKSUM_FAIL = "CHECKSUM_FAIL"
    DIGEST_UNKNOWN = "DIGEST_UNKNOWN"
    EXTRA_MISSING = "EXTRA_MISSING"
    GATED_REPO = "GATED_REPO"
    INTERNAL = "INTERNAL"
    INVALID_CONFIG = "INVALID_CONFIG"
    INTERRUPTED = "INTERRUPTED"
    INVALID_COMPONENTS = "INVALID_COMPONENTS"
    INVALID_INPUT = "INVALID_INPUT"
    INVALID_LISTING = "INVALID_LISTING"
    INVALID_LOCK = "INVALID_LOCK"
    INVALID_MANIFEST = "INVALID_MANIFEST"
    INVALID_PLAN = "INVALID_PLAN"
    INVALID_WEIGHTS = "INVALID_WEIGHTS"
    LOCK_CONFLICT = "LOCK_CONFLICT"
    LOCK_MISSING = "LOCK_MISSING"
    LOCK_STALE = "LOCK_STALE"
    LOCK_TIMEOUT = "LOCK_TIMEOUT"
    MANIFEST_MISSING = "MANIFEST_MISSING"
    NETWORK_FAIL = "NETWORK_FAIL"
    NOT_FOUND = "NOT_FOUND"
    NO_KEYRING = "NO_KEYRING"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    NO_SPACE = "NO_SPACE"
    NO_VRAM = "NO_VRAM"
    OFFLINE_MISSING = "OFFLINE_MISSING"
    PATH_UNSAFE = "PATH_UNSAFE"
    PLAN_STALE = "PLAN_STALE"
    POLICY_DENIED = "POLICY_DENIED"
    RATE_LIMITED = "RATE_LIMITED"
    SMOKE_FAIL = "SMOKE_FAIL"
    SMOKE_TIMEOUT = "SMOKE_TIMEOUT"
    SOURCE_FAIL = "SOURCE_FAIL"
    SOURCE_UNSUPPORTED = "SOURCE_UNSUPPORTED"
    STORE_FAIL = "STORE_FAIL"
    TERMINATED = "TERMINATED"
    UNKNOWN_MODEL = "UNKNOWN_MODEL"
    USAGE = "USAGE"


EXIT_STATUS: Mapping[ErrorCode, ExitStatus] = {
    ErrorCode.AUTH_FAIL: ExitStatus.AUTH,
    ErrorCode.CHECKSUM_FAIL: ExitStatus.INTEGRITY,
    ErrorCode.DIGEST_UNKNOWN: ExitStatus.USAGE,
    ErrorCode.EXTRA_MISSING: ExitStatus.USAGE,
    ErrorCode.GATED_REPO: ExitStatus.AUTH,
    ErrorCode.INTERNAL: ExitStatus.INTERNAL,
    ErrorCode.INVALID_CONFIG: ExitStatus.USAGE,
    ErrorCode.INTERRUPTED: ExitStatus.INTERRUPTED,
    ErrorCode.INVALID_COMPONENTS: ExitStatus.INTEGRITY,
    ErrorCode.INVALID_INPUT: ExitStatus.USAGE,
    ErrorCode.INVALID_LISTING: ExitStatus.USAGE,
    ErrorCode.INVALID_LOCK: ExitStatus.USAGE,
    ErrorCode.INVALID_MANIFEST: ExitStatus.USAGE,
    ErrorCode.INVALID_PLAN: ExitStatus.USAGE,
    ErrorCode.INVALID_WEIGHTS: ExitStatus.INTEGRITY,
    ErrorCode.LOCK_CONFLICT: ExitStatus.USAGE,
    ErrorCode.LOCK_MISSING: ExitStatus.USAGE,
    ErrorCode.LOCK_STALE: ExitStatus.LOCK_STALE,
    ErrorCode.LOCK_TIMEOUT: ExitStatus.LOCK_TIMEOUT,
    ErrorCode.MANIFEST_MISSING: ExitStatus.USAGE,
    ErrorCode.NETWORK_FAIL: ExitStatus.SOURCE,
    ErrorCode.NOT_FOUND: ExitStatus.SOURCE,
    ErrorCode.NO_KEYRING: ExitStatus.AUTH,
    ErrorCode.NOT_SUPPORTED: ExitStatus.USAGE,
    ErrorCode.NO_SPACE: ExitStatus.NO_SPACE,
    ErrorCode.NO_VRAM: ExitStatus.NO_SPACE,
    ErrorCode.OFFLINE_MISSING: ExitStatus.OFFLINE,
    ErrorCode.PATH_UNSAFE: ExitStatus.USAGE,
    ErrorCode.PLAN_STALE: ExitStatus.PLAN_STALE,
    ErrorCode.POLICY_DENIED: ExitStatus.POLICY,
    ErrorCode.RATE_LIMITED: ExitStatus.SOURCE,
    ErrorCode.SMOKE_FAIL: ExitStatus.NEGATIVE,
    ErrorCode.SMOKE_TIMEOUT: ExitStatus.NEGATIVE,
    ErrorCode.SOURCE_FAIL: ExitStatus.SOURCE,
    ErrorCode.SOURCE_UNSUPPORTED: ExitStatus.USAGE,
    ErrorCode.STORE_FAIL: ExitStatus.STORE,
    ErrorCode.TERMINATED: ExitStatus.TERMINATED,
    ErrorCode.UNKNOWN_MODEL: ExitStatus.USAGE,
    ErrorCode.USAGE: ExitStatus.USAGE,
}

EXIT_MEANING: Mapping[ExitStatus, str] = {
    ExitStatus.OK: "done, nothing to do, or a check said yes",
    ExitStatus.NEGATIVE: "a check said no, or a question was answered with no",
    ExitStatus.USAGE: "wrong usage; a manifest, lock or listing that is missing or cannot be used",
    ExitStatus.PARTIAL: "partly done: what failed is named, the rest is ready",
    ExitStatus.LOCK_STALE: "models.lock does not satisfy models.toml, and may not be changed",
    ExitStatus.SOURCE: "a source could not be reached, or does not have it",
    ExitStatus.AUTH: "a source refuses access: no token, or conditions to accept; no place to keep a token",
    ExitStatus.INTEGRITY: "wrong bytes: other than the locked ones, no usable weights, parts that do not fit",
    ExitStatus.NO_SPACE: "not enough disk space, or device memory",
    ExitStatus.LOCK_TIMEOUT: "another process held the store for too long",
    ExitStatus.POLICY: "a rule of the project or of its user forbids it",
    ExitStatus.PLAN_STALE: "a saved plan is stale: a sync would do more than it says",
    ExitStatus.OFFLINE: "bytes are missing, and the run is offline",
    ExitStatus.STORE: "the store cannot be used",
    ExitStatus.INTERNAL: "a bug in wansync",
    ExitStatus.INTERRUPTED: "interrupted (Ctrl-C); the next run goes on",
    ExitStatus.TERMINATED: "terminated (SIGTERM); the next run goes on",
}
"""What each status says, for `--help` and the documentation; every status has an entry, in ascending order."""
